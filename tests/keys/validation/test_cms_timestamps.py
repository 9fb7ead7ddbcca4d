"""Time-stamps in CAdES attributes: the right data for each kind, and what each one proves (EN 319 122-1 §5.5)."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from keys.validation import asn1
from keys.validation.formats import cms
from keys.validation.formats.cms import names
from keys.validation.model import Content, Integrity, SignatureObject, TimestampKind
from keys.validation.signed_data import read_signed_data
from keys.validation.validation_data import CERTIFICATE_VALUES, REVOCATION_VALUES
from tests.keys.validation.making.cms import (
    DATA,
    DIGESTS,
    SIGNED_AT,
    Recipe,
    algorithm,
    attribute,
    context,
    counter_signature,
    hashed,
    integer,
    octets,
    oid,
    seq,
    signature_timestamp,
    signed_data,
    signing_time,
    token,
)
from tests.keys.validation.making.people import authority, person, stranger, time_stamper

CONTRACT = "Hợp đồng cung cấp dịch vụ công trực tuyến".encode()
BASE = Recipe(person(), CONTRACT, attributes=(signing_time(),))
CRL = seq(seq(integer(1)), algorithm("1.2.840.10045.4.3.2"), asn1.encode(asn1.BIT_STRING, b"\0"))
LATER = SIGNED_AT + timedelta(days=30)


def fingerprint(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


def first(data: bytes, *detached: Content) -> SignatureObject:
    return cms.parse(data, detached).signatures[0]


class TestSignatureTimestamp:
    """§5.3: over the signature value."""

    def test_it_proves_the_signature_value_and_the_certificate_bound_in_it(self) -> None:
        (stamp,) = first(signed_data(BASE.with_unsigned(signature_timestamp(BASE)))).timestamps
        assert (stamp.kind, stamp.imprint_matches) == (TimestampKind.SIGNATURE, True)
        assert stamp.covers == {fingerprint(BASE.signature), fingerprint(person().certificate)}

    def test_one_copied_from_another_signature_proves_nothing(self) -> None:
        copied = signature_timestamp(replace(BASE, content=b"another contract"))
        signature = first(signed_data(BASE.with_unsigned(copied)))
        assert signature.integrity is Integrity.INTACT
        assert (signature.timestamps[0].imprint_matches, signature.timestamps[0].covers) == (False, frozenset())
        assert any("other data" in warning for warning in signature.warnings)

    def test_one_that_stands_twice_is_noticed(self) -> None:
        stamp = signature_timestamp(BASE)
        signature = first(signed_data(BASE.with_unsigned(stamp, stamp)))
        assert [s.imprint_matches for s in signature.timestamps] == [True, True]
        assert any("more than one place" in warning for warning in signature.warnings)

    def test_one_that_cannot_be_read_proves_nothing(self) -> None:
        signature = first(signed_data(BASE.with_unsigned(attribute(names.SIGNATURE_TIMESTAMP, b"\x05\0"))))
        assert signature.integrity is Integrity.INTACT
        assert signature.timestamps[0].imprint_matches is False
        assert signature.warnings

    def test_its_certificates_join_those_of_the_signature(self) -> None:
        signature = first(signed_data(BASE.with_unsigned(signature_timestamp(BASE))))
        assert time_stamper().certificate in signature.certificates

    def test_a_counter_signature_has_its_own(self) -> None:
        counter = Recipe(stranger(), BASE.signature, content_type=None)
        stamped = counter.with_unsigned(signature_timestamp(counter))
        data = signed_data(
            BASE.with_unsigned(attribute("1.2.840.113549.1.9.6", stamped.signer_info)),
            certificates=[person().certificate, stranger().certificate],
        )
        _, countersigned = cms.parse(data).signatures
        assert countersigned.timestamps[0].imprint_matches is True
        assert fingerprint(counter.signature) in countersigned.timestamps[0].covers


class TestContentTimestamp:
    """§5.2.8: over the content, made before signing."""

    STAMPED = replace(BASE, attributes=(signing_time(), attribute(names.CONTENT_TIMESTAMP, token(CONTRACT))))

    def test_over_the_content(self) -> None:
        (stamp,) = first(signed_data(self.STAMPED)).timestamps
        assert (stamp.kind, stamp.imprint_matches, stamp.covers) == (TimestampKind.CONTENT, True, frozenset())

    def test_over_other_content(self) -> None:
        wrong = replace(BASE, attributes=(attribute(names.CONTENT_TIMESTAMP, token(b"other")),))
        assert first(signed_data(wrong)).timestamps[0].imprint_matches is False

    def test_over_content_that_is_not_there(self) -> None:
        data = signed_data(self.STAMPED, detached=True)
        assert first(data).timestamps[0].imprint_matches is None
        assert first(data, Content("hợp đồng", CONTRACT)).timestamps[0].imprint_matches is True
        digest = Content("hợp đồng", digests={"sha256": hashed("sha256", CONTRACT)})
        assert first(data, digest).timestamps[0].imprint_matches is True

    def test_a_signature_timestamp_proves_it_too(self) -> None:
        both = self.STAMPED.with_unsigned(signature_timestamp(self.STAMPED))
        content, signature = first(signed_data(both)).timestamps
        assert fingerprint(content.token) in signature.covers


REFERENCES = (
    attribute(names.CERTIFICATE_REFERENCES, seq(octets(b"certificate references"))),
    attribute(names.REVOCATION_REFERENCES, seq(octets(b"revocation references"))),
)


def _type_and_values(*attributes: bytes) -> bytes:
    return b"".join(child.raw for a in attributes for child in asn1.read(a).children)


@pytest.mark.parametrize(
    "written", [lambda parts: parts, lambda parts: tuple(reversed(parts))], ids=["listed", "as-written"]
)
def test_a_timestamp_over_signature_and_references(written: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> None:
    stamp = signature_timestamp(BASE)
    order = written((stamp, *REFERENCES))
    sealed = BASE.signature + _type_and_values(*order)
    outer = attribute(names.SIGNATURE_AND_REFERENCES_TIMESTAMP, token(sealed, at=LATER))
    found = first(signed_data(BASE.with_unsigned(*order, outer))).timestamps[-1]
    assert (found.kind, found.imprint_matches) == (TimestampKind.SIGNATURE_AND_REFERENCES, True)
    assert fingerprint(BASE.signature) in found.covers
    less = first(signed_data(BASE.with_unsigned(*order[1:], outer))).timestamps[-1]
    assert less.imprint_matches is False


def test_a_timestamp_over_references_alone() -> None:
    outer = attribute(names.REFERENCES_TIMESTAMP, token(_type_and_values(*REFERENCES)))
    found = first(signed_data(BASE.with_unsigned(*REFERENCES, outer))).timestamps[0]
    assert (found.kind, found.imprint_matches, found.covers) == (TimestampKind.REFERENCES_ONLY, True, frozenset())
    assert first(signed_data(BASE.with_unsigned(REFERENCES[0], outer))).timestamps[0].imprint_matches is False


def _archive_v2(recipe: Recipe, *, header: bool, **options: object) -> bytes:
    """archive-time-stamp-v2 over the structure as it stands (TS 101 733 §6.4.1, annex K)."""
    structure = read_signed_data(signed_data(recipe, **options))  # type: ignore[arg-type]
    info = structure.signers[0]
    sealed = structure.encapsulated.raw
    if structure.content is None:
        sealed += recipe.content
    sealed += b"".join(s.raw for s in (structure.certificate_set, structure.revocation_set) if s is not None)
    fields = info.element.children
    sealed += b"".join(field.raw for field in fields[:-1])
    sealed += fields[-1].raw if header else fields[-1].contents
    return attribute(names.ARCHIVE_TIMESTAMP_V2, token(sealed, at=LATER))


class TestArchiveTimestampV2:
    """TS 101 733 §6.4.1: everything that stands before it."""

    FILLED = BASE.with_unsigned(
        signature_timestamp(BASE),
        attribute(CERTIFICATE_VALUES, seq(authority().certificate)),
        attribute(REVOCATION_VALUES, seq(context(0, seq(CRL)))),
    )

    @pytest.mark.parametrize("header", [True, False])
    @pytest.mark.parametrize("detached", [True, False])
    def test_it_proves_all_that_came_before(self, header: bool, detached: bool) -> None:
        archive = _archive_v2(self.FILLED, header=header, detached=detached)
        given = (Content("hợp đồng", CONTRACT),) if detached else ()
        signature = first(signed_data(self.FILLED.with_unsigned(archive), detached=detached), *given)
        inner, outer = signature.timestamps
        assert (outer.kind, outer.imprint_matches) == (TimestampKind.ARCHIVE, True)
        for value in (BASE.signature, person().certificate, authority().certificate, CRL, inner.token):
            assert fingerprint(value) in outer.covers
        assert signature.crls == (CRL,)

    def test_detached_content_that_is_not_there(self) -> None:
        archive = _archive_v2(self.FILLED, header=True, detached=True)
        assert (
            first(signed_data(self.FILLED.with_unsigned(archive), detached=True)).timestamps[-1].imprint_matches is None
        )

    def test_what_was_added_under_it_is_seen(self) -> None:
        archive = _archive_v2(self.FILLED, header=True)
        more = self.FILLED.with_unsigned(counter_signature(BASE, stranger()), archive)
        assert first(signed_data(more)).timestamps[-1].imprint_matches is False
        assert (
            first(signed_data(self.FILLED.with_unsigned(archive), crls=[CRL])).timestamps[-1].imprint_matches is False
        )

    def test_a_later_one_stands_beside_it(self) -> None:
        archive = _archive_v2(self.FILLED, header=True)
        twice = self.FILLED.with_unsigned(archive)
        later = attribute(names.ARCHIVE_TIMESTAMP_V2, token(b"later", at=LATER + timedelta(days=400)))
        stamps = first(signed_data(twice.with_unsigned(later))).timestamps
        assert [s.imprint_matches for s in stamps] == [True, True, False]


def _hash_index(recipe: Recipe, version: str, digest: str = "sha256", **options: object) -> bytes:
    structure = read_signed_data(signed_data(recipe, **options))  # type: ignore[arg-type]
    certificates = structure.certificate_set.children if structure.certificate_set else ()
    revocations = structure.revocation_set.children if structure.revocation_set else ()
    unsigned = structure.signers[0].unsigned_attributes
    if version == names.HASH_INDEX_V3:
        hashed_attributes = [oid(a.oid) + value.raw for a in unsigned for value in a.values]
    else:
        hashed_attributes = [a.element.raw for a in unsigned]
    lists = [[c.raw for c in certificates], [r.raw for r in revocations], hashed_attributes]
    identifier = algorithm(DIGESTS[digest]) if version != names.HASH_INDEX_V1 else b""
    return seq(identifier, *(seq(*(octets(hashed(digest, item)) for item in items)) for items in lists))


def _sealed_v3(recipe: Recipe, index: bytes, **options: object) -> bytes:
    fields = read_signed_data(signed_data(recipe, **options)).signers[0].element.children  # type: ignore[arg-type]
    fields = fields[:-1] if fields[-1].is_context(1) else fields
    return oid(DATA) + hashed("sha256", recipe.content) + b"".join(f.raw for f in fields) + index


def _archive_v3(recipe: Recipe, version: str = names.HASH_INDEX_V3, **options: object) -> bytes:
    """archive-time-stamp-v3 with its hash index (EN 319 122-1 §5.5.3)."""
    index = _hash_index(recipe, version, **options)
    sealed = _sealed_v3(recipe, index, **options)
    return attribute(names.ARCHIVE_TIMESTAMP_V3, token(sealed, at=LATER, unsigned=(attribute(version, index),)))


class TestArchiveTimestampV3:
    """§5.5.3: the signer's fields, and through the index whatever it names."""

    FILLED = BASE.with_unsigned(signature_timestamp(BASE))

    @pytest.mark.parametrize("version", [names.HASH_INDEX_V1, names.HASH_INDEX_V2, names.HASH_INDEX_V3])
    @pytest.mark.parametrize("detached", [True, False])
    def test_it_proves_what_its_index_names(self, version: str, detached: bool) -> None:
        archive = _archive_v3(self.FILLED, version, crls=[CRL], detached=detached)
        digest = Content("hợp đồng", digests={"sha256": hashed("sha256", CONTRACT)})
        data = signed_data(self.FILLED.with_unsigned(archive), crls=[CRL], detached=detached)
        signature = first(data, *([digest] if detached else []))
        inner, outer = signature.timestamps
        assert (outer.kind, outer.imprint_matches) == (TimestampKind.ARCHIVE, True)
        assert {fingerprint(v) for v in (BASE.signature, person().certificate, CRL, inner.token)} <= outer.covers
        assert fingerprint(time_stamper().certificate) in outer.covers

    def test_what_came_after_is_not_proven_and_does_no_harm(self) -> None:
        archive = _archive_v3(self.FILLED)
        data = signed_data(
            self.FILLED.with_unsigned(archive), certificates=[person().certificate, stranger().certificate], crls=[CRL]
        )
        outer = first(data).timestamps[-1]
        assert outer.imprint_matches is True
        assert not {fingerprint(stranger().certificate), fingerprint(CRL)} & outer.covers

    def test_what_was_taken_away_is_missed(self) -> None:
        archive = _archive_v3(self.FILLED, crls=[CRL])
        assert first(signed_data(self.FILLED.with_unsigned(archive))).timestamps[-1].imprint_matches is False
        replaced = BASE.with_unsigned(signature_timestamp(BASE, at=LATER), archive)
        assert first(signed_data(replaced, crls=[CRL])).timestamps[-1].imprint_matches is False

    def test_without_index_or_content_there_is_nothing_to_say(self) -> None:
        bare = attribute(names.ARCHIVE_TIMESTAMP_V3, token(b"x", at=LATER))
        assert first(signed_data(self.FILLED.with_unsigned(bare))).timestamps[-1].imprint_matches is False
        archive = _archive_v3(self.FILLED, detached=True)
        assert (
            first(signed_data(self.FILLED.with_unsigned(archive), detached=True)).timestamps[-1].imprint_matches is None
        )

    def test_an_index_swapped_after_stamping(self) -> None:
        """The index is in the token's unsigned attributes: the imprint, not its place, protects it."""
        certificates = [person().certificate, stranger().certificate]
        wide = _hash_index(self.FILLED, names.HASH_INDEX_V3, certificates=certificates)
        sealed = _sealed_v3(self.FILLED, _hash_index(self.FILLED, names.HASH_INDEX_V3))
        forged = token(sealed, at=LATER, unsigned=(attribute(names.HASH_INDEX_V3, wide),))
        data = signed_data(
            self.FILLED.with_unsigned(attribute(names.ARCHIVE_TIMESTAMP_V3, forged)),
            certificates=certificates,
        )
        outer = first(data).timestamps[-1]
        assert (outer.imprint_matches, outer.covers) == (False, frozenset())


