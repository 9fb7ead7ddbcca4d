"""Paths of our own: which text may be used to send a browser back to a page here, and to no other place.

Owns the check against open redirects (CWE-601). Redirect URIs of portals are the protocol's affair.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

from flask import current_app, request, url_for

_LOCAL = re.compile(r"/(?!/)[\x21-\x5b\x5d-\x7e]*")
"""One slash, then visible ASCII without a backslash, which browsers read as a slash."""
_LONGEST = 2000
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")
_UNQUOTED = "!$'()*,/:;?@"
"""What may stand in a query as it is (WHATWG URL, application/x-www-form-urlencoded percent-encode set), as Werkzeug has it."""
_PATHS = "motcua_paths"


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


def address_of(endpoint: str, query: str = "") -> str:
    """Give what ``url_for`` gives for a page without variable parts; its path is built once for each application."""
    paths = current_app.extensions.setdefault(_PATHS, {})
    where = (request.script_root, endpoint)
    path = paths.get(where)
    if path is None:
        path = paths[where] = url_for(endpoint)
    return f"{path}?{query}" if query else str(path)


def as_query(values: Mapping[str, str]) -> str:
    """Give names and values as the query of an address; a pending request's name, as most, needs no encoding."""
    return "&".join([f"{name}={_encoded(value)}" for name, value in values.items()])


def _encoded(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else quote_plus(value, safe=_UNQUOTED)
