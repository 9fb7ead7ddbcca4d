"""The values inside PDF signature fields: every encoding, one signer, the document and nothing else under it."""

import hashlib
from dataclasses import replace

from keys.validation.formats import pdf
from keys.validation.formats.pdf.fields import date, text
from keys.validation.model import Integrity, SignatureObject
from keys.validation.validation_data import ADOBE_REVOCATION
from tests.keys.validation.making.cms import (
    Recipe,
    attribute,
    context,
    counter_signature,
    octets,
    seq,
    signature_timestamp,
    signed_data,
    signing_time,
    token,
)
from tests.keys.validation.making.pdf import Pdf, Signing, cades, sign, stamp, unsigned
from tests.keys.validation.making.people import person, stranger

BASE = unsigned()


def only(pdf_: Pdf) -> SignatureObject:
    (signature,) = pdf.parse(pdf_.data).signatures
    return signature


def test_a_pades_signature() -> None:
    signature = only(sign(BASE))
    assert (signature.format, signature.integrity) == ("PAdES", Integrity.INTACT)
    assert signature.has_signing_certificate_attribute
    assert signature.signer == person().certificate


def test_a_signature_that_binds_no_certificate_is_not_pades() -> None:
    assert only(sign(BASE, value=cades(Recipe(person(), b"", binding=b"")))).format == "PKCS7"
    assert only(sign(BASE, sub_filter=b"adbe.pkcs7.detached")).format == "PKCS7"


def test_another_signers_name_does_not_help() -> None:
    wrong = replace(Recipe(person(), b""), sign=lambda data: stranger().sign(data))
    assert only(sign(BASE, value=cades(wrong))).integrity is Integrity.SIGNATURE_BROKEN


def test_every_signed_byte_counts() -> None:
    data = sign(BASE).data
    for place in (b"so 15", b"/Helvetica", b"/M(D:2025"):
        at = data.index(place) + len(place) - 1
        (signature,) = pdf.parse(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).signatures
        assert signature.integrity is Integrity.HASH_MISMATCH


def test_content_inside_the_value_is_never_taken_for_the_document() -> None:
    """A genuine signature over some other content, enclosed with it, is not a signature of this file."""
    elsewhere = signed_data(Recipe(person(), b"something that was signed"))
    assert only(sign(BASE, value=lambda _: elsewhere)).integrity is Integrity.HASH_MISMATCH


def test_nothing_may_be_enclosed_that_is_not_the_document() -> None:
    """§12.8.3.3.1: a value that is genuine over the document may still show other content, or none, to its readers."""
    for enclosed in (b"", b"%PDF-1.7 another document"):

        def value(covered: bytes, shown: bytes = octets(enclosed)) -> bytes:
            return signed_data(Recipe(person(), covered), encapsulated=shown)

        signature = only(sign(BASE, value=value))
        assert signature.integrity is Integrity.MALFORMED
        assert "encloses content" in signature.problems[0]
    told = only(sign(BASE, value=lambda covered: signed_data(Recipe(person(), covered))))
    assert told.integrity is Integrity.INTACT
    assert any("once more" in sentence for sentence in told.warnings)


def test_what_is_left_in_the_reserved_space_is_told() -> None:
    """§12.8.1: the value ends where its own lengths say; what stands after it signs nothing and hides nothing."""
    left = only(sign(BASE, value=lambda covered: cades()(covered) + b"AAECAwQF"))
    assert left.integrity is Integrity.INTACT
    assert any("not filled with zeros" in sentence for sentence in left.warnings)
    other = signed_data(Recipe(stranger(), b"elsewhere"), detached=True)
    behind = only(sign(BASE, value=lambda covered: cades()(covered) + other))
    assert (behind.integrity, behind.signer) == (Integrity.INTACT, person().certificate)
    before = only(sign(BASE, value=lambda covered: other + cades()(covered)))
    assert before.integrity is Integrity.HASH_MISMATCH
    assert not any("not filled" in sentence for sentence in only(sign(BASE)).warnings)


def test_one_signer_only() -> None:
    """ISO 32000-2 §12.8.3.3.1: several in one value are refused, each of them named."""

    def two(covered: bytes) -> bytes:
        one = Recipe(person(), covered)
        return signed_data(one, replace(one, person=stranger()), detached=True)

    signatures = pdf.parse(sign(BASE, value=two).data).signatures
    assert [s.integrity for s in signatures] == [Integrity.MALFORMED] * 2
    assert len({s.id for s in signatures}) == 2


def test_values_that_cannot_be_read_are_reported() -> None:
    for value in (b"", b"\x30\x03\x02\x01\x05", b"not a signature", signed_data(detached=True, encapsulated=b"")):
        signature = only(sign(BASE, value=lambda _, v=value: v))
        assert signature.integrity is Integrity.MALFORMED
        assert signature.problems


def test_sha1_of_the_document_enclosed() -> None:
    """adbe.pkcs7.sha1: the value encloses the SHA-1 digest of the document, and signs that."""
    signing = Signing(lambda covered: signed_data(Recipe(person(), _sha1(covered))), b"adbe.pkcs7.sha1")
    assert only(sign(BASE, signing)).integrity is Integrity.INTACT
    other = replace(signing, value=lambda covered: signed_data(Recipe(person(), _sha1(covered + b"!"))))
    assert only(sign(BASE, other)).integrity is Integrity.HASH_MISMATCH
    detached = replace(signing, value=lambda covered: signed_data(Recipe(person(), _sha1(covered)), detached=True))
    assert only(sign(BASE, detached)).integrity is Integrity.HASH_MISMATCH


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()


