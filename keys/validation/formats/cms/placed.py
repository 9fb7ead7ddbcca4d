"""The time-stamps in one signer's attributes: where each stands, whether its imprint fits, and what it proves.

Owns gathering tokens from signed and unsigned attributes (ETSI EN 319 122-1 §5.2.8, §5.3, §5.5, §A.1.5) and naming
what existed when each was made. What must be hashed is ``imprints``; whether a token's authority is to be trusted is
left to the decision process.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from keys.validation import crypto, timestamps
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.formats.cms import names
from keys.validation.formats.cms.hash_index import HashIndex, read_hash_index
from keys.validation.formats.cms.imprints import Imprints
from keys.validation.model import Content, Timestamp, TimestampKind
from keys.validation.signed_data import Attribute, SignedData, SignerInfo, read_signed_data
from keys.validation.timestamps import TimestampToken
from keys.validation.validation_data import ValidationData, of_attribute, of_signer

_KINDS = {
    names.CONTENT_TIMESTAMP: TimestampKind.CONTENT,
    names.SIGNATURE_TIMESTAMP: TimestampKind.SIGNATURE,
    names.SIGNATURE_AND_REFERENCES_TIMESTAMP: TimestampKind.SIGNATURE_AND_REFERENCES,
    names.REFERENCES_TIMESTAMP: TimestampKind.REFERENCES_ONLY,
    names.ARCHIVE_TIMESTAMP_V1: TimestampKind.ARCHIVE,
    names.ARCHIVE_TIMESTAMP_V2: TimestampKind.ARCHIVE,
    names.ARCHIVE_TIMESTAMP_V3: TimestampKind.ARCHIVE,
}
_ARCHIVES = frozenset({names.ARCHIVE_TIMESTAMP_V1, names.ARCHIVE_TIMESTAMP_V2, names.ARCHIVE_TIMESTAMP_V3})


@dataclass(frozen=True)
class Placed:
    """A token at its place."""

    attribute: Attribute
    value: Element
    token: TimestampToken

    @property
    def generated(self) -> datetime | None:
        """When the token was made."""
        return self.token.generated


def fingerprint(value: bytes) -> str:
    """SHA-256 in hexadecimal: how ``Timestamp.covers`` names things."""
    return hashlib.sha256(value).hexdigest()


def covered_by_token(token: bytes, parsed: TimestampToken) -> set[str]:
    """What else is proven with a token that is proven: itself and all it carries."""
    return {fingerprint(value) for value in (token, *parsed.certificates, *parsed.crls, *parsed.ocsp_responses)}


def timestamps_of(
    info: SignerInfo, structure: SignedData | None, content: Content | None, signer: bytes | None
) -> tuple[tuple[Timestamp, ...], tuple[tuple[str, TimestampToken], ...], tuple[str, ...]]:
    """The time-stamps of a signer, their tokens as parsed (each with its attribute's type), and warnings.

    ``structure`` is None for a counter-signature; ``signer`` is the signing certificate, bound by the signed
    attributes and therefore proven together with the signature value.
    """
    pool = structure.certificates if structure else ()
    placed = [_place(attribute, value, pool) for attribute, value in _values(info)]
    judge = _Judge(Imprints(structure, info, content), placed, signer)
    found = tuple(judge.timestamp(item) for item in placed)
    return found, tuple((item.attribute.oid, item.token) for item in placed), tuple(_warnings(placed, found))


def _values(info: SignerInfo) -> Iterator[tuple[Attribute, Element]]:
    signed = [a for a in info.attributes if a.oid == names.CONTENT_TIMESTAMP]
    unsigned = [a for a in info.unsigned_attributes if a.oid in _KINDS and a.oid != names.CONTENT_TIMESTAMP]
    for attribute in (*signed, *unsigned):
        for value in attribute.values:
            yield attribute, value


def _place(attribute: Attribute, value: Element, pool: Iterable[bytes]) -> Placed:
    return Placed(attribute, value, timestamps.parse(value.raw, tuple(pool)))


def _warnings(placed: list[Placed], found: tuple[Timestamp, ...]) -> Iterator[str]:
    seen: set[bytes] = set()
    for item, timestamp in zip(placed, found, strict=True):
        if timestamp.token in seen:
            yield "the same time-stamp token stands in more than one place"
        seen.add(timestamp.token)
        if timestamp.imprint_matches is False:
            yield f"a {timestamp.kind.value} time-stamp is over other data: it proves nothing here"
        yield from item.token.problems


class _Judge:
    """Answers, for each token of one signer, whether its imprint fits and what it covers."""

    def __init__(self, imprints: Imprints, placed: list[Placed], signer: bytes | None) -> None:
        self.imprints, self.placed, self.signer = imprints, placed, signer

    def timestamp(self, item: Placed) -> Timestamp:
        matches = self._matches(item) if item.generated is not None else False
        covers = frozenset(self._covers(item)) if matches else frozenset[str]()
        return Timestamp(_KINDS[item.attribute.oid], item.value.raw, matches, covers)

    def _matches(self, item: Placed) -> bool | None:
        imprints, token = self.imprints, item.token
        try:
            match item.attribute.oid:
                case names.CONTENT_TIMESTAMP:
                    return imprints.over_content(token)
                case names.SIGNATURE_TIMESTAMP:
                    return imprints.over_signature(token)
                case names.SIGNATURE_AND_REFERENCES_TIMESTAMP:
                    return imprints.over_references(token, with_signature=True)
                case names.REFERENCES_TIMESTAMP:
                    return imprints.over_references(token, with_signature=False)
                case names.ARCHIVE_TIMESTAMP_V2:
                    return imprints.over_archive_v2(token, (a.element for a in self._not_before(item)))
                case names.ARCHIVE_TIMESTAMP_V3:
                    return imprints.over_archive_v3(token, self._index(item))
        except (MalformedEncoding, crypto.UnsupportedAlgorithm):
            return False
        return None

    def _not_before(self, item: Placed) -> list[Attribute]:
        """The archive time-stamps that came with or after this one, itself included: they are not under its imprint."""
        moment = item.generated
        return [
            other.attribute
            for other in self.placed
            if other.attribute.oid in _ARCHIVES
            and (other is item or other.generated is None or moment is None or other.generated >= moment)
        ]

    def _index(self, item: Placed) -> HashIndex | None:
        index = read_hash_index(read_signed_data(item.value.raw).signers[0])
        structure = self.imprints.structure
        if index is not None and structure is not None and not index.is_complete_for(structure, self.imprints.info):
            return None
        return index

    def _covers(self, item: Placed) -> set[str]:
        match item.attribute.oid:
            case names.CONTENT_TIMESTAMP:
                return set()
            case names.SIGNATURE_TIMESTAMP:
                return self._signature()
            case names.SIGNATURE_AND_REFERENCES_TIMESTAMP:
                tokens = [i for i in self.placed if i.attribute.oid == names.SIGNATURE_TIMESTAMP]
                return self._signature() | self._tokens(tokens)
            case names.ARCHIVE_TIMESTAMP_V2:
                return self._signature() | self._all_before(item)
            case names.ARCHIVE_TIMESTAMP_V3:
                return self._signature() | self._indexed(item)
        return set()

    def _signature(self) -> set[str]:
        """The signature value, and with it what its signed attributes fix: signer and content time-stamps."""
        found = {fingerprint(self.imprints.info.signature)}
        if self.signer is not None:
            found.add(fingerprint(self.signer))
        return found | self._tokens(i for i in self.placed if i.attribute.oid == names.CONTENT_TIMESTAMP)

    def _tokens(self, items: Iterable[Placed]) -> set[str]:
        found: set[str] = set()
        for item in items:
            found |= covered_by_token(item.value.raw, item.token)
        return found

    def _all_before(self, item: Placed) -> set[str]:
        later = self._not_before(item)
        structure = self.imprints.structure
        data = of_signer(self.imprints.info)
        if structure is not None:
            data += ValidationData(structure.certificates, structure.crls, structure.ocsp_responses)
        return _fingerprints(data) | self._tokens(i for i in self.placed if i.attribute not in later)

    def _indexed(self, item: Placed) -> set[str]:
        index, structure = self._index(item), self.imprints.structure
        if index is None or structure is None:
            return set()
        listed = [a for a in self.imprints.info.unsigned_attributes if index.lists_attribute(a)]
        found = self._tokens(i for i in self.placed if i.attribute in listed)
        for attribute in listed:
            found |= _fingerprints(of_attribute(attribute))
        return found | _listed_values(structure, index)


def _listed_values(structure: SignedData, index: HashIndex) -> set[str]:
    certificates = structure.certificate_set.children if structure.certificate_set else ()
    revocations = structure.revocation_set.children if structure.revocation_set else ()
    found = {fingerprint(c.raw) for c in certificates if index.lists_certificate(c)}
    listed = {r.start for r in revocations if index.lists_revocation(r)}
    for element, values in structure.revocations:
        if element.start in listed:
            found |= {fingerprint(value) for value in values}
    return found


def _fingerprints(data: ValidationData) -> set[str]:
    return {fingerprint(value) for value in (*data.certificates, *data.crls, *data.ocsp_responses)}
