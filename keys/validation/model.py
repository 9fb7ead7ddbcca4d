"""What a signature is, whatever its format: the small object every parser yields and every later step reads.

Owns the vocabulary of ETSI EN 319 102-1 (indications, sub-indications) and the shape of a parsed signature.
Parsing is left to ``formats``, deciding to ``process``, showing to ``report``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Indication(StrEnum):
    """The overall status of a signature (EN 319 102-1 §5.1.3, table 5)."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Why a signature failed or stayed undetermined (EN 319 102-1 §5.1.3, table 6)."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND_NO_POE = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"


class Integrity(StrEnum):
    """What the format-specific parser found of the signed content itself, before any certificate is judged."""

    INTACT = "intact"
    """Every reference matches and the signature value verifies with the signing certificate's key."""
    HASH_MISMATCH = "hash-mismatch"
    """Some signed content differs from what was signed: TOTAL-FAILED / HASH_FAILURE."""
    SIGNATURE_BROKEN = "signature-broken"
    """The signature value does not verify: TOTAL-FAILED / SIG_CRYPTO_FAILURE."""
    CONTENT_MISSING = "content-missing"
    """Signed content was not provided: INDETERMINATE / SIGNED_DATA_NOT_FOUND."""
    MALFORMED = "malformed"
    """The structure breaks a rule of its format (wrapping, duplicate Ids …): TOTAL-FAILED / FORMAT_FAILURE."""
    NO_SIGNER = "no-signer"
    """No certificate that the signature names can be found: INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND."""
    UNSUPPORTED = "unsupported"
    """An algorithm or construct this version does not judge: INDETERMINATE."""


class TimestampKind(StrEnum):
    """Where an RFC 3161 time-stamp token stands, which says what it proves."""

    CONTENT = "content"
    SIGNATURE = "signature"
    SIGNATURE_AND_REFERENCES = "signature-and-references"
    REFERENCES_ONLY = "references-only"
    ARCHIVE = "archive"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Timestamp:
    """One RFC 3161 token found in a document.

    ``token`` is the DER of the CMS ContentInfo. ``imprint_matches`` says whether its message imprint is that of
    the data its kind covers, computed by the parser; ``None`` where the parser cannot compute it.
    ``covers`` lists the SHA-256 (hex) of the DER of everything it proves to have existed: certificates, CRLs,
    OCSP responses, other time-stamp tokens, and the signature value.
    """

    kind: TimestampKind
    token: bytes
    imprint_matches: bool | None
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scope:
    """One piece of content and whether the signature covers it: a file of a container, a PDF revision, a reference."""

    name: str
    covered: str
    """``FULL``, ``PARTIAL`` or ``NONE``."""
    detail: str = ""


@dataclass(frozen=True)
class SignatureObject:
    """One signature as its parser found it, in no format's own terms.

    Times are aware datetimes in UTC; certificates, CRLs and OCSP responses are DER bytes.
    """

    id: str
    format: str
    """``PAdES``, ``PKCS7`` (in a PDF, not PAdES), ``XAdES``, ``XMLDSig``, ``CAdES``, ``CMS``, ``JAdES`` or ``JWS``."""
    container: str | None
    """``ASiC-E``, ``ASiC-S`` or None."""
    integrity: Integrity
    problems: tuple[str, ...] = ()
    """Each broken rule in one sentence, the decisive one first."""
    warnings: tuple[str, ...] = ()
    signature_value: bytes = b""
    signature_algorithm: str = ""
    """As the algorithm table names it: ``RSA-PKCS1``, ``RSA-PSS``, ``ECDSA``, ``EdDSA``, ``DSA``."""
    digest_algorithms: tuple[str, ...] = ()
    """Every digest the signature rests on, lower case: ``sha256`` …"""
    signer: bytes | None = None
    """The signing certificate, identified and bound by the signed attributes where the format has them."""
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()
    timestamps: tuple[Timestamp, ...] = ()
    claimed_signing_time: datetime | None = None
    has_signing_certificate_attribute: bool = False
    policy_id: str | None = None
    commitment_types: tuple[str, ...] = ()
    signer_roles: tuple[str, ...] = ()
    evidence_records: int = 0
    scopes: tuple[Scope, ...] = ()
    counter_signature_of: str | None = None
    """The id of the signature that this one counter-signs."""
    changed_after_signing: bool = False
    level: str = ""
    """The conformance level that the structure reaches, as DSS and SiVa name it; empty where the parser names none."""
    """Content was added after signing in a way the format allows; what is not allowed is MALFORMED."""


@dataclass(frozen=True)
class ParsedDocument:
    """What one file holds: its signatures, and what no signature covers."""

    format: str | None
    """The format of the file, or None when no signature format was recognised."""
    signatures: tuple[SignatureObject, ...] = ()
    timestamps: tuple[Timestamp, ...] = ()
    """Time-stamps of the whole document (PDF document time-stamps, ASiC with a time-stamp alone)."""
    evidence_records: int = 0
    problems: tuple[str, ...] = ()
    """Why nothing could be judged (unreadable, encrypted, too large …); empty where the file could be read."""
    uncovered: tuple[str, ...] = ()
    """Content of the file that no signature covers."""


@dataclass(frozen=True)
class Content:
    """Detached signed content given by the caller: the bytes, or only digests of them ("sha256" → digest)."""

    name: str
    data: bytes | None = None
    digests: dict[str, bytes] = field(default_factory=dict)
