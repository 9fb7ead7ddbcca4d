"""Paths of our own: which text may be used to send a browser back to a page here, and to no other place.

Owns the check against open redirects (CWE-601). Redirect URIs of portals are the protocol's affair.
"""

import re
from urllib.parse import quote

from flask import request

_LOCAL = re.compile(r"/(?!/)[\x21-\x5b\x5d-\x7e]*")
"""One slash, then visible ASCII without a backslash, which browsers read as a slash."""
_LONGEST = 2000


def local_path(text: str, otherwise: str) -> str:
    """Give ``text`` if it is a path of this application, else ``otherwise``."""
    prefix = request.script_root
    beneath = not prefix or text == prefix or text.startswith((f"{prefix}/", f"{prefix}?"))
    # A dot segment could climb out of the prefix after the check.
    climbs = "/.." in text.split("?", 1)[0] or "%2e" in text.lower()
    return text if len(text) <= _LONGEST and _LOCAL.fullmatch(text) and beneath and not climbs else otherwise


def here() -> str:
    """Give the path and query of the page in hand, for coming back to it."""
    query = request.query_string.decode("latin-1")
    return quote(request.script_root + request.path) + (f"?{query}" if query else "")
