"""The challenge of a ceremony (Web Authentication §13.4.3): ours, of this browser, for this purpose, in time, used once.

Nothing is kept until it is used: the challenge itself is sealed, and its use is claimed in the ephemeral store. So a
page that only offers passkeys costs no write.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from idp.domain.authenticators.passkeys.refusals import CeremonyOver
from idp.services import Services
from keys.sealing import SealBroken

KIND = "passkey_challenge"
LIFETIME = 1800
"""Seconds that an offer is good: as long as an authorization request waits, since it stands on the sign-in page."""
Purpose = Literal["registration", "authentication"]


@dataclass(frozen=True)
class Bound:
    """What a challenge is bound to besides its purpose; an account where somebody is signed in already."""

    browser: str
    account_id: str = ""


@dataclass(frozen=True)
class Redeemed:
    """What a challenge said: the account it was made for, empty for anybody's, and its note."""

    account_id: str
    note: str


def issue(services: Services, purpose: Purpose, bound: Bound, note: str = "") -> bytes:
    """Give a new challenge; it is unlike any other by the nonce it is sealed with.

    :param note: comes back when it is redeemed.
    """
    # Whoever asks first writes the birth mark: it is no younger than this challenge. One that is issued just after the
    # store lost everything may be refused once, never believed twice.
    until = max(services.clock(), services.ephemeral.born_lately()) + LIFETIME
    content = {"browser": _hash(bound.browser), "account": bound.account_id, "until": until, "note": note}
    return services.sealer.seal(json.dumps(content).encode(), f"{KIND} {purpose}")


def redeem(services: Services, purpose: Purpose, challenge: bytes, bound: Bound) -> Redeemed:
    """Use a challenge up, whatever becomes of the ceremony.

    One that was bound to an account is good within that account's session only, one that was not anywhere in its browser.

    :raises CeremonyOver: when it is not ours, another browser's, account's or purpose's, too old or used.
    """
    try:
        content = json.loads(services.sealer.open(challenge, f"{KIND} {purpose}"))
    except SealBroken:
        raise CeremonyOver from None
    if content["browser"] != _hash(bound.browser) or content["account"] not in ("", bound.account_id):
        raise CeremonyOver
    # Issued before the store's birth, it may have been used and the claim lost.
    began = content["until"] - LIFETIME
    if content["until"] <= services.clock() or began < services.ephemeral.born_at():
        raise CeremonyOver
    if not services.ephemeral.claim(KIND, challenge.hex(), LIFETIME):
        raise CeremonyOver
    return Redeemed(content["account"], content["note"])


def _hash(browser: str) -> str:
    return hashlib.sha256(browser.encode("utf-8", "surrogatepass")).hexdigest()
