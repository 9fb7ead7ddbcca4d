"""One OCSP answer (RFC 6960 §4.2.1), read from its own bytes.

Owns the structure. Read leniently where responders are: a nonce that is no OCTET STRING spoils nothing else. Whether
the answer is about a certificate, and who may give it, is ``ocsp``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from asn1crypto import x509

from keys.validation import asn1, crypto
from keys.validation.algorithm_identifier import digest_name
from keys.validation.algorithms import SignatureAlgorithm
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.pkix import Certificate, algorithm_of, readable, signature_holds

CERT_HASH: Final = "1.3.36.8.3.13"
"""CertHash (Common PKI part 4 §3.1.2): the responder shows that it knows the very certificate."""
ARCHIVE_CUTOFF: Final = "1.3.6.1.5.5.7.48.1.6"
_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
_KNOWN_EXTENSIONS = frozenset({CERT_HASH, ARCHIVE_CUTOFF, "1.3.6.1.5.5.7.48.1.2", "1.3.6.1.5.5.7.48.1.9"})
_REASONS = (
    "unspecified",
    "key_compromise",
    "ca_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
    "certificate_hold",
    "",
    "remove_from_crl",
    "privilege_withdrawn",
    "aa_compromise",
)


class MalformedAnswer(ValueError):
    """The bytes are no successful OCSP answer that can be read."""


@dataclass(frozen=True)
class Single:
    """What an answer says of one certificate."""

    digest: str
    """Of the two hashes that name the issuer."""
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int
    status: str
    """``good``, ``revoked`` or ``unknown``."""
    revoked_at: datetime | None
    reason: str | None
    this_update: datetime
    next_update: datetime | None
    extensions: dict[str, bytes]
    can_be_used: bool
    """No critical extension that this version does not know."""


class Answer:
    """One basic OCSP response. MalformedAnswer if it is none, or says only that something went wrong."""

    def __init__(self, der: bytes) -> None:
        self.digest = sha256(der).hexdigest()
        try:
            self._read(_basic(der))
        except (ValueError, TypeError, IndexError, OverflowError, crypto.UnsupportedAlgorithm) as error:
            raise MalformedAnswer(str(error)) from error

    def _read(self, basic: Element) -> None:
        data, algorithm, signature, *certificates = basic.members()
        self._signed, self._algorithm = data.raw, algorithm.raw
        self._signature = signature.expect(asn1.BIT_STRING).contents[1:]
        brought = certificates[0].children[0].members() if certificates else ()
        self.certificates = readable(each.raw for each in brought)
        fields = list(data.members())
        if fields[0].is_context(0):
            fields.pop(0)
        responder, produced_at, singles, *extensions = fields
        self.produced_at = produced_at.time
        self._responder_key = responder.children[0].octets if responder.is_context(2) else None
        named = responder.is_context(1)
        self._responder_name: Any = x509.Name.load(responder.children[0].raw).hashable if named else None
        self.singles = [_single(each) for each in singles.members()]
        self.can_be_used = _known(extensions[0] if extensions else None)

    @property
    def algorithm(self) -> SignatureAlgorithm | None:
        """How it is signed, None where that is unknown."""
        return algorithm_of(self._algorithm)

    def is_signed_by(self, certificate: Certificate) -> bool:
        """Whether the answer names the certificate as its responder and the key made its signature."""
        return self._names(certificate) and signature_holds(
            self._signature, self._signed, self._algorithm, certificate.spki
        )

    def _names(self, certificate: Certificate) -> bool:
        if self._responder_key is None:
            return bool(self._responder_name == certificate.subject_id)
        # RFC 6960 §4.2.1: the key hash of a responder is always SHA-1, a name and no proof.
        return self._responder_key == key_digest(certificate, "sha1")


def key_digest(certificate: Certificate, digest: str) -> bytes:
    """The hash of the certificate's key as CertID and ResponderID take it: the bits alone (§4.1.1)."""
    _, bits = asn1.read(certificate.spki).members()
    return crypto.digest(digest, bits.expect(asn1.BIT_STRING).contents[1:])


def _basic(der: bytes) -> Element:
    """The BasicOCSPResponse, in an OCSPResponse or alone as CAdES embeds it."""
    outer = asn1.read(der)
    first = outer.members()[0]
    if first.is_universal(asn1.SEQUENCE):
        return outer
    if first.integer != 0:
        raise MalformedEncoding(f"the responder says {first.integer}")
    kind, response = outer.members()[1].children[0].members()
    if kind.oid != _BASIC:
        raise MalformedEncoding(f"an answer of the kind {kind.oid}")
    return asn1.read(response.octets)


def _single(element: Element) -> Single:
    named, status, this_update, *rest = element.members()
    algorithm, name_hash, key_hash, serial = named.members()
    next_update = next((each.children[0].time for each in rest if each.is_context(0)), None)
    extensions = next((each for each in rest if each.is_context(1)), None)
    revoked = status.children if status.is_context(1) else ()
    return Single(
        digest=digest_name(algorithm),
        issuer_name_hash=name_hash.octets,
        issuer_key_hash=key_hash.octets,
        serial=serial.integer,
        status={0: "good", 1: "revoked"}.get(status.tag, "unknown"),
        revoked_at=revoked[0].time if revoked else None,
        reason=_REASONS[revoked[1].children[0].integer] if len(revoked) > 1 else None,
        this_update=this_update.time,
        next_update=next_update,
        extensions={kind: value for kind, _, value in _extensions(extensions)},
        can_be_used=_known(extensions),
    )


def _extensions(holder: Element | None) -> Iterator[tuple[str, bool, bytes]]:
    for extension in holder.children[0].members() if holder is not None else ():
        kind, *middle, value = extension.members()
        yield kind.oid, bool(middle) and middle[0].contents != b"\0", value.octets


def _known(holder: Element | None) -> bool:
    return not any(critical and kind not in _KNOWN_EXTENSIONS for kind, critical, _ in _extensions(holder))
