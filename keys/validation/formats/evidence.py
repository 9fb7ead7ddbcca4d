"""What a signature carries besides itself: certificates, CRLs, OCSP responses, time-stamps, and what each stamp covers.

Shared by the XML and JSON formats (EN 319 132-1 clause 5, TS 119 182-1 clause 5.3). Whether any of it is to be believed
is the decision process's affair.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from keys.validation import asn1, crypto, timestamps
from keys.validation.model import Timestamp, TimestampKind
from keys.validation.signed_data import wrap_basic_ocsp
from keys.validation.timestamps import TimestampToken

MAX_TIMESTAMPS = 200
"""Time-stamp tokens read from one signature."""


class TooMuch(ValueError):
    """A signature carries more of something than any honest one does."""


def fingerprint(der: bytes) -> str:
    """How ``covers`` names a thing: SHA-256 of its bytes, in hexadecimal."""
    return sha256(der).hexdigest()


@dataclass
class Evidence:
    """Certificates, CRLs and OCSP responses (DER) found so far, in order, and the stamps among them."""

    certificates: dict[bytes, None] = field(default_factory=dict)
    crls: dict[bytes, None] = field(default_factory=dict)
    ocsp_responses: dict[bytes, None] = field(default_factory=dict)
    timestamps: list[Timestamp] = field(default_factory=list)
    _inside_tokens: set[str] = field(default_factory=set)

    def add_ocsp(self, der: bytes) -> None:
        """Add an OCSPResponse, or the BasicOCSPResponse inside one (RFC 6960 §4.2.1), which some formats store."""
        try:
            is_basic = not asn1.read(der).members()[0].is_universal(asn1.ENUMERATED)
        except (asn1.MalformedEncoding, IndexError):
            is_basic = False
        self.ocsp_responses[wrap_basic_ocsp(der) if is_basic else der] = None

    def add_timestamp(
        self, kind: TimestampKind, token: bytes, stamped: Callable[[], Sequence[bytes | None]], covers: Iterable[str]
    ) -> None:
        """Add a token; ``stamped`` gives the forms of the octets that it may be over, None where one cannot be told."""
        if len(self.timestamps) >= MAX_TIMESTAMPS:
            raise TooMuch(f"more than {MAX_TIMESTAMPS} time-stamps")
        parsed = timestamps.parse(token)
        covered = frozenset(covers)
        self.timestamps.append(Timestamp(kind, token, _imprint_matches(parsed, stamped), covered))
        inside = (*parsed.certificates, *parsed.crls, *parsed.ocsp_responses)
        self._inside_tokens.update(map(fingerprint, (token, *inside)))

    def so_far(self) -> frozenset[str]:
        """The fingerprints of all that was added: what an archive time-stamp at this place covers."""
        values = (*self.certificates, *self.crls, *self.ocsp_responses)
        return frozenset(map(fingerprint, values)) | self._inside_tokens

    def with_digests(self, digests: Iterable[tuple[str, bytes]]) -> frozenset[str]:
        """The fingerprints of those values whose digest, under the algorithm named, is among ``digests``."""
        wanted: dict[str, set[bytes]] = {}
        for algorithm, value in digests:
            wanted.setdefault(algorithm, set()).add(value)
        values = (*self.certificates, *self.crls, *self.ocsp_responses)
        return frozenset(
            fingerprint(der) for der in values if any(_has(der, name, found) for name, found in wanted.items())
        )


def _has(der: bytes, algorithm: str, digests: set[bytes]) -> bool:
    try:
        return crypto.digest(algorithm, der) in digests
    except crypto.UnsupportedAlgorithm:
        return False


def _imprint_matches(parsed: TimestampToken, stamped: Callable[[], Sequence[bytes | None]]) -> bool | None:
    if parsed.generated is None:
        return False
    forms = [octets for octets in stamped() if octets is not None]
    try:
        return any(map(parsed.is_over, forms)) if forms else None
    except crypto.UnsupportedAlgorithm:
        return None
