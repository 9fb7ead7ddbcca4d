"""Known devices: a cookie by which a browser that has signed in to an account before keeps a budget of its own.

Sealed, and kept nowhere else: it names a device and the few accounts that signed in on it. It is no factor and opens
nothing; losing it costs a challenge at most.
"""

import base64
import binascii
import json
import uuid
from dataclasses import dataclass

from keys.sealing import SealBroken, Sealer

PURPOSE = "known device"
ACCOUNTS = 4
"""Accounts that one device is known to: a family's computer."""
LIFETIME = 400 * 86400
"""Seconds that a browser keeps the cookie; browsers cut longer ones to this."""


@dataclass(frozen=True)
class Device:
    """A browser, and the accounts that signed in with it, the last first."""

    id: str
    accounts: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    """Those of them that showed more than a password here."""

    def knows(self, account_id: str | None) -> bool:
        """Tell whether it has signed in to this account."""
        return account_id in self.accounts

    def is_trusted_by(self, account_id: str) -> bool:
        """Tell whether this account's owner has shown more than a password here."""
        return account_id in self.trusted

    def after(self, account_id: str, *, trusted: bool = False) -> "Device":
        """Give the device once it has signed in to an account; ``trusted`` when by more than a password."""
        others = tuple(known for known in self.accounts if known != account_id)
        known = (account_id, *others)[:ACCOUNTS]
        trusting = {*self.trusted, account_id} if trusted else {*self.trusted}
        return Device(self.id, known, tuple(each for each in known if each in trusting))


def read_device(sealer: Sealer, cookie: str | None) -> Device:
    """Give the device that a cookie names; a new one where there is none, or it is not ours."""
    try:
        sealed = base64.urlsafe_b64decode((cookie or "")[:2048].encode("ascii", "replace"))
        content = json.loads(sealer.open(sealed, PURPOSE))
    except (SealBroken, binascii.Error, ValueError):
        return Device(str(uuid.uuid4()))
    return Device(content["id"], tuple(content["accounts"]), tuple(content.get("trusted", ())))


def device_cookie(sealer: Sealer, device: Device) -> str:
    """Give the cookie's value."""
    content = json.dumps({"id": device.id, "accounts": device.accounts, "trusted": device.trusted}).encode()
    return base64.urlsafe_b64encode(sealer.seal(content, PURPOSE)).decode()
