"""What each time-stamp of CAdES must have been computed over (ETSI EN 319 122-1 §5.3, §5.5; TS 101 733 §6.3, §6.4).

Owns the byte strings; a structure written in BER leaves room for two readings, so every question is answered by
candidates and a token over any of them matches. Where a token stands and what it proves is ``placed``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from keys.validation import asn1
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.formats.cms import names
from keys.validation.formats.cms.hash_index import HashIndex
from keys.validation.model import Content
from keys.validation.signed_data import Attribute, SignedData, SignerInfo
from keys.validation.signer import content_digest
from keys.validation.timestamps import TimestampToken

_Encoding = Callable[[Element], bytes]


def _raw(element: Element) -> bytes:
    return element.raw


def _der(element: Element) -> bytes:
    return asn1.der(element)


_ENCODINGS: tuple[_Encoding, ...] = (_raw, _der)


@dataclass(frozen=True)
class Imprints:
    """The data that time-stamps in one signer's attributes cover."""

    structure: SignedData | None
    """None for a counter-signature, which has no SignedData of its own."""
    info: SignerInfo
    content: Content | None

    def over_content(self, token: TimestampToken) -> bool | None:
        """content-time-stamp: the signed content (§5.2.8); None where it is not there."""
        digest = content_digest(self.content, token.imprint_digest) if self.content else None
        return None if digest is None else digest == token.imprint

    def over_signature(self, token: TimestampToken) -> bool:
        """signature-time-stamp: the value of the signature field (§5.3)."""
        return token.is_over(self.info.signature)

    def over_references(self, token: TimestampToken, *, with_signature: bool) -> bool:
        """CAdES-C time-stamp (type 1, with the signature) or references alone (type 2) (§A.1.5)."""
        kinds = [names.CERTIFICATE_REFERENCES, names.REVOCATION_REFERENCES]
        if with_signature:
            kinds.insert(0, names.SIGNATURE_TIMESTAMP)
        head = self.info.signature if with_signature else b""
        prescribed = [attribute for kind in kinds for attribute in self.info.unsigned(kind)]
        # Some signers hash the same attributes in the order of the file: nothing is less covered by that.
        written = [attribute for attribute in self.info.unsigned_attributes if attribute.oid in kinds]
        return any(
            token.is_over(head + _members(attributes, encoding))
            for attributes in (prescribed, written)
            for encoding in _ENCODINGS
        )

    def over_archive_v2(self, token: TimestampToken, excluded: Iterable[Element]) -> bool | None:
        """archive-time-stamp-v2 (TS 101 733 §6.4.1), with and without the header of the unsigned attributes (annex K).

        ``excluded`` are the attributes that came later. None where detached content is not there as bytes.
        """
        if self.structure is None:
            return None
        detached = b""
        if self.structure.content is None:
            if self.content is None or self.content.data is None:
                return None
            detached = self.content.data
        skip = list(excluded)
        return any(token.is_over(candidate) for candidate in self._archive_v2(detached, skip))

    def over_archive_v3(self, token: TimestampToken, index: HashIndex | None) -> bool | None:
        """archive-time-stamp-v3 (§5.5.3): content type, content digest, the signer's fields, the hash index."""
        if self.structure is None or index is None:
            return None if index is not None else False
        digest = content_digest(self.content, token.imprint_digest) if self.content else None
        if digest is None:
            return None
        content_type = asn1.encode(asn1.OID, asn1.oid_octets(self.structure.content_type))
        for encoding in _ENCODINGS:
            fields = b"".join(encoding(field) for field in self._signer_fields())
            if token.is_over(content_type + digest + fields + encoding(index.element)):
                return True
        return False

    def _signer_fields(self) -> tuple[Element, ...]:
        fields = self.info.element.children
        return fields[:-1] if fields[-1].is_context(1) else fields

    def _archive_v2(self, detached: bytes, excluded: list[Element]) -> Iterator[bytes]:
        if self.structure is None:
            raise MalformedEncoding("no structure")
        kept = [a.element for a in self.info.unsigned_attributes if not any(a.element is other for other in excluded)]
        sets = [s for s in (self.structure.certificate_set, self.structure.revocation_set) if s is not None]
        for encoding in _ENCODINGS:
            head = encoding(self.structure.encapsulated) + detached + b"".join(encoding(s) for s in sets)
            head += b"".join(encoding(field) for field in self._signer_fields())
            attributes = b"".join(encoding(attribute) for attribute in kept)
            yield head + asn1.encode(1, attributes, constructed=True, class_=asn1.CONTEXT)
            yield head + attributes


def _members(attributes: Iterable[Attribute], encoding: _Encoding) -> bytes:
    """Type and values of the attributes, without the enclosing SEQUENCE (TS 101 733 §6.3.5 note 2)."""
    return b"".join(encoding(child) for attribute in attributes for child in attribute.element.children)
