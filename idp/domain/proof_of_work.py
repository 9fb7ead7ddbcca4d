"""Proof of work: a small sum that costs a guesser machine time and an honest browser a moment; growing, never a refusal.

Nothing is kept of a challenge until it is solved: its token is sealed, and solving it claims its nonce. The browser's
half is ``templates/static/proof_of_work.js``; when one is asked for is ``throttling``'s to say.
"""

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass

from idp.clock import Clock
from idp.store.ephemeral import EphemeralStore
from keys.sealing import SealBroken, Sealer

PURPOSE = "proof of work"
LIFETIME = 300
"""Seconds to solve a challenge in."""
TOLERATED = 1
"""Bits by which a challenge may have been grown past meanwhile: who solved it while others failed is not asked again."""


@dataclass(frozen=True)
class Challenge:
    """What a browser is asked: a number such that SHA-256 of ``nonce:number`` begins with ``bits`` zero bits."""

    token: str
    """Given back with the number; sealed, so it cannot be made or changed."""
    nonce: str
    bits: int


class ProofOfWork:
    """Issues challenges and accepts each solution once."""

    def __init__(self, ephemeral: EphemeralStore, sealer: Sealer, clock: Clock) -> None:
        self._ephemeral = ephemeral
        self._sealer = sealer
        self._clock = clock

    def issue(self, subject: str, bits: int) -> Challenge:
        """Make a challenge that is good for ``subject`` only."""
        nonce = secrets.token_hex(12)
        content = {"subject": subject, "nonce": nonce, "bits": bits, "until": self._clock() + LIFETIME}
        sealed = self._sealer.seal(json.dumps(content).encode(), PURPOSE)
        return Challenge(base64.urlsafe_b64encode(sealed).decode().rstrip("="), nonce, bits)

    def accept(self, subject: str, bits: int, token: str, number: str) -> bool:
        """Tell whether ``number`` solves a challenge of ours for ``subject``, of at least ``bits``, in time, unused."""
        try:
            sealed = base64.urlsafe_b64decode(token[:2048] + "=" * (-len(token[:2048]) % 4))
            content = json.loads(self._sealer.open(sealed, PURPOSE))
        except (SealBroken, binascii.Error, ValueError):
            return False
        timely = content["subject"] == subject and content["until"] > self._clock()
        if not timely or content["bits"] < bits - TOLERATED or not solves(content["nonce"], content["bits"], number):
            return False
        return self._ephemeral.claim(PURPOSE, content["nonce"], LIFETIME)


def solves(nonce: str, bits: int, number: str) -> bool:
    """Tell whether SHA-256 of ``nonce:number`` begins with ``bits`` zero bits; a number is at most 20 digits."""
    if not (number.isascii() and number.isdigit() and len(number) <= 20):
        return False
    digest = hashlib.sha256(f"{nonce}:{number}".encode()).digest()
    return int.from_bytes(digest) >> (len(digest) * 8 - bits) == 0
