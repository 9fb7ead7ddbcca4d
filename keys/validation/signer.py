"""Does one CMS signer's value stand? The rules of RFC 5652 §5.4–5.6 and §11, RFC 5035 and RFC 6211, in one place.

Owns finding the signing certificate, the signed attributes' rules, the message digest and the signature value.
Every rule that fails is a finding; the gravest one decides. The path of the certificate is not judged here, and what
CAdES adds to the attributes is read in ``formats.cms``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keys.validation import asn1, crypto
from keys.validation.algorithm_identifier import digest_name, same_algorithm, signature_algorithm
from keys.validation.algorithms import SignatureAlgorithm
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.certificates import Certificate, readable, same_name
from keys.validation.model import Content, Integrity
from keys.validation.signed_data import SignerInfo, read_attribute

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
OTHER_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.19"

_GRAVITY = (
    Integrity.MALFORMED,
    Integrity.HASH_MISMATCH,
    Integrity.SIGNATURE_BROKEN,
    Integrity.NO_SIGNER,
    Integrity.CONTENT_MISSING,
    Integrity.UNSUPPORTED,
)
_SINGLE = {
    CONTENT_TYPE: "content-type",
    MESSAGE_DIGEST: "message-digest",
    SIGNING_TIME: "signing-time",
    SIGNING_CERTIFICATE: "signing-certificate",
    SIGNING_CERTIFICATE_V2: "signing-certificate-v2",
    OTHER_SIGNING_CERTIFICATE: "other-signing-certificate",
    ALGORITHM_PROTECTION: "CMS-algorithm-protection",
}

Finding = tuple[Integrity, str]


@dataclass(frozen=True)
class SignerCheck:
    """What was found of one signer."""

    integrity: Integrity
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    certificate: bytes | None
    """The signing certificate: named by the signer and, where the attribute is there, bound by its digest."""
    algorithm: SignatureAlgorithm | None
    digests: tuple[str, ...]
    has_signing_certificate_attribute: bool


@dataclass(frozen=True)
class CertificateReference:
    """An ESSCertID, ESSCertIDv2 (RFC 5035 §4) or OtherCertID: a digest, and perhaps the issuer and serial number."""

    algorithm: str
    digest: bytes
    issuer: bytes | None
    serial: int | None

    def matches(self, certificate: bytes) -> bool:
        """Whether the certificate (DER) is the one whose digest stands here."""
        return crypto.digest(self.algorithm, certificate) == self.digest


def content_digest(content: Content, algorithm: str) -> bytes | None:
    """The digest of the content, computed or as given; None where neither is possible."""
    if content.data is not None:
        return crypto.digest(algorithm, content.data)
    return content.digests.get(algorithm)


def check_signer(
    info: SignerInfo,
    content_type: str,
    content: Content | None,
    certificates: Sequence[bytes],
    *,
    counter: bool = False,
) -> SignerCheck:
    """Judge one SignerInfo over ``content`` of type ``content_type``; ``counter`` for a counter-signature (§11.4).

    Never raises: what cannot be read is MALFORMED, what cannot be computed UNSUPPORTED.
    """
    check = _Check(info, content_type, content, certificates, counter)
    check.run()
    findings = sorted(check.findings, key=lambda finding: _GRAVITY.index(finding[0]))
    return SignerCheck(
        integrity=findings[0][0] if findings else Integrity.INTACT,
        problems=tuple(text for _, text in findings),
        warnings=tuple(check.warnings),
        certificate=check.certificate.der if check.certificate else None,
        algorithm=check.algorithm,
        digests=tuple(dict.fromkeys(check.digests)),
        has_signing_certificate_attribute=bool(check.references),
    )


def certificate_references(info: SignerInfo) -> Iterator[CertificateReference]:
    """The first reference of each signing-certificate attribute: the one that names the signer (RFC 5035 §3)."""
    for kind in (SIGNING_CERTIFICATE_V2, SIGNING_CERTIFICATE, OTHER_SIGNING_CERTIFICATE):
        for attribute in info.signed(kind):
            certs = attribute.value.members(minimum=1)[0].members()
            if not certs:
                raise MalformedEncoding("a signing-certificate attribute that names no certificate")
            yield _reference(certs[0], kind)


class _Check:
    """The steps over one signer, in order; each adds findings."""

    def __init__(
        self, info: SignerInfo, content_type: str, content: Content | None, certificates: Sequence[bytes], counter: bool
    ) -> None:
        self.info, self.content_type, self.content, self.counter = info, content_type, content, counter
        self.pool = readable(certificates)
        self.findings: list[Finding] = []
        self.warnings: list[str] = []
        self.digests: list[str] = []
        self.references: list[CertificateReference] = []
        self.candidates: list[Certificate] = []
        self.certificate: Certificate | None = None
        self.algorithm: SignatureAlgorithm | None = None
        self.digest: str | None = None
        self.distinguished = True
        """Whether the signed attributes are written in DER, as §5.3 wants them."""

    def run(self) -> None:
        for step in (
            self._read_algorithms,
            self._judge_attributes,
            self._find_signer,
            self._compare_digest,
            self._verify_value,
        ):
            try:
                step()
            except MalformedEncoding as error:
                self._add(Integrity.MALFORMED, str(error))
            except crypto.UnsupportedAlgorithm as error:
                self._add(Integrity.UNSUPPORTED, str(error))

    def _add(self, integrity: Integrity, text: str) -> None:
        self.findings.append((integrity, text))

    def _read_algorithms(self) -> None:
        self.digest = digest_name(self.info.digest_algorithm)
        self.digests.append(self.digest)
        self.algorithm = signature_algorithm(self.info.signature_algorithm, self.digest)
        if self.algorithm.digest:
            self.digests.append(self.algorithm.digest)

    def _judge_attributes(self) -> None:
        for oid, name in _SINGLE.items():
            if len(self.info.signed(oid)) > 1:
                self._add(Integrity.MALFORMED, f"signed attribute {name} occurs more than once")
            if self.info.unsigned(oid):
                self._add(Integrity.MALFORMED, f"attribute {name} stands among the unsigned ones")
        if self.info.signed(COUNTER_SIGNATURE):
            self._add(Integrity.MALFORMED, "a counter-signature stands among the signed attributes")
        if self.info.signed_attributes is None:
            if self.content_type != "1.2.840.113549.1.7.1" and not self.counter:
                self._add(Integrity.MALFORMED, "content other than data needs signed attributes (RFC 5652 §5.3)")
            if self.content is not None and _looks_like_attributes(self.content.data or b""):
                self._add(Integrity.MALFORMED, "signed attributes of another signature are passed off as content")
            return
        self.distinguished = asn1.is_der(self.info.signed_attributes, as_tag=asn1.SET)
        self._judge_content_type()
        self._judge_algorithm_protection()

    def _judge_content_type(self) -> None:
        attributes = self.info.signed(CONTENT_TYPE)
        if self.counter:
            if attributes:
                self._add(Integrity.MALFORMED, "a counter-signature has a content-type attribute (RFC 5652 §11.4)")
        elif not attributes:
            self._add(Integrity.MALFORMED, "the content-type attribute is missing (RFC 5652 §5.3)")
        elif attributes[0].value.oid != self.content_type:
            self._add(Integrity.MALFORMED, "the content-type attribute names another type than the content's")

    def _judge_algorithm_protection(self) -> None:
        for attribute in self.info.signed(ALGORITHM_PROTECTION):
            parts = attribute.value.members()
            if len(parts) != 2 or not parts[1].is_context(1):
                raise MalformedEncoding("a CMS-algorithm-protection attribute that protects no signature")
            protected = asn1.read(asn1.encode(asn1.SEQUENCE, parts[1].contents, constructed=True))
            if not (
                same_algorithm(parts[0], self.info.digest_algorithm)
                and same_algorithm(protected, self.info.signature_algorithm)
            ):
                self._add(Integrity.MALFORMED, "the algorithms differ from the protected ones (RFC 6211)")

    def _find_signer(self) -> None:
        info = self.info
        named = [c for c in self.pool if c.is_named_by(info.issuer, info.serial, info.key_id)]
        self.references = list(certificate_references(info))
        if not self.references:
            self.candidates = named
            if not named:
                self._add(Integrity.NO_SIGNER, "the certificate that the signer names is not there")
            return
        bound = [c for c in self.pool if all(reference.matches(c.der) for reference in self.references)]
        if not bound:
            self._add(Integrity.NO_SIGNER, "no certificate has the digest of the signing-certificate attribute")
            return
        self.candidates = [c for c in bound if c in named] or bound
        if not any(c in named for c in bound):
            self.warnings.append("the signer identifier names another certificate than the signed attribute")
        self._compare_issuer_serial(self.candidates[0])

    def _compare_issuer_serial(self, certificate: Certificate) -> None:
        for reference in self.references:
            if reference.issuer is not None and (
                reference.serial != certificate.serial or not same_name(reference.issuer, certificate.issuer)
            ):
                self.warnings.append("issuer and serial number of the signing-certificate attribute do not match")

    def _compare_digest(self) -> None:
        if self.content is None:
            self._add(Integrity.CONTENT_MISSING, "the signed content is not there")
        if self.info.signed_attributes is None:
            return
        attributes = self.info.signed(MESSAGE_DIGEST)
        if not attributes:
            raise MalformedEncoding("the message-digest attribute is missing (RFC 5652 §5.3)")
        signed = attributes[0].value.octets
        if self.content is None or self.digest is None:
            return
        found = content_digest(self.content, self.digest)
        if found is None:
            self._add(Integrity.CONTENT_MISSING, f"the {self.digest} digest of the content is not there")
        elif found != signed:
            self._add(Integrity.HASH_MISMATCH, "the content is not what was signed: its digest differs")

    def _verify_value(self) -> None:
        if self.algorithm is None:
            return
        failure = "the signature value does not verify with the signing certificate's key"
        for candidate in self.candidates:
            self.certificate = self.certificate or candidate
            try:
                verified = self._verifies(candidate)
            except crypto.MalformedKey as error:
                failure = f"the signing certificate's key is malformed: {error}"
                continue
            if verified is None:
                return
            if verified:
                self.certificate = candidate
                if not self.distinguished:
                    self.warnings.append("the signed attributes are not written in DER (RFC 5652 §5.3)")
                return
        if self.candidates and not self.distinguished:
            # The value may well fit the bytes as written; another reader of the same attributes has other bytes.
            self._add(
                Integrity.MALFORMED, "the signed attributes are not DER, nor was their DER signed (RFC 5652 §5.4)"
            )
        if self.candidates:
            self._add(Integrity.SIGNATURE_BROKEN, failure)

    def _verifies(self, certificate: Certificate) -> bool | None:
        """Whether the value verifies with this certificate's key; None where what it covers is not there."""
        if self.algorithm is None:
            return None
        key = crypto.public_key(certificate.spki)
        if self.info.signed_attributes is not None:
            covered = asn1.der(self.info.signed_attributes, as_tag=asn1.SET)
            return crypto.verify(key, self.algorithm, self.info.signature, covered)
        if self.content is None:
            return None
        if self.content.data is not None:
            return crypto.verify(key, self.algorithm, self.info.signature, self.content.data)
        hashed = self.content.digests.get(self.algorithm.digest or "")
        if hashed is None:
            self._add(Integrity.CONTENT_MISSING, f"the {self.algorithm.digest} digest of the content is not there")
            return None
        return crypto.verify_digest(key, self.algorithm, self.info.signature, hashed)