def test_an_archive_timestamp_of_version_one_is_named_and_not_judged() -> None:
    bare = attribute(names.ARCHIVE_TIMESTAMP_V1, token(b"x"))
    (stamp,) = first(signed_data(BASE.with_unsigned(bare))).timestamps
    assert (stamp.kind, stamp.imprint_matches, stamp.covers) == (TimestampKind.ARCHIVE, None, frozenset())


def test_values_in_attributes_are_gathered() -> None:
    basic = seq(octets(b"a basic response"))
    recipe = BASE.with_unsigned(
        attribute(CERTIFICATE_VALUES, seq(authority().certificate)),
        attribute(REVOCATION_VALUES, seq(context(0, seq(CRL)), context(1, seq(basic)))),
        attribute(REVOCATION_VALUES, b"\x05\0"),
    )
    signature = first(signed_data(recipe))
    assert authority().certificate in signature.certificates
    assert signature.crls == (CRL,)
    assert len(signature.ocsp_responses) == 1
    assert basic in signature.ocsp_responses[0]


def test_ocsp_responses_among_the_crls_are_gathered_in_both_forms() -> None:
    response, basic = seq(asn1.encode(asn1.ENUMERATED, b"\0")), seq(octets(b"basic"))
    whole = context(1, oid("1.3.6.1.5.5.7.16.2"), response)
    inner = context(1, oid("1.3.6.1.5.5.7.48.1.1"), basic)
    unknown = context(1, oid("1.2.3"), response)
    signature = first(signed_data(BASE, crls=[CRL, whole, inner, unknown]))
    assert signature.crls == (CRL,)
    assert signature.ocsp_responses[0] == response
    assert basic in signature.ocsp_responses[1]
    assert len(signature.ocsp_responses) == 2
