"""What some authority said of one certificate at one time, whatever the form it was said in.

Owns the vocabulary that CRLs, OCSP answers and our own status table share. Whether a statement is fresh, proven to be
old enough, or decisive is left to the decision process.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from keys.validation.path import Path
from keys.validation.pkix import Certificate
from keys.validation.trust import TrustStore

BEGINNING = datetime.min.replace(tzinfo=UTC)


class Status(StrEnum):
    """The status of a certificate as an authority states it."""

    GOOD = "good"
    REVOKED = "revoked"
    ON_HOLD = "on-hold"
    """Suspended (certificateHold): revoked for now, and perhaps not for ever (RFC 5280 §5.3.1)."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Statement:
    """One statement about one certificate, whose signature has been verified. Times are aware, in UTC."""

    status: Status
    kind: str
    """``CRL``, ``OCSP`` or ``TABLE``."""
    this_update: datetime
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    """Since when revoked or on hold."""
    reason: str | None = None
    """The CRLReason by its RFC 5280 name."""
    invalid_since: datetime | None = None
    """invalidityDate: since when the key is suspected (RFC 5280 §5.3.2)."""
    knows_expired_since: datetime | None = None
    """It also speaks of certificates that expired at or after this time (expiredCertsOnCRL, archive cutoff)."""
    signer: Path | None = None
    """The certificate that signed it, with its path; None for our own table."""
    evidence: tuple[str, ...] = ()
    """SHA-256 (hex) of each CRL or OCSP answer it rests on: what proofs of existence are looked up by."""
    algorithm: str = ""
    """The family of its signature, as the algorithm table names it; the key is that of ``signer``."""
    digest_algorithm: str = ""

    def speaks_of(self, certificate: Certificate) -> bool:
        """Whether silence counts: an authority may forget a certificate once it expired (§5.6.2.2.4 NOTE 3)."""
        if self.status is Status.UNKNOWN:
            return False
        if self.status is not Status.GOOD or self.this_update <= certificate.not_after:
            return True
        return self.knows_expired_since is not None and self.knows_expired_since <= certificate.not_after


@dataclass(frozen=True)
class Question:
    """Which certificate is asked about: ``path.certificates[position]``, seen on its way to its anchor."""

    path: Path
    position: int
    trust: TrustStore
    pool: tuple[Certificate, ...] = ()
    """Untrusted certificates among which a delegated signer may be found."""

    @property
    def certificate(self) -> Certificate:
        """The certificate in question."""
        return self.path.certificates[self.position]

    @property
    def issuer(self) -> Certificate:
        """Who issued it."""
        return self.path.issuer_of(self.position)

    @property
    def issuer_path(self) -> Path:
        """The path of the issuer itself."""
        return Path(self.path.certificates[self.position + 1 :], self.path.anchor)


class Source(Protocol):
    """Somewhere revocation information comes from. The one interface of CRLs, OCSP answers and our own table."""

    def statements(self, question: Question) -> Iterable[Statement]:
        """Every authentic statement about the certificate in question; none where nothing is known. Never raises."""
        ...
