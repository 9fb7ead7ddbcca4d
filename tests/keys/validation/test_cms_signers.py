"""CMS signers: the good ones stand, and every rule of RFC 5652, 5035 and 6211 that is broken is seen."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from keys.validation import asn1
from keys.validation.formats import cms
from keys.validation.formats.cms import names
from keys.validation.model import Content, Integrity, SignatureObject
from keys.validation.signer import ALGORITHM_PROTECTION, CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME
from tests.keys.validation.making.cms import (
    DATA,
    DIGESTS,
    Recipe,
    algorithm,
    attribute,
    context,
    counter_signature,
    ess_v1,
    ess_v2,
    hashed,
    integer,
    issuer_and_serial,
    octets,
    oid,
    seq,
    signed_data,
    signing_time,
)
from tests.keys.validation.making.people import authority, key, make, person, stranger

DECISION = "Quyết định số 15/QĐ-UBND về việc cấp phép".encode()
GOOD = Recipe(person(), DECISION, attributes=(signing_time(),))


def only(data: bytes, detached: Sequence[Content] = ()) -> SignatureObject:
    (signature,) = cms.parse(data, detached).signatures
    return signature


def verdict(recipe: Recipe, **options: object) -> Integrity:
    return only(signed_data(recipe, **options)).integrity  # type: ignore[arg-type]


def test_an_enveloping_signature_yields_what_was_signed_and_by_whom() -> None:
    document = cms.parse(signed_data(GOOD))
    (signature,) = document.signatures
    assert (document.format, document.problems, document.uncovered) == ("CAdES", (), ())
    assert signature.integrity is Integrity.INTACT
    assert signature.problems == signature.warnings == ()
    assert signature.signer == person().certificate
    assert (signature.signature_algorithm, signature.digest_algorithms) == ("ECDSA", ("sha256",))
    assert signature.signature_value == GOOD.signature
    assert signature.claimed_signing_time is not None
    assert signature.claimed_signing_time.isoformat() == "2025-06-02T08:30:00+00:00"
    assert [scope.covered for scope in signature.scopes] == ["FULL"]


@pytest.mark.parametrize(
    ("kind", "digest"),
    [
        ("rsa", "sha256"),
        ("rsa", "sha1"),
        ("rsa", "sha3-256"),
        ("ec", "sha512"),
        ("ed25519", "sha512"),
        ("dsa", "sha256"),
    ],
)
def test_every_family_of_algorithms(kind: str, digest: str) -> None:
    assert verdict(Recipe(person(kind), DECISION, kind, digest)) is Integrity.INTACT


def test_rsa_pss_is_read_with_its_parameters() -> None:
    sha256 = algorithm(DIGESTS["sha256"])
    parameters = seq(context(0, sha256), context(1, algorithm("1.2.840.113549.1.1.8", sha256)), context(2, integer(32)))
    recipe = Recipe(
        person("rsa"),
        DECISION,
        "rsa",
        signature_oid="1.2.840.113549.1.1.10",
        signature_parameters=parameters,
        sign=lambda data: person("rsa").sign(data, pss_salt=32),
    )
    assert verdict(recipe) is Integrity.INTACT
    wrong_salt = seq(*(context(0, sha256), context(1, algorithm("1.2.840.113549.1.1.8", sha256))))
    assert verdict(replace(recipe, signature_parameters=wrong_salt)) is Integrity.SIGNATURE_BROKEN
    assert verdict(replace(recipe, signature_parameters=b"")) is Integrity.MALFORMED


def test_detached_content_is_asked_for_found_and_compared() -> None:
    data = signed_data(GOOD, detached=True)
    other = Content("phụ lục.pdf", b"another document")
    assert only(data).integrity is Integrity.CONTENT_MISSING
    assert only(data, [Content("quyết định.pdf", DECISION)]).integrity is Integrity.INTACT
    assert only(data, [other]).integrity is Integrity.HASH_MISMATCH
    document = cms.parse(data, [other, Content("quyết định.pdf", DECISION)])
    assert document.signatures[0].integrity is Integrity.INTACT
    assert [scope.name for scope in document.signatures[0].scopes] == ["quyết định.pdf"]
    assert document.uncovered == ("phụ lục.pdf",)


def test_a_digest_stands_for_content_that_is_not_handed_over() -> None:
    data = signed_data(GOOD, detached=True)
    assert only(data, [Content("d", digests={"sha256": hashed("sha256", DECISION)})]).integrity is Integrity.INTACT
    assert only(data, [Content("d", digests={"sha256": bytes(32)})]).integrity is Integrity.HASH_MISMATCH
    assert only(data, [Content("d", digests={"sha512": hashed("sha512", DECISION)})]).integrity is (
        Integrity.CONTENT_MISSING
    )


def test_digests_serve_a_signer_without_signed_attributes_too() -> None:
    data = signed_data(Recipe(person(), DECISION, attributes=None), detached=True)
    assert only(data, [Content("d", DECISION)]).integrity is Integrity.INTACT
    assert only(data, [Content("d", digests={"sha256": hashed("sha256", DECISION)})]).integrity is Integrity.INTACT
    assert only(data, [Content("d", b"x")]).integrity is Integrity.SIGNATURE_BROKEN
    assert only(data, [Content("d", digests={"sha1": bytes(20)})]).integrity is Integrity.CONTENT_MISSING


def test_every_signer_is_judged_by_itself() -> None:
    """The usual stack reads exactly one signer; a second, broken one must not hide behind the first."""
    broken = replace(GOOD, person=stranger(), sign=lambda data: stranger().sign(data + b"!"))
    document = cms.parse(signed_data(GOOD, broken))
    assert [s.integrity for s in document.signatures] == [Integrity.INTACT, Integrity.SIGNATURE_BROKEN]
    assert len({s.id for s in document.signatures}) == 2


def test_changed_content_is_a_hash_failure() -> None:
    tampered = signed_data(GOOD, encapsulated=octets(DECISION.replace(b"15", b"51")))
    assert only(tampered).integrity is Integrity.HASH_MISMATCH


def test_a_changed_signature_value_or_attribute_breaks_the_signature() -> None:
    assert verdict(replace(GOOD, sign=lambda data: person().sign(data + b" "))) is Integrity.SIGNATURE_BROKEN
    data = signed_data(GOOD)
    assert only(data.replace(b"250602", b"240602")).integrity is Integrity.SIGNATURE_BROKEN


def test_content_in_pieces_is_the_same_content() -> None:
    """BER lets the content be a constructed OCTET STRING (RFC 5652 §5.2); the digest is over its value."""
    pieces = b"".join(octets(DECISION[i : i + 7]) for i in range(0, len(DECISION), 7))
    indefinite = b"\x24\x80" + pieces + b"\0\0"
    assert only(signed_data(GOOD, encapsulated=indefinite)).integrity is Integrity.INTACT
    assert only(signed_data(GOOD, encapsulated=b"\x24\x80" + pieces[9:] + b"\0\0")).integrity is Integrity.HASH_MISMATCH


class TestSignedAttributes:
    """RFC 5652 §5.3, §11: each attribute where it must be, once, and DER."""

    def test_attributes_that_are_not_der_are_refused_even_when_they_verify(self) -> None:
        """What the usual Python stack accepts: the value verifies over bytes that another reader sees otherwise."""
        unsorted = replace(GOOD, encode_attributes=lambda parts: b"".join(sorted(parts, reverse=True)))
        assert verdict(unsorted) is Integrity.MALFORMED
        assert "DER" in only(signed_data(unsorted)).problems[0]

    def test_attributes_signed_in_der_and_written_otherwise_are_what_was_signed(self) -> None:
        """RFC 5652 §5.4: what is signed is a separate encoding in DER, however the field itself was written."""
        sorted_ = asn1.encode(asn1.SET, GOOD.signed_attributes or b"", constructed=True)
        unsorted = replace(
            GOOD,
            encode_attributes=lambda parts: b"".join(sorted(parts, reverse=True)),
            sign=lambda _: person().sign(sorted_),
        )
        signature = only(signed_data(unsorted))
        assert signature.integrity is Integrity.INTACT
        assert any("DER" in warning for warning in signature.warnings)
        assert only(signed_data(unsorted).replace(b"250602", b"240602")).integrity is Integrity.MALFORMED

    def test_long_lengths_are_not_der(self) -> None:
        def stretch(parts: Sequence[bytes]) -> bytes:
            first, *rest = sorted(parts)
            return first[:1] + b"\x81" + first[1:] + b"".join(rest)

        assert verdict(replace(GOOD, encode_attributes=stretch)) is Integrity.MALFORMED

    def test_missing_attributes(self) -> None:
        assert verdict(replace(GOOD, content_type=None)) is Integrity.MALFORMED
        without = replace(
            GOOD, encode_attributes=lambda parts: b"".join(p for p in parts if oid(MESSAGE_DIGEST) not in p)
        )
        assert verdict(without) is Integrity.MALFORMED

    @pytest.mark.parametrize("kind", [CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME])
    def test_an_attribute_that_occurs_twice(self, kind: str) -> None:
        value = {CONTENT_TYPE: oid(DATA), MESSAGE_DIGEST: octets(hashed("sha256", b"other")), SIGNING_TIME: b"\x05\0"}
        twice = replace(GOOD, attributes=(*(GOOD.attributes or ()), attribute(kind, value[kind])))
        assert verdict(twice) is Integrity.MALFORMED

    def test_two_values_in_one_message_digest(self) -> None:
        both = attribute(MESSAGE_DIGEST, octets(hashed("sha256", DECISION)), octets(hashed("sha256", b"other")))
        recipe = replace(
            GOOD,
            encode_attributes=lambda parts: b"".join(
                sorted([*(p for p in parts if oid(MESSAGE_DIGEST) not in p), both])
            ),
        )
        assert verdict(recipe) is Integrity.MALFORMED

    def test_a_content_type_that_is_not_the_contents(self) -> None:
        assert verdict(replace(GOOD, content_type="1.2.840.113549.1.9.16.1.4")) is Integrity.MALFORMED
        assert verdict(GOOD, content_type="1.2.840.113549.1.7.5") is Integrity.MALFORMED

    def test_content_other_than_data_needs_signed_attributes(self) -> None:
        """§5.3: else attributes signed once could be passed off as content, and the other way round."""
        bare = Recipe(person(), DECISION, attributes=None)
        assert verdict(bare) is Integrity.INTACT
        assert verdict(bare, content_type="1.2.840.113549.1.7.3") is Integrity.MALFORMED

    def test_attributes_of_a_genuine_signature_are_no_content(self) -> None:
        """A genuine value, its attributes presented as the document: it verifies, and means nothing."""
        attributes = asn1.encode(asn1.SET, GOOD.signed_attributes or b"", constructed=True)
        stolen = Recipe(person(), attributes, attributes=None, sign=lambda _: GOOD.signature)
        assert verdict(stolen) is Integrity.MALFORMED
        assert only(signed_data(stolen, detached=True), [Content("d", attributes)]).integrity is Integrity.MALFORMED

    def test_a_signed_attribute_among_the_unsigned_ones(self) -> None:
        assert verdict(GOOD.with_unsigned(signing_time())) is Integrity.MALFORMED
        assert verdict(GOOD.with_unsigned(attribute(MESSAGE_DIGEST, octets(bytes(32))))) is Integrity.MALFORMED

    def test_a_counter_signature_among_the_signed_ones(self) -> None:
        nested = counter_signature(GOOD, stranger())
        assert verdict(replace(GOOD, attributes=(nested,))) is Integrity.MALFORMED

    def test_protected_algorithms_must_be_those_used(self) -> None:
        """RFC 6211: a digest or signature algorithm swapped after signing is seen."""
        ecdsa = oid("1.2.840.10045.4.3.2")
        good = attribute(ALGORITHM_PROTECTION, seq(algorithm(DIGESTS["sha256"]), context(1, ecdsa)))
        assert verdict(replace(GOOD, attributes=(good,))) is Integrity.INTACT
        null = attribute(ALGORITHM_PROTECTION, seq(algorithm(DIGESTS["sha256"], b"\x05\0"), context(1, ecdsa)))
        assert verdict(replace(GOOD, attributes=(null,))) is Integrity.INTACT
        for wrong in (
            seq(algorithm(DIGESTS["sha1"]), context(1, ecdsa)),
            seq(algorithm(DIGESTS["sha256"]), context(1, oid("1.2.840.113549.1.1.11"))),
            seq(algorithm(DIGESTS["sha256"]), context(2, ecdsa)),
            seq(algorithm(DIGESTS["sha256"])),
        ):
            assert verdict(replace(GOOD, attributes=(attribute(ALGORITHM_PROTECTION, wrong),))) is Integrity.MALFORMED


class TestSigningCertificate:
    """RFC 5035: the certificate is the one the signer meant, not one put in its place."""

    def test_a_key_in_two_certificates_is_bound_to_the_one_that_was_named(self) -> None:
        twin = make("Nguyễn Thị Hồng (chứng thư khác)", key("ec"), issuer=authority())
        signature = only(signed_data(GOOD, certificates=[twin.certificate, person().certificate]))
        assert signature.signer == person().certificate
        assert signature.has_signing_certificate_attribute

    def test_a_substituted_certificate_is_not_the_signer(self) -> None:
        """Same key, same names, other certificate: without the binding it would pass for the signer's."""
        twin = make("Nguyễn Thị Hồng ec", key("ec"), issuer=authority(), serial=person().x509.serial_number)
        assert verdict(GOOD, certificates=[twin.certificate]) is Integrity.NO_SIGNER
        unbound = replace(GOOD, binding=b"")
        assert verdict(unbound, certificates=[twin.certificate]) is Integrity.INTACT
        assert only(signed_data(unbound)).format == "CMS"

    def test_no_certificate_is_no_signer(self) -> None:
        assert verdict(GOOD, certificates=[]) is Integrity.NO_SIGNER
        assert verdict(GOOD, certificates=[stranger().certificate]) is Integrity.NO_SIGNER
        assert verdict(replace(GOOD, binding=b""), certificates=[stranger().certificate]) is Integrity.NO_SIGNER

    def test_both_versions_of_the_attribute_must_agree(self) -> None:
        assert verdict(replace(GOOD, attributes=(ess_v1(person()),))) is Integrity.INTACT
        assert verdict(replace(GOOD, attributes=(ess_v1(stranger()),))) is Integrity.NO_SIGNER
        both = [person().certificate, stranger().certificate]
        assert verdict(replace(GOOD, attributes=(ess_v1(stranger()),)), certificates=both) is Integrity.NO_SIGNER

    def test_the_attribute_names_somebody_whose_key_did_not_sign(self) -> None:
        lying = replace(GOOD, binding=ess_v2(stranger()))
        both = [person().certificate, stranger().certificate]
        assert verdict(lying, certificates=both) is Integrity.SIGNATURE_BROKEN

    def test_other_digests_and_a_wrong_issuer_serial(self) -> None:
        assert verdict(replace(GOOD, binding=ess_v2(person(), digest="sha512"))) is Integrity.INTACT
        directory = seq(seq(context(4, stranger().x509.issuer.public_bytes())), integer(12345))
        signature = only(signed_data(replace(GOOD, binding=ess_v2(person(), issuer_serial=directory))))
        assert signature.integrity is Integrity.INTACT
        assert any("serial" in warning for warning in signature.warnings)

    def test_an_empty_or_unreadable_attribute(self) -> None:
        for value in (seq(seq()), seq(), b"\x05\0", seq(seq(seq(algorithm("1.2.3.4"), octets(b"x"))))):
            recipe = replace(GOOD, binding=attribute("1.2.840.113549.1.9.16.2.47", value))
            assert verdict(recipe) in {Integrity.MALFORMED, Integrity.UNSUPPORTED, Integrity.NO_SIGNER}

    def test_a_key_identifier_names_the_signer(self) -> None:
        recipe = replace(GOOD, identifier=context(0, _key_id(), constructed=False), binding=b"")
        assert verdict(recipe) is Integrity.INTACT
        assert verdict(replace(recipe, identifier=context(0, b"\1" * 20, constructed=False))) is Integrity.NO_SIGNER

    def test_an_identifier_that_differs_from_the_bound_certificate_is_a_warning(self) -> None:
        signature = only(signed_data(replace(GOOD, identifier=issuer_and_serial(stranger().x509))))
        assert signature.integrity is Integrity.INTACT
        assert any("identifier" in warning for warning in signature.warnings)


