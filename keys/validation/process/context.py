"""What one run of the process works with: times, policy, trust, certificates, revocation, proofs of existence.

Holds no rule but one: a proof of existence is the earliest one known, and the moment of judgement where there is none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from keys.validation.path import Path
from keys.validation.pkix import Certificate
from keys.validation.policy import Policy
from keys.validation.revocation import Question, Source, Statement
from keys.validation.trust import TrustStore


class ProofsOfExistence:
    """When each object is proven to have existed (§5.6.2.3). Everything exists at the moment of judgement."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._earliest: dict[str, datetime] = {}

    def earliest(self, digest: str) -> datetime:
        """The earliest proof for the object whose SHA-256 is ``digest`` (hex)."""
        return self._earliest.get(digest, self._at)

    def latest_of(self, digests: Iterable[str]) -> datetime:
        """When the last of several objects is proven to have existed."""
        return max((self.earliest(digest) for digest in digests), default=self._at)

    def add(self, digests: Iterable[str], moment: datetime) -> None:
        """Something trusted proves that the objects existed at ``moment``; what lies ahead proves nothing."""
        for digest in digests:
            if moment < self.earliest(digest):
                self._earliest[digest] = moment


def digest_of(data: bytes) -> str:
    """How proofs of existence name an object."""
    return sha256(data).hexdigest()


@dataclass
class Context:
    """One run over one document."""

    at: datetime
    """The moment of judgement: the "current time" of the standard, an argument like any other."""
    now: datetime
    """What the clock says: nothing that an authority dates later than this is believed."""
    policy: Policy
    trust: TrustStore
    pool: tuple[Certificate, ...]
    """Every certificate that the document or the caller brought; none of them is trusted for that."""
    sources: tuple[Source, ...]
    proofs: ProofsOfExistence
    _statements: dict[tuple[Path, int], tuple[Statement, ...]] = field(default_factory=dict)

    def statements(self, path: Path, position: int) -> tuple[Statement, ...]:
        """Everything authentic that is known of the certificate at ``position``, asked once."""
        key = path, position
        if key not in self._statements:
            question = Question(path, position, self.trust, self.pool)
            self._statements[key] = tuple(s for source in self.sources for s in source.statements(question))
        return self._statements[key]
