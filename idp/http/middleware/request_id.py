"""A name for every request: in each line of the log, in ``X-Request-ID``, and shown to people as reference number.

Made here; taken from outside only where a trusted proxy made one (``proxy_headers`` has dropped every other).
"""

import os
import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.http.middleware.headers import with_headers
from idp.logging import current_request_id

REQUEST_ID = "motcua.request_id"
"""Key in the environment under which the id is found."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_FOREIGN = re.compile(r"[A-Za-z0-9._-]{8,64}")


def new_request_id() -> str:
    """Give twelve characters that can be read aloud, as ``7K3M-Q9TX-2BHD`` (60 random bits, no I, L, O or U)."""
    n = int.from_bytes(os.urandom(8))
    pairs = _PAIRS[n & 1023], _PAIRS[n >> 10 & 1023], _PAIRS[n >> 20 & 1023], _PAIRS[n >> 30 & 1023]
    return "{}{}-{}{}-{}{}".format(*pairs, _PAIRS[n >> 40 & 1023], _PAIRS[n >> 50 & 1023])


def request_id(application: WSGIApplication) -> WSGIApplication:
    """Name the request, for the log while it lasts and for the caller in the answer."""

    def named(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        name = given if given and _FOREIGN.fullmatch(given) else new_request_id()
        environ[REQUEST_ID] = name
        current_request_id.set(name)
        return application(environ, with_headers(start_response, (("X-Request-ID", name),)))

    return named