def _looks_like_attributes(content: bytes) -> bool:
    """Whether the content is a SET OF attributes with a message digest.

    Both are signed in the same way, so the attributes of a genuine signature, presented as content without signed
    attributes, would verify as a document that its signer never saw.
    """
    try:
        attributes = [read_attribute(child) for child in asn1.read(content).members(asn1.SET)]
    except MalformedEncoding:
        return False
    return any(attribute.oid == MESSAGE_DIGEST for attribute in attributes)


def _reference(element: Element, kind: str) -> CertificateReference:
    parts = list(element.members(minimum=1))
    algorithm = "sha1" if kind == SIGNING_CERTIFICATE else "sha256"
    if kind == OTHER_SIGNING_CERTIFICATE and parts[0].is_universal(asn1.SEQUENCE):
        other = parts.pop(0).inside(2)
        algorithm, digest = digest_name(other[0]), other[1].octets
    elif kind == OTHER_SIGNING_CERTIFICATE:
        algorithm, digest = "sha1", parts.pop(0).octets
    else:
        if kind == SIGNING_CERTIFICATE_V2 and parts and parts[0].is_universal(asn1.SEQUENCE):
            algorithm = digest_name(parts.pop(0))
        if not parts:
            raise MalformedEncoding("a certificate identifier without digest")
        digest = parts.pop(0).octets
    issuer, serial = _issuer_serial(parts[0]) if parts else (None, None)
    return CertificateReference(algorithm, digest, issuer, serial)


def _issuer_serial(element: Element) -> tuple[bytes | None, int | None]:
    names, serial = element.members(minimum=2)[:2]
    directory = next((name.inside(1)[0].raw for name in names.members() if name.is_context(4)), None)
    return directory, serial.integer
