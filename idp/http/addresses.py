"""Paths of our own: which text may be used to send a browser back to a page here, and to no other place.

Owns the check against open redirects (CWE-601). Redirect URIs of portals are the protocol's affair.
"""

import re
from urllib.parse import quote

from flask import request, url_for

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""One slash, then visible ASCII without a backslash, which browsers read as a slash."""


def local_path(text: str) -> str:
    """Give ``text`` if it is a path of this provider, else the address of the start page."""
    prefix = request.script_root
    if len(text) <= 2000 and _LOCAL.fullmatch(text) and (not prefix or text == prefix or text.startswith(f"{prefix}/")):
        return text
    return url_for("home.home")


def here() -> str:
    """Give the path and query of the page in hand, for coming back to it."""
    query = request.query_string.decode("latin-1")
    return quote(request.script_root + request.path) + (f"?{query}" if query else "")
