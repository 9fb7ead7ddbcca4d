"""The signed properties of a XAdES signature: where they must stand, and what they say.

ETSI EN 319 132-1 clauses 4 and 5 with their forerunners (TS 101 903 up to v1.4.2). They count only at their one
place (Signature/Object/QualifyingProperties) and only when the signature references them there; ``signature`` checks
the reference. Unsigned properties are read in ``unsigned``.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from keys.validation import asn1
from keys.validation.formats.xml import names
from keys.validation.formats.xml.document import children, identifier, local_name, namespace, text
from keys.validation.formats.xml.references import Refused, decoded, digest_and_value
from keys.validation.model import Integrity
from keys.validation.signer import CertificateReference


@dataclass(frozen=True)
class Qualifying:
    """The QualifyingProperties of one signature."""

    element: etree._Element
    signed: etree._Element | None
    unsigned: tuple[etree._Element, ...]
    """The children of UnsignedSignatureProperties, in order."""


@dataclass(frozen=True)
class SignedProperties:
    """What the signed properties say; times are aware, in UTC."""

    signing_time: datetime | None = None
    certificates: tuple[CertificateReference, ...] = ()
    has_signing_certificate: bool = False
    policy_id: str | None = None
    commitment_types: tuple[str, ...] = ()
    signer_roles: tuple[str, ...] = ()
    content_timestamps: tuple[etree._Element, ...] = ()
    warnings: tuple[str, ...] = field(default=())


def qualifying(signature: etree._Element) -> Qualifying | None:
    """The one QualifyingProperties of a signature, None if it has none; Refused if there are several."""
    found = [
        candidate
        for holder in signature.findall(names.OBJECT)
        for candidate in children(holder)
        if local_name(candidate) == "QualifyingProperties" and namespace(candidate) in names.XADES
    ]
    if not found:
        return None
    if len(found) > 1:
        raise Refused(Integrity.MALFORMED, "the signature has more than one QualifyingProperties")
    (element,) = found
    signed = _some(element, "SignedProperties", limit=1)
    unsigned = [
        each
        for holder in _some(element, "UnsignedProperties", limit=1)
        for part in _some(holder, "UnsignedSignatureProperties", limit=1)
        for each in children(part)
    ]
    return Qualifying(element, signed[0] if signed else None, tuple(unsigned))


def check_target(found: Qualifying, signature: etree._Element) -> str:
    """A warning where Target does not name the signature; Refused where it names another (clause 4.3.1)."""
    target = str(found.element.get("Target", ""))
    if target and target == f"#{identifier(signature)}":
        return ""
    others = {identifier(each) for each in signature.getroottree().getroot().iter(names.SIGNATURE)} - {None}
    if target.removeprefix("#") in others - {identifier(signature)}:
        raise Refused(Integrity.MALFORMED, "the QualifyingProperties belong to another signature")
    return "the QualifyingProperties do not name the signature they stand in"


def read(element: etree._Element) -> SignedProperties:
    """What a SignedProperties element says; Refused where a property that decides cannot be read."""
    about_signature = _children_of(element, "SignedSignatureProperties")
    about_content = _children_of(element, "SignedDataObjectProperties")
    warnings: list[str] = []
    references, has_attribute = _signing_certificate(about_signature)
    return SignedProperties(
        signing_time=_time(about_signature, warnings),
        certificates=references,
        has_signing_certificate=has_attribute,
        policy_id=_policy(about_signature),
        commitment_types=tuple(
            text(each).strip()
            for indication in _named(about_content, "CommitmentTypeIndication")
            for each in indication.iterfind("{*}CommitmentTypeId/{*}Identifier")
        ),
        signer_roles=tuple(
            text(each).strip()
            for role in _named(about_signature, "SignerRole", "SignerRoleV2")
            for each in role.iterfind("{*}ClaimedRoles/{*}ClaimedRole")
        ),
        content_timestamps=tuple(_named(about_content, "AllDataObjectsTimeStamp", "IndividualDataObjectsTimeStamp")),
        warnings=tuple(warnings),
    )


def _some(parent: etree._Element, name: str, *, limit: int) -> list[etree._Element]:
    found = [each for each in children(parent) if local_name(each) == name and namespace(each) in names.XADES]
    if len(found) > limit:
        raise Refused(Integrity.MALFORMED, f"the signature has more than one {name}")
    return found


_ByName = dict[str, list[etree._Element]]


def _children_of(element: etree._Element, name: str) -> _ByName:
    """The properties of one kind, by name."""
    found: _ByName = {}
    for holder in _some(element, name, limit=1):
        for each in children(holder):
            if namespace(each) in names.XADES:
                found.setdefault(local_name(each), []).append(each)
    return found


def _named(elements: _ByName, *wanted: str) -> list[etree._Element]:
    return [each for name in wanted for each in elements.get(name, ())]


def _time(elements: _ByName, warnings: list[str]) -> datetime | None:
    """SigningTime, an XML Schema dateTime; without a zone it is taken as UTC."""
    found = _named(elements, "SigningTime")
    if not found:
        return None
    try:
        moment = datetime.fromisoformat(text(found[0]).strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        warnings.append("the claimed signing time cannot be read")
        return None
    if len(found) > 1:
        warnings.append("the signature claims more than one signing time; the first is shown")
    return moment


def _signing_certificate(elements: _ByName) -> tuple[tuple[CertificateReference, ...], bool]:
    """SigningCertificate and SigningCertificateV2 (clauses 5.2.2 and A.1)."""
    found = _named(elements, "SigningCertificate", "SigningCertificateV2")
    references = tuple(
        _certificate_reference(each)
        for attribute in found
        for each in children(attribute)
        if local_name(each) == "Cert"
    )
    if found and not references:
        raise Refused(Integrity.MALFORMED, "the signing-certificate property names no certificate")
    return references, bool(found)


def _certificate_reference(cert: etree._Element) -> CertificateReference:
    digests = [each for each in children(cert) if local_name(each) == "CertDigest"]
    if len(digests) != 1:
        raise Refused(Integrity.MALFORMED, "a certificate reference needs one digest")
    algorithm, value = digest_and_value(digests[0])
    issuer, serial = _issuer_serial(cert)
    return CertificateReference(algorithm, value, issuer, serial)


def _issuer_serial(cert: etree._Element) -> tuple[bytes | None, int | None]:
    """The issuer (DER) and serial number, as far as they can be compared exactly; the digest decides in any case."""
    second = cert.find("{*}IssuerSerialV2")
    if second is not None:
        try:
            names_, number = asn1.read(decoded(second)).members()[:2]
            directory = names_.members()[0]
            return directory.children[0].raw if directory.is_context(4) else None, number.integer
        except (asn1.MalformedEncoding, Refused, ValueError, IndexError):
            return None, None
    number_text = cert.findtext("{*}IssuerSerial/{*}X509SerialNumber") or ""
    digits = number_text.strip()
    return None, int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 80 else None


def _policy(elements: _ByName) -> str | None:
    """The identifier of the signature policy; empty for an implied policy (clause 5.2.9)."""
    found = _named(elements, "SignaturePolicyIdentifier")
    if not found:
        return None
    named = found[0].find("{*}SignaturePolicyId/{*}SigPolicyId/{*}Identifier")
    return text(named).strip() if named is not None else ""
