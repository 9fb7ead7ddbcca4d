"""Reads ``client_secret_basic``: HTTP Basic over form-urlencoded halves (RFC 6749 §2.3.1, RFC 7617)."""

import base64
import binascii
from urllib.parse import unquote_plus

from idp.errors import InvalidClient


def read_basic(header: str | None) -> tuple[str, str] | None:
    """Give client id and secret of an ``Authorization: Basic`` header, or None for another scheme or no header.

    :raises InvalidClient: when it says Basic and cannot be read.
    """
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        client_id, colon, secret = pair.partition(":")
        if not colon:
            raise ValueError
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        raise InvalidClient("Authorization: Basic is not base64 of id:secret (RFC 7617 §2)") from None
