"""What a signer says of the signature in signed attributes (ETSI EN 319 122-1 §5.2): time, policy, commitment, roles.

These statements are reported, not judged: one that cannot be read is a warning and says nothing. Attributes on which
the signature's validity rests are judged in ``keys.validation.signer``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from keys.validation import asn1
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.formats.cms import names
from keys.validation.signed_data import Attribute, SignerInfo
from keys.validation.signer import SIGNING_TIME

_TEXT = {12: "utf-8", 19: "ascii", 20: "latin-1", 22: "ascii", 26: "ascii", 28: "utf-32-be", 30: "utf-16-be"}
IMPLIED_POLICY = "implied"
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Properties:
    """The signer's statements. ``policy_id`` is an object identifier, or ``implied`` (§5.2.9.1)."""

    signing_time: datetime | None
    policy_id: str | None
    commitment_types: tuple[str, ...]
    signer_roles: tuple[str, ...]
    warnings: tuple[str, ...]


def read_properties(info: SignerInfo) -> Properties:
    """The statements in the signed attributes of ``info``; never raises."""
    reader = _Reader(info)
    time = reader.all(SIGNING_TIME, lambda value: value.time)
    policies = reader.all(names.SIGNATURE_POLICY, _policy)
    return Properties(
        signing_time=time[0] if time else None,
        policy_id=policies[0] if policies else None,
        commitment_types=tuple(reader.all(names.COMMITMENT_TYPE, lambda value: value.members(minimum=1)[0].oid)),
        signer_roles=tuple(role for roles in reader.all(names.SIGNER_ATTRIBUTES, _roles) for role in roles)
        + tuple(role for roles in reader.all(names.SIGNER_ATTRIBUTES_V2, _roles) for role in roles),
        warnings=tuple(reader.warnings + _content_warnings(info)),
    )


class _Reader:
    """Reads values of attributes, turning what is malformed into warnings."""

    def __init__(self, info: SignerInfo) -> None:
        self.info = info
        self.warnings: list[str] = []

    def all(self, oid: str, read: Callable[[Element], _Value]) -> list[_Value]:
        found = []
        for attribute in self.info.signed(oid):
            for value in attribute.values:
                try:
                    found.append(read(value))
                except (MalformedEncoding, UnicodeDecodeError):
                    self.warnings.append(f"signed attribute {oid} cannot be read")
        return found


def _policy(value: Element) -> str:
    """SignaturePolicy: an identifier with its digest, or NULL for one implied by the content."""
    return IMPLIED_POLICY if value.is_universal(asn1.NULL) else value.members(minimum=1)[0].oid


def _roles(value: Element) -> list[str]:
    """The claimed attributes ([0]) of signer-attributes(-v2): the text in their values (RFC 5755 §4.4.5)."""
    return [role for part in value.members() if part.is_context(0) for role in _texts(part)]


def _texts(element: Element) -> Iterator[str]:
    for child in element.children:
        if child.constructed:
            yield from _texts(child)
        elif child.class_ == asn1.UNIVERSAL and child.tag in _TEXT:
            yield child.contents.decode(_TEXT[child.tag])


def _content_warnings(info: SignerInfo) -> list[str]:
    """The rules of content-hints and mime-type (§5.2.4): one form only, once, and not without a readable value."""
    hints, mime = info.signed(names.CONTENT_HINTS), info.signed(names.MIME_TYPE)
    warnings = []
    if hints and mime:
        warnings.append("both content-hints and mime-type are present (EN 319 122-1 §5.2.4.1)")
    if any(not _is_content_hint(attribute) for attribute in hints):
        warnings.append("the content-hints attribute is malformed (RFC 2634 §2.9)")
    return warnings


def _is_content_hint(attribute: Attribute) -> bool:
    try:
        return bool(attribute.value.members(minimum=1)[-1].oid)
    except MalformedEncoding:
        return False
