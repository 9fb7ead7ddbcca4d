"""A certificate as RFC 5280 sees it: names, key, validity and the extensions that decide what it may do.

Owns the reading of one certificate for path building, revocation and reports. Paths are ``path``, trust is ``trust``;
what a signature format needs to know of its signer is left to ``certificates``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from asn1crypto import x509
from asn1crypto.keys import PublicKeyInfo

from keys.validation import asn1, crypto
from keys.validation.algorithm_identifier import signature_algorithm
from keys.validation.algorithms import SignatureAlgorithm

TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
ANY_EXTENDED_KEY_USAGE: Final = "2.5.29.37.0"

_NO_REVOCATION_AVAILABLE = "2.5.29.56"
"""RFC 9608 §2: the certificate lives so short that no revocation information is published."""
_VALIDITY_ASSURED_SHORT_TERM = "0.4.0.194121.2.1"
"""ETSI EN 319 412-1 §5.2: the same promise in the European profile."""
_OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
_FAMILIES = {"rsa": "RSA", "rsassa_pss": "RSA", "ec": "ECDSA", "dsa": "DSA", "ed25519": "EdDSA", "ed448": "EdDSA"}
_KEY_SIZES = {"ed25519": 256, "ed448": 456}


class MalformedCertificate(ValueError):
    """The bytes are no certificate whose fields can be read."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """One certificate. Two are equal when their bytes are; times are aware, in UTC."""

    der: bytes
    digest: str
    """SHA-256 of the DER, hex: how proofs of existence and reports name it."""
    asn1: Any = field(repr=False)
    """The same as asn1crypto reads it, for the path validator."""
    subject: Any
    issuer: Any
    subject_id: Any
    """The subject's name as it compares (RFC 5280 §7.1), computed once; names are compared by these."""
    issuer_id: Any
    key_id: bytes | None
    authority_key_id: bytes | None
    serial: int
    not_before: datetime
    not_after: datetime
    spki: bytes
    key_family: str
    """``RSA``, ``ECDSA``, ``EdDSA``, ``DSA``, or the library's name of another."""
    key_size: int
    """Bits of the modulus, of the field of the curve, or of DSA's p; 0 where it cannot be told."""
    is_ca: bool
    key_usage: frozenset[str] | None
    """The bits by asn1crypto's names (``digital_signature`` …), None without the extension."""
    extended_key_usage: frozenset[str] | None
    """Dotted object identifiers, None without the extension."""
    extensions: frozenset[str]
    """Dotted object identifiers of every extension present."""
    signature_algorithm: SignatureAlgorithm | None
    """What its issuer signed it with, None where that is unknown."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name (RFC 5280 §3.2)."""
        return bool(self.subject_id == self.issuer_id)

    @property
    def needs_no_revocation(self) -> bool:
        """It promises that no revocation information exists, because it expires first."""
        return bool(self.extensions & {_NO_REVOCATION_AVAILABLE, _VALIDITY_ASSURED_SHORT_TERM})

    @property
    def ocsp_no_check(self) -> bool:
        """An OCSP responder that need not be checked for revocation while it lives (RFC 6960 §4.2.2.2.1)."""
        return _OCSP_NO_CHECK in self.extensions

    def may(self, usage: str) -> bool:
        """Whether the key usage extension, where there is one, allows ``usage``."""
        return self.key_usage is None or usage in self.key_usage

    def valid_at(self, moment: datetime) -> bool:
        """Whether ``moment`` lies within the validity period, both ends included (RFC 5280 §4.1.2.5)."""
        return self.not_before <= moment <= self.not_after

    def is_signed_by(self, issuer: "Certificate") -> bool:
        """Whether the issuer's key made this certificate's signature; names are not compared."""
        return _is_signed_by(self, issuer.spki)


def load(der: bytes) -> Certificate:
    """The certificate in ``der``; MalformedCertificate if its fields cannot be read."""
    return _load(bytes(der))


def readable(certificates: Any) -> tuple[Certificate, ...]:
    """Those of the DER certificates that can be read, each once; the others cannot be anybody's."""
    found: dict[str, Certificate] = {}
    for der in certificates:
        try:
            certificate = load(der)
        except MalformedCertificate:
            continue
        found.setdefault(certificate.digest, certificate)
    return tuple(found.values())


def algorithm_of(identifier: bytes) -> SignatureAlgorithm | None:
    """The algorithm that a DER AlgorithmIdentifier names, None where it is unknown or malformed."""
    try:
        return signature_algorithm(asn1.read(identifier), None)
    except (ValueError, IndexError, crypto.UnsupportedAlgorithm):
        return None


def signature_holds(signature: bytes, data: bytes, algorithm: bytes, spki: bytes) -> bool:
    """Whether ``signature`` over ``data`` verifies with the key in ``spki``; ``algorithm`` is its DER identifier.

    An algorithm or key that cannot be computed never verifies.
    """
    named = algorithm_of(algorithm)
    if named is None:
        return False
    try:
        return crypto.verify(crypto.public_key(spki), named, signature, data)
    except (crypto.MalformedKey, crypto.UnsupportedAlgorithm):
        return False


@lru_cache(maxsize=4096)
def _load(der: bytes) -> Certificate:
    try:
        return _read(der)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise MalformedCertificate(str(error)) from error


def _read(der: bytes) -> Certificate:
    parsed = x509.Certificate.load(der, strict=True)
    key = parsed.public_key
    usage, purposes = parsed.key_usage_value, parsed.extended_key_usage_value
    # Everything the path validator will touch is parsed now, so that oddities surface as MalformedCertificate.
    _ = (parsed.native is not None, parsed.critical_extensions)
    return Certificate(
        der=der,
        digest=sha256(der).hexdigest(),
        asn1=parsed,
        subject=parsed.subject,
        issuer=parsed.issuer,
        subject_id=parsed.subject.hashable,
        issuer_id=parsed.issuer.hashable,
        key_id=parsed.key_identifier,
        authority_key_id=parsed.authority_key_identifier,
        serial=parsed.serial_number,
        not_before=parsed.not_valid_before,
        not_after=parsed.not_valid_after,
        spki=key.dump(),
        key_family=_FAMILIES.get(key.algorithm, key.algorithm),
        key_size=_key_size(key),
        is_ca=bool(parsed.ca),
        key_usage=frozenset(usage.native) if usage is not None else None,
        extended_key_usage=frozenset(purpose.dotted for purpose in purposes) if purposes is not None else None,
        extensions=frozenset(
            extension["extn_id"].dotted for extension in parsed["tbs_certificate"]["extensions"] or ()
        ),
        signature_algorithm=algorithm_of(parsed["signature_algorithm"].dump()),
    )


def _key_size(key: PublicKeyInfo) -> int:
    """Bits that say how strong the key is; the library's own count fails on keys that strangers may write."""
    if key.algorithm in _KEY_SIZES:
        return _KEY_SIZES[key.algorithm]
    try:
        return int(getattr(crypto.public_key(key.dump()), "key_size", 0))
    except (crypto.MalformedKey, crypto.UnsupportedAlgorithm):
        return 0


@lru_cache(maxsize=8192)
def _is_signed_by(certificate: Certificate, spki: bytes) -> bool:
    parsed = certificate.asn1
    algorithm = parsed["signature_algorithm"].dump()
    # What is signed names the algorithm too, and must name the same one (RFC 5280 §4.1.1.2).
    if algorithm != parsed["tbs_certificate"]["signature"].dump():
        return False
    return signature_holds(parsed["signature_value"].native, parsed["tbs_certificate"].dump(), algorithm, spki)
