"""What a verdict is held against: algorithms with their dates, freshness, constraints. Data, not process.

The dates are those of ETSI TS 119 312 V1.5.1, and of TS 102 176-1 for what that one no longer lists; RSA below 2048
bits and curves below 256 are out as Circular 15/2025/TT-BKHCN asks. Applying a policy is left to ``process``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

FOREVER: Final = datetime.max.replace(tzinfo=UTC)
NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Mode(StrEnum):
    """How revocation must be known (design: two modes of validation)."""

    LIVE = "live"
    """A certificate that has not expired must have an answer that is current at the moment of judgement."""
    LONG_TERM = "long-term"
    """Evidence that was current when the signature is proven to have existed is enough (EN 319 102-1 §5.5.4 6))."""


def _day(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


_DIGESTS: Final = {
    "md5": _day(2004, 8),
    "sha1": _day(2012, 8),
    "ripemd160": _day(2014, 8),
    "sha224": _day(2029, 1),
    "sha512-224": _day(2029, 1),
    "sha3-224": _day(2029, 1),
    "sha256": FOREVER,
    "sha384": FOREVER,
    "sha512": FOREVER,
    "sha512-256": FOREVER,
    "sha3-256": FOREVER,
    "sha3-384": FOREVER,
    "sha3-512": FOREVER,
}
_KEYS: Final = {
    "RSA": ((2048, FOREVER), (1024, _day(2019, 10)), (786, _day(2010, 8))),
    "ECDSA": ((256, FOREVER), (224, _day(2021, 10)), (160, _day(2012, 8))),
    "EdDSA": ((255, FOREVER),),
    "DSA": ((3000, FOREVER), (1900, _day(2029, 1)), (1024, _day(2015, 12))),
}


@dataclass(frozen=True)
class AlgorithmTable:
    """Until when each algorithm is relied on. What is not listed never is."""

    digests: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType(_DIGESTS))
    keys: Mapping[str, tuple[tuple[int, datetime], ...]] = field(default_factory=lambda: MappingProxyType(_KEYS))
    """By family, pairs of smallest size in bits and end, largest first."""

    def digest_until(self, name: str) -> datetime:
        """Until when the digest is reliable; NEVER for an unknown one."""
        return self.digests.get(name, NEVER)

    def key_until(self, family: str, size: int) -> datetime:
        """Until when keys of that family (``RSA``, ``ECDSA``, ``EdDSA``, ``DSA``) and size are reliable."""
        family = family.partition("-")[0]
        return next((end for least, end in self.keys.get(family, ()) if size >= least), NEVER)


_MACHINE_PURPOSES = frozenset(f"1.3.6.1.5.5.7.3.{number}" for number in (1, 3, 8, 9))
"""serverAuth, codeSigning, timeStamping, OCSPSigning: a certificate for these alone signs no documents."""


@dataclass(frozen=True)
class Policy:
    """A validation policy (EN 319 102-1 §5.1.4): every constraint that the process applies."""

    id: str = "urn:motcua:validation:policy:1"
    name: str = "Motcua 1"
    description: str = "Chữ ký điện tử theo Thông tư 15/2025/TT-BKHCN; quy trình ETSI EN 319 102-1 V1.4.1"
    mode: Mode = Mode.LONG_TERM
    algorithms: AlgorithmTable = field(default_factory=AlgorithmTable)
    maximum_freshness: timedelta | None = None
    """How old revocation information may be (§5.2.5); None: from its thisUpdate to its nextUpdate."""
    freshness_without_end: timedelta = timedelta(hours=24)
    """How old an answer may be that names no next update: newer ones were always to be had (RFC 6960 §2.4)."""
    hierarchies: frozenset[str] | None = None
    """Hierarchies whose anchors are accepted; None: every anchor that the trust store holds."""
    signer_key_usages: frozenset[str] = frozenset({"digital_signature", "non_repudiation"})
    """One of these must be set where the signer's certificate has the key usage extension."""
    machine_purposes: frozenset[str] = _MACHINE_PURPOSES
    """Extended key usages that do not make a signer of documents."""
    timestamp_delay: timedelta | None = None
    """How long after the claimed signing time the signature time-stamp may be (§5.5.4 5)); None: any time."""
    skew: timedelta = timedelta(seconds=30)
    """Tolerance between our clock and those of authorities."""


DEFAULT_POLICY: Final = Policy()