def _key_id() -> bytes:
    from cryptography.x509 import SubjectKeyIdentifier

    return person().x509.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest


class TestAlgorithms:
    """Algorithm confusion and what cannot be computed."""

    def test_a_digest_that_the_signature_algorithm_contradicts(self) -> None:
        """The value was made with SHA-512, the field says SHA-256: it does not verify by what is written."""
        recipe = Recipe(person("rsa"), DECISION, "rsa", "sha512", signature_oid="1.2.840.113549.1.1.11")
        assert verdict(recipe) is Integrity.SIGNATURE_BROKEN

    def test_an_algorithm_of_another_family_than_the_key(self) -> None:
        assert verdict(replace(GOOD, signature_oid="1.2.840.113549.1.1.11")) is Integrity.SIGNATURE_BROKEN

    def test_an_unknown_algorithm(self) -> None:
        assert verdict(replace(GOOD, signature_oid="1.2.840.10045.3.1.7")) is Integrity.UNSUPPORTED

    @pytest.mark.parametrize("attributes", [(), None])
    def test_a_signature_algorithm_is_no_digest(self, attributes: tuple[bytes, ...] | None) -> None:
        """RFC 5652 §10.1.1: sha256WithRSAEncryption where the digest belongs names no digest, though one goes with it."""
        recipe = Recipe(person("rsa"), DECISION, "rsa", attributes=attributes, digest_oid="1.2.840.113549.1.1.11")
        assert verdict(recipe) is Integrity.UNSUPPORTED

    def test_rsa_encryption_takes_its_digest_from_the_neighbouring_field(self) -> None:
        recipe = Recipe(person("rsa"), DECISION, "rsa", signature_oid="1.2.840.113549.1.1.1")
        assert verdict(recipe) is Integrity.INTACT