def test_a_bare_rsa_value_with_its_certificate_beside_it() -> None:
    """adbe.x509.rsa_sha1: PKCS #1 in an OCTET STRING, the certificate in /Cert."""
    beside = b"/Cert<%s>" % person("rsa").certificate.hex().encode()
    good = Signing(lambda covered: octets(person("rsa").sign(covered, "sha1")), b"adbe.x509.rsa_sha1", more=beside)
    signature = only(sign(BASE, good))
    assert (signature.integrity, signature.format) == (Integrity.INTACT, "PKCS7")
    assert (signature.signature_algorithm, signature.digest_algorithms) == ("RSA-PKCS1", ("sha1",))
    assert signature.signer == person("rsa").certificate
    broken = replace(good, value=lambda covered: octets(person("rsa").sign(covered + b"!", "sha1")))
    assert only(sign(BASE, broken)).integrity is Integrity.SIGNATURE_BROKEN
    assert only(sign(BASE, replace(good, more=b""))).integrity is Integrity.NO_SIGNER
    assert only(sign(BASE, replace(good, value=lambda _: b"\x05\0"))).integrity is Integrity.MALFORMED
    assert only(sign(BASE, replace(good, more=b"/Cert<0500>"))).integrity is Integrity.MALFORMED


def test_an_unknown_encoding_is_judged_as_detached_cms() -> None:
    assert only(sign(BASE, sub_filter=b"PBAD.PAdES")).integrity is Integrity.INTACT


def test_a_time_stamp_that_calls_itself_a_signature_is_none() -> None:
    """/Type /Sig with the encoding of a document time-stamp: the usual stack counts it as a signature."""
    document = pdf.parse(stamp(BASE, type_=b"Sig").data)
    assert document.signatures == ()
    assert [t.imprint_matches for t in document.timestamps] == [True]


def test_a_signature_that_calls_itself_a_time_stamp_is_still_judged() -> None:
    assert only(sign(BASE, type_=b"DocTimeStamp")).integrity is Integrity.INTACT


def test_a_token_is_no_signature() -> None:
    assert only(sign(BASE, value=token)).integrity is Integrity.HASH_MISMATCH


def test_counter_signatures_in_the_value() -> None:
    def value(covered: bytes) -> bytes:
        recipe = Recipe(person(), covered)
        certificates = [person().certificate, stranger().certificate]
        with_counter = recipe.with_unsigned(counter_signature(recipe, stranger()))
        return signed_data(with_counter, detached=True, certificates=certificates)

    one, counter = pdf.parse(sign(BASE, value=value).data).signatures
    assert (one.integrity, counter.integrity) == (Integrity.INTACT, Integrity.INTACT)
    assert counter.counter_signature_of == one.id


def test_time_stamps_in_the_value() -> None:
    def value(covered: bytes) -> bytes:
        recipe = Recipe(person(), covered)
        return signed_data(recipe.with_unsigned(signature_timestamp(recipe)), detached=True)

    (stamped,) = only(sign(BASE, value=value)).timestamps
    assert stamped.imprint_matches is True


def test_the_signed_time_of_the_value_goes_before_the_dictionarys() -> None:
    recipe = Recipe(person(), b"", attributes=(signing_time(),))
    signature = only(sign(BASE, value=cades(recipe), more=b""))
    assert signature.claimed_signing_time is not None
    assert signature.claimed_signing_time.isoformat() == "2025-06-02T08:30:00+00:00"


def test_revocation_archived_the_adobe_way_is_gathered() -> None:
    crl, ocsp = seq(octets(b"a list")), seq(octets(b"an answer"))
    archived = attribute(ADOBE_REVOCATION, seq(context(0, seq(crl)), context(1, seq(ocsp))))
    signature = only(sign(BASE, value=cades(Recipe(person(), b"", attributes=(archived,)))))
    assert (signature.crls, signature.ocsp_responses) == ((crl,), (ocsp,))


def test_dates_as_pdf_writes_them() -> None:
    for written, expected in {
        b"D:20250602153000+07'00'": "2025-06-02T08:30:00+00:00",
        b"D:20250602153000+07'00": "2025-06-02T08:30:00+00:00",
        b"D:20250602083000Z": "2025-06-02T08:30:00+00:00",
        b"D:20250602013000-07'00'": "2025-06-02T08:30:00+00:00",
        b"D:2025": "2025-01-01T00:00:00+00:00",
        b"20250602": "2025-06-02T00:00:00+00:00",
    }.items():
        found = date(written)
        assert found is not None
        assert found.isoformat() == expected
    assert all(date(nonsense) is None for nonsense in (b"", b"D:", b"D:20251302", b"hom qua", None, 7))


def test_text_as_pdf_writes_it() -> None:
    assert text(b"\xfe\xff" + "Chữ ký".encode("utf-16-be")) == "Chữ ký"
    assert text(b"\xef\xbb\xbf" + "Chữ ký".encode()) == "Chữ ký"
    assert text(b"ChuKy") == "ChuKy"
    assert text(None) == ""
