"""The link that stands in every notice of a change: it names an account and can only stop things, never start them.

Sealed and kept nowhere, so it cannot be made or changed, and short enough for a text message. What it stops is
``freezing``'s affair.
"""

import base64
import binascii
import struct
import uuid
from dataclasses import dataclass

from keys.sealing import SealBroken, Sealer

PURPOSE = "freeze link"
LIFETIME = 30 * 86400
"""Seconds that a link is good for: longer than any change waits."""
_LAYOUT = struct.Struct(">16sQ")


@dataclass(frozen=True)
class FreezeLink:
    """Whose link it is, and when its notice was written (Unix seconds)."""

    account_id: str
    at: int


def make(sealer: Sealer, account_id: str, *, at: float) -> str:
    """Give the secret part of a link's address."""
    content = _LAYOUT.pack(uuid.UUID(account_id).bytes, int(at))
    return base64.urlsafe_b64encode(sealer.seal(content, PURPOSE)).decode().rstrip("=")


def read(sealer: Sealer, token: str, *, now: float) -> FreezeLink | None:
    """Give what a link says; None where it is not ours or too old."""
    try:
        sealed = base64.urlsafe_b64decode(token[:200].encode("ascii", "replace") + b"=" * (-len(token[:200]) % 4))
        account, at = _LAYOUT.unpack(sealer.open(sealed, PURPOSE))
    except (SealBroken, binascii.Error, ValueError, struct.error):
        return None
    return FreezeLink(str(uuid.UUID(bytes=account)), at) if now <= at + LIFETIME else None
