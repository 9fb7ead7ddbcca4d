"""Distinguished names of subjects and authorities (RFC 5280 §4.1.2.4, §4.1.2.6).

People and organisations carry their number in the attribute UID with the kind before it (``CCCD:``, ``MST:``), as
certificates in Viet Nam do; officials a pseudonym, since a decision of theirs is read by everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from cryptography import x509
from cryptography.x509.oid import NameOID

from keys.authority.profiles import AuthorityProfile

LONGEST = 64
"""Octets of the longest value. RFC 5280 Appendix A.1 counts characters (``ub-common-name``), the library octets."""
ATTRIBUTES = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "common_name": NameOID.COMMON_NAME,
    "identifier": NameOID.USER_ID,
    "pseudonym": NameOID.SERIAL_NUMBER,
}


@dataclass(frozen=True)
class Subject:
    """Whom a certificate is for. A value that the profile does not name is left out."""

    common_name: str
    organization: str = ""
    identifier: str = ""
    pseudonym: str = ""
    country: str = "VN"


class NoName(Exception):
    """The account has no value for an attribute that the profile asks for."""


def subject_name(subject: Subject, attributes: Sequence[str]) -> x509.Name:
    """Give the name with just these attributes, in this order; a longer value is cut, as X.520 bounds it.

    :raises NoName: when a value is missing.
    """
    found = []
    for attribute in attributes:
        value = _cut(normalize("NFC", getattr(subject, attribute)).strip())
        if not value:
            raise NoName(attribute)
        found.append(x509.NameAttribute(ATTRIBUTES[attribute], value))
    return x509.Name(found)


def _cut(value: str) -> str:
    """Cut a value behind its last whole character."""
    return value.encode()[:LONGEST].decode(errors="ignore").strip()


def authority_name(profile: AuthorityProfile) -> x509.Name:
    """Give the name of an authority."""
    return subject_name(Subject(profile.common_name, profile.organization), ("country", "organization", "common_name"))