class TestCounterSignatures:
    """RFC 5652 §11.4: signatures of their own, over the value they countersign."""

    def test_one_over_the_right_value(self) -> None:
        data = signed_data(
            GOOD.with_unsigned(counter_signature(GOOD, stranger())),
            certificates=[person().certificate, stranger().certificate],
        )
        first, counter = cms.parse(data).signatures
        assert (first.integrity, counter.integrity) == (Integrity.INTACT, Integrity.INTACT)
        assert counter.counter_signature_of == first.id
        assert counter.signer == stranger().certificate

    def test_one_carried_over_from_another_signature_does_not_fit(self) -> None:
        elsewhere = counter_signature(replace(GOOD, content=b"another decision"), stranger())
        certificates = [person().certificate, stranger().certificate]
        first, counter = cms.parse(signed_data(GOOD.with_unsigned(elsewhere), certificates=certificates)).signatures
        assert first.integrity is Integrity.INTACT
        assert counter.integrity is Integrity.HASH_MISMATCH

    def test_one_with_a_content_type_or_that_cannot_be_read(self) -> None:
        certificates = [person().certificate, stranger().certificate]
        for attack in (
            counter_signature(GOOD, stranger(), content_type=DATA),
            attribute("1.2.840.113549.1.9.6", seq(integer(1))),
            attribute("1.2.840.113549.1.9.6", b"\x05\0"),
        ):
            document = cms.parse(signed_data(GOOD.with_unsigned(attack), certificates=certificates))
            assert [s.integrity for s in document.signatures] == [Integrity.INTACT, Integrity.MALFORMED]

    def test_a_counter_signature_of_a_counter_signature(self) -> None:
        inner = Recipe(stranger(), GOOD.signature, content_type=None)
        nested = replace(inner, unsigned=(counter_signature(inner, person()),))
        data = signed_data(
            GOOD.with_unsigned(attribute("1.2.840.113549.1.9.6", nested.signer_info)),
            certificates=[person().certificate, stranger().certificate],
        )
        first, second, third = cms.parse(data).signatures
        assert [s.integrity for s in (first, second, third)] == [Integrity.INTACT] * 3
        assert third.counter_signature_of == second.id

    def test_there_is_an_end_to_them(self) -> None:
        one = counter_signature(GOOD, stranger())
        data = signed_data(GOOD.with_unsigned(*[one] * 250), certificates=[person().certificate])
        assert len(cms.parse(data).signatures) <= 201


