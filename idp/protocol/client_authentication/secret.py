"""Reads ``client_secret_basic``: HTTP Basic over form-urlencoded halves (RFC 6749 §2.3.1, RFC 7617)."""

import binascii

from idp.errors import InvalidClient
from idp.protocol.exchange import decode_form


def read_basic(header: str | None) -> tuple[str, str] | None:
    """Give client id and secret of an ``Authorization: Basic`` header, or None for another scheme or no header.

    :raises InvalidClient: when it says Basic and cannot be read.
    """
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = binascii.a2b_base64(encoded.strip(), strict_mode=True).decode("utf-8")
        client_id, colon, secret = pair.partition(":")
        if not colon:
            raise ValueError
        return decode_form(client_id), decode_form(secret)
    except (binascii.Error, ValueError):
        raise InvalidClient("Authorization: Basic is not base64 of id:secret (RFC 7617 §2)") from None
