"""The value of the per-browser cookie: what is kept in it and when it was written, as JSON, signed (RFC 2104).

Owns signing and reading, for pages and for what is answered before them alike. Readable by the browser, made by us
alone: nothing in it is a secret from the person it belongs to. Its name and attributes are ``browser``'s affair.
"""

import binascii
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from itsdangerous import BadSignature

LIFETIME = 31 * 86400
"""Seconds after which a value is read no more, however long the browser was left open."""
_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


class BrowserCookie:
    """Writes and reads values, as Flask asks of what signs its sessions.

    :param secret: of this application; what else is made from it is made with another context.
    """

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(secret, b"motcua browser cookie", "sha256")
        self._clock = clock

    def dumps(self, values: dict[str, Any]) -> str:
        """Give the cookie's value."""
        payload = _base64url(_encode([int(self._clock()), values]).encode())
        return f"{payload.decode()}.{self._signature(payload)}"

    def loads(self, value: str, max_age: int = LIFETIME) -> dict[str, Any]:
        """Give what is kept in a value that we wrote within ``max_age`` seconds.

        :raises itsdangerous.BadSignature: for every other.
        """
        text, _, signature = value.partition(".")
        payload = text.encode("latin-1", "replace")
        if not hmac.compare_digest(signature.encode("latin-1", "replace"), self._signature(payload).encode()):
            raise BadSignature("not signed by us")
        try:
            written, values = _decode(binascii.a2b_base64(payload.translate(_FROM_URL) + b"==").decode())
            age, kept = self._clock() - written, dict(values)
        except (ValueError, TypeError):
            raise BadSignature("signed by another version of ours") from None
        if age > max_age:
            raise BadSignature("too old")
        return kept

    def read(self, value: str) -> dict[str, Any]:
        """Give what is kept in a value, nothing for one that is not ours or too old."""
        try:
            return self.loads(value) if value else {}
        except BadSignature:
            return {}

    def _signature(self, payload: bytes) -> str:
        return _base64url(hmac.digest(self._key, payload, "sha256")).decode()


_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def _base64url(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL)
