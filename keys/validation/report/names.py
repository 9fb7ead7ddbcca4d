"""What reports say of a certificate: whose it is, who issued it, who is behind the issuer."""

from typing import Any

from asn1crypto import x509

from keys.validation.pkix import Certificate

_MEMBERS = {
    "common_name": "commonName",
    "serial_number": "serialNumber",
    "given_name": "givenName",
    "surname": "surname",
    "organization_name": "organizationName",
    "organizational_unit_name": "organizationalUnitName",
    "organization_identifier": "organizationIdentifier",
    "title": "title",
    "country_name": "countryName",
    "email_address": "emailAddress",
}


def attributes(name: x509.Name) -> dict[str, str]:
    """The attributes of a distinguished name that people know, by their LDAP names."""
    found: dict[str, str] = {}
    for part in name.chosen:
        for attribute in part:
            member = _MEMBERS.get(attribute["type"].native)
            if member is not None:
                found.setdefault(member, str(attribute["value"].native))
    return found


def common_name(certificate: Certificate) -> str:
    """Whose certificate it is, in a few words: common name, else organisation, else the whole name."""
    known = attributes(certificate.subject)
    return known.get("commonName") or known.get("organizationName") or str(certificate.subject.human_friendly)


def organisation(certificate: Certificate) -> str:
    """The organisation behind the certificate, or its common name where none is named."""
    return attributes(certificate.subject).get("organizationName") or common_name(certificate)


def is_seal(certificate: Certificate) -> bool:
    """Whether it belongs to an organisation and not to a person: an organisation and no given name or surname."""
    known = attributes(certificate.subject)
    return "organizationName" in known and not known.keys() & {"givenName", "surname"}


def summary(certificate: Certificate) -> dict[str, Any]:
    """The facts of a certificate for detailed reports."""
    return {
        "subject": attributes(certificate.subject),
        "issuer": attributes(certificate.issuer),
        "serialNumber": f"{certificate.serial:x}",
        "notBefore": time_text(certificate.not_before),
        "notAfter": time_text(certificate.not_after),
        "sha256": certificate.digest,
        "keyAlgorithm": certificate.key_family,
        "keySize": certificate.key_size,
    }


def time_text(moment: Any) -> str:
    """RFC 3339 in UTC, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