def test_statements_of_the_signer_are_reported() -> None:
    recipe = replace(
        GOOD,
        attributes=(
            signing_time(),
            attribute(names.COMMITMENT_TYPE, seq(oid("1.2.840.113549.1.9.16.6.5"))),
            attribute(
                names.SIGNATURE_POLICY, seq(oid("1.2.704.1"), seq(algorithm(DIGESTS["sha256"]), octets(bytes(32))))
            ),
            attribute(
                names.SIGNER_ATTRIBUTES_V2,
                seq(context(0, seq(oid("2.5.4.72"), asn1.encode(asn1.SET, _text("Chủ tịch UBND"), constructed=True)))),
            ),
        ),
    )
    signature = only(signed_data(recipe))
    assert signature.integrity is Integrity.INTACT
    assert signature.commitment_types == ("1.2.840.113549.1.9.16.6.5",)
    assert signature.policy_id == "1.2.704.1"
    assert signature.signer_roles == ("Chủ tịch UBND",)


def _text(text: str) -> bytes:
    return asn1.encode(asn1.UTF8_STRING, text.encode())


def test_statements_that_cannot_be_read_are_warnings() -> None:
    recipe = replace(
        GOOD, attributes=(attribute(SIGNING_TIME, octets(b"now")), attribute(names.COMMITMENT_TYPE, b"\x05\0"))
    )
    signature = only(signed_data(recipe))
    assert signature.integrity is Integrity.INTACT
    assert signature.claimed_signing_time is None
    assert len(signature.warnings) == 2


def test_content_hints_and_mime_type_exclude_one_another() -> None:
    hints = attribute(names.CONTENT_HINTS, seq(oid(DATA)))
    mime = attribute(names.MIME_TYPE, _text("application/pdf"))
    assert only(signed_data(replace(GOOD, attributes=(hints,)))).warnings == ()
    assert only(signed_data(replace(GOOD, attributes=(hints, mime)))).warnings != ()
    assert only(signed_data(replace(GOOD, attributes=(attribute(names.CONTENT_HINTS, b"\x05\0"),)))).warnings != ()


def test_evidence_records_are_counted_not_judged() -> None:
    recipe = GOOD.with_unsigned(attribute(names.EVIDENCE_RECORD_INTERNAL, seq(integer(1)), seq(integer(2))))
    signature = only(signed_data(recipe))
    assert (signature.integrity, signature.evidence_records) == (Integrity.INTACT, 2)
