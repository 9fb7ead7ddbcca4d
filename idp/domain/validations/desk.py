"""The public desk: anybody may have documents checked, and whoever has many checked proves some work for each.

Counted by address, within a window; beyond the free ones a growing challenge, never a refusal of a whole province that
shares one address. Nothing of a document is kept. The challenge itself is ``proof_of_work``'s.
"""

from dataclasses import dataclass

from idp.domain.proof_of_work import Challenge, ProofOfWork
from idp.domain.throttling import address_of
from idp.errors import Refusal
from idp.services import Services
from idp.words import mark

WINDOW = 600.0
"""Seconds after which a document is forgotten."""
COUNTED, DEMANDED = "signature_checks", "signature_demand"


@dataclass(frozen=True)
class Limits:
    """How many documents of one address are free within ``WINDOW``, and how hard what follows is."""

    free: int = 10
    first_bits: int = 14
    last_bits: int = 19


DEMO = Limits(free=200)
"""The demo's: people who try things out are not slowed."""


class WorkNeeded(Refusal):
    """The browser must show some work first."""

    status_code = 429


class Desk:
    """Says what stands before the next document of an address."""

    def __init__(self, services: Services, limits: Limits | None = None) -> None:
        self._ephemeral = services.ephemeral
        self._work = ProofOfWork(services.ephemeral, services.sealer, services.clock)
        self._limits = limits or (DEMO if services.settings.demo else Limits())

    def challenge(self, address: str) -> Challenge | None:
        """Give what the next document of this address must bring, None where it need bring nothing."""
        bits = self._bits(address)
        return self._work.issue(_subject(address), bits) if bits else None

    def admit(self, address: str, token: str, number: str) -> None:
        """Count one document of this address.

        :raises WorkNeeded: when it must bring the answer to a challenge, and does not.
        """
        bits = self._bits(address)
        if bits and not self._work.accept(_subject(address), bits, token, number):
            raise WorkNeeded(
                mark("Many documents were checked from your network. Choose the file again; it takes a moment longer.")
            )
        checked = self._ephemeral.count(COUNTED, address_of(address), WINDOW)
        if checked >= self._limits.free:
            asked = min(self._limits.first_bits + (checked - self._limits.free) // 5, self._limits.last_bits)
            self._ephemeral.put(DEMANDED, address_of(address), {"bits": asked}, WINDOW)

    def _bits(self, address: str) -> int:
        kept = self._ephemeral.peek(DEMANDED, address_of(address))
        return int(kept["bits"]) if kept else 0


def _subject(address: str) -> str:
    return f"{COUNTED} {address_of(address)}"
