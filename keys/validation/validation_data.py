"""Certificates and revocation values where attributes of CMS keep them.

Owns certificate-values and revocation-values (ETSI EN 319 122-1 §A.1.1) and Adobe's revocation information archival
(ISO 32000-2 §12.8.3.3.2). Everything comes out as DER, OCSP always as a whole OCSPResponse. Nothing is judged here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from keys.validation import asn1
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.signed_data import Attribute, SignerInfo, wrap_basic_ocsp

CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
ADOBE_REVOCATION = "1.2.840.113583.1.1.8"


@dataclass(frozen=True)
class ValidationData:
    """What helps to judge a certificate: DER certificates, CRLs, OCSP responses."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()

    def __add__(self, other: "ValidationData") -> "ValidationData":
        """Both, each value once, in the order found."""
        return ValidationData(
            unique(self.certificates + other.certificates),
            unique(self.crls + other.crls),
            unique(self.ocsp_responses + other.ocsp_responses),
        )

    def __bool__(self) -> bool:
        return bool(self.certificates or self.crls or self.ocsp_responses)


def unique(values: Iterable[bytes]) -> tuple[bytes, ...]:
    """The values, each once, in order."""
    return tuple(dict.fromkeys(values))


def of_signer(info: SignerInfo) -> ValidationData:
    """All values in a signer's attributes; an attribute that cannot be read adds nothing."""
    found = ValidationData()
    for attribute in (*info.attributes, *info.unsigned_attributes):
        found += of_attribute(attribute)
    return found


def of_attribute(attribute: Attribute) -> ValidationData:
    """The values in one attribute, if it is of a kind that has them."""
    reader = _READERS.get(attribute.oid)
    if reader is None:
        return ValidationData()
    found = ValidationData()
    for value in attribute.values:
        try:
            found += reader(value)
        except MalformedEncoding:
            continue
    return found


def _certificate_values(value: Element) -> ValidationData:
    return ValidationData(certificates=tuple(child.raw for child in value.members()))


def _revocation_values(value: Element) -> ValidationData:
    fields = {field.tag: field.inside(1)[0] for field in value.members() if field.class_ == asn1.CONTEXT}
    crls = tuple(child.raw for child in fields[0].members()) if 0 in fields else ()
    basic = tuple(wrap_basic_ocsp(child.raw) for child in fields[1].members()) if 1 in fields else ()
    return ValidationData(crls=crls, ocsp_responses=basic)


def _adobe_revocation(value: Element) -> ValidationData:
    fields = {field.tag: field.inside(1)[0] for field in value.members() if field.class_ == asn1.CONTEXT}
    crls = tuple(child.raw for child in fields[0].members()) if 0 in fields else ()
    responses = tuple(child.raw for child in fields[1].members()) if 1 in fields else ()
    return ValidationData(crls=crls, ocsp_responses=responses)


_READERS = {
    CERTIFICATE_VALUES: _certificate_values,
    REVOCATION_VALUES: _revocation_values,
    ADOBE_REVOCATION: _adobe_revocation,
}
