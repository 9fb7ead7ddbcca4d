"""What a signature needs to know of a certificate: its names, number, key and two extensions (RFC 5280 §4.1).

Read from the certificate's own bytes, so that one odd extension does not hide a certificate. Judging certificates, and
the path from them to an anchor, is left to the decision process.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from keys.validation import asn1
from keys.validation.asn1 import Element, MalformedEncoding

_SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
EXTENDED_KEY_USAGE = "2.5.29.37"
_TEXT = {
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    26: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}


@dataclass(frozen=True)
class Certificate:
    """The fields of a certificate that name it and its key."""

    der: bytes
    serial: int
    issuer: bytes
    subject: bytes
    spki: bytes
    key_id: bytes | None
    extended_key_usage: tuple[str, ...] | None
    """The purposes' object identifiers, None without the extension."""
    extended_key_usage_critical: bool
    extension_ids: frozenset[str]
    not_after: datetime

    @property
    def is_self_issued(self) -> bool:
        """Whether issuer and subject are one."""
        return same_name(self.issuer, self.subject)

    def is_named_by(self, issuer: bytes | None, serial: int | None, key_id: bytes | None) -> bool:
        """Whether an issuer with serial number, or a subject key identifier, names this certificate."""
        if key_id is not None:
            return self.key_id == key_id
        return issuer is not None and self.serial == serial and same_name(self.issuer, issuer)


@lru_cache(maxsize=512)
def read_certificate(der: bytes) -> Certificate:
    """The fields of the certificate ``der``; MalformedEncoding if it is none."""
    fields = list(asn1.read(der).members(minimum=1)[0].members())
    if fields and fields[0].is_context(0):
        fields.pop(0)
    if len(fields) < 6:
        raise MalformedEncoding("a certificate lacks fields")
    serial, _, issuer, validity, subject, spki = fields[:6]
    extensions = _extensions(fields[6:])
    key_id = extensions.get(_SUBJECT_KEY_IDENTIFIER)
    usage = extensions.get(EXTENDED_KEY_USAGE)
    return Certificate(
        der=der,
        serial=serial.integer,
        issuer=issuer.expect(asn1.SEQUENCE).raw,
        subject=subject.expect(asn1.SEQUENCE).raw,
        spki=spki.expect(asn1.SEQUENCE).raw,
        key_id=key_id[1].octets if key_id else None,
        extended_key_usage=tuple(purpose.oid for purpose in usage[1].members()) if usage else None,
        extended_key_usage_critical=bool(usage and usage[0]),
        extension_ids=frozenset(extensions),
        not_after=validity.members(minimum=2)[1].time,
    )


def readable(certificates: Iterable[bytes]) -> list[Certificate]:
    """Those of the certificates that can be read; the others cannot be anybody's."""
    found = []
    for der in certificates:
        try:
            found.append(read_certificate(der))
        except MalformedEncoding:
            continue
    return found


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two DER Names are the same: byte for byte, or after folding case, spaces and string types (§7.1)."""
    if one == other:
        return True
    try:
        return _folded_name(one) == _folded_name(other)
    except MalformedEncoding:
        return False


def _extensions(fields: list[Element]) -> dict[str, tuple[bool, Element]]:
    found: dict[str, tuple[bool, Element]] = {}
    for field in fields:
        if not field.is_context(3):
            continue
        for extension in field.inside(1)[0].members():
            kind, *middle, value = extension.members(minimum=2)
            critical = bool(middle) and middle[0].contents != b"\0"
            read = kind.oid in {_SUBJECT_KEY_IDENTIFIER, EXTENDED_KEY_USAGE}
            found[kind.oid] = critical, asn1.read(value.octets) if read else value
    return found


def _folded_name(name: bytes) -> list[frozenset[tuple[str, str | bytes]]]:
    return [
        frozenset((_pair(attribute)[0].oid, _folded(_pair(attribute)[1])) for attribute in rdn.members(asn1.SET))
        for rdn in asn1.read(name).members()
    ]


def _pair(attribute: Element) -> tuple[Element, Element]:
    parts = attribute.members()
    if len(parts) != 2:
        raise MalformedEncoding("not an attribute of a name")
    return parts[0], parts[1]


def _folded(value: Element) -> str | bytes:
    encoding = _TEXT.get(value.tag) if value.class_ == asn1.UNIVERSAL else None
    if encoding is None:
        return value.raw
    try:
        text = value.contents.decode(encoding)
    except UnicodeDecodeError:
        return value.raw
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
