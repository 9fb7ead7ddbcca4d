"""Document time-stamps and the security store of a PDF: what they prove, and for whom (EN 319 142-1 §5.4)."""

import hashlib
from dataclasses import replace

import pytest

from keys.validation.formats import pdf
from keys.validation.model import Integrity, TimestampKind
from tests.keys.validation.making.cms import Recipe, octets, seq, signature_timestamp, signed_data, token
from tests.keys.validation.making.pdf import CONTENT, Pdf, sign, stamp, store, stream, unsigned, update
from tests.keys.validation.making.people import authority, person, stranger, time_stamper

BASE = unsigned()
SIGNED = sign(BASE)
CRL, ANSWER = seq(octets(b"a revocation list")), seq(octets(b"a status answer"))
STORED = store(SIGNED, certificates=(authority().certificate,), crls=(CRL,), ocsps=(ANSWER,))


def fingerprint(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


def test_the_store_serves_every_signature() -> None:
    (signature,) = pdf.parse(STORED.data).signatures
    assert authority().certificate in signature.certificates
    assert (signature.crls, signature.ocsp_responses) == ((CRL,), (ANSWER,))


def test_a_document_time_stamp_proves_signature_and_store() -> None:
    document = pdf.parse(stamp(STORED).data)
    (signature,), (stamped,) = document.signatures, document.timestamps
    assert (stamped.kind, stamped.imprint_matches) == (TimestampKind.DOCUMENT, True)
    assert signature.timestamps == (stamped,)
    expected = (signature.signature_value, person().certificate, authority().certificate, CRL, ANSWER)
    assert {fingerprint(value) for value in expected} <= stamped.covers


def test_each_time_stamp_proves_only_what_stood_before_it() -> None:
    later = stamp(store(stamp(SIGNED), crls=(CRL,)), name=b"D2")
    document = pdf.parse(later.data)
    first, second = document.timestamps
    assert fingerprint(CRL) not in first.covers
    assert {fingerprint(CRL), fingerprint(first.token), fingerprint(time_stamper().certificate)} <= second.covers
    assert document.signatures[0].timestamps == (first, second)


def test_a_signature_made_later_is_not_proven() -> None:
    document = pdf.parse(sign(stamp(SIGNED), name=b"ChuKy2").data)
    first, second = document.signatures
    assert (len(first.timestamps), len(second.timestamps)) == (1, 0)
    assert fingerprint(second.signature_value) not in document.timestamps[0].covers


def test_tokens_inside_an_earlier_signature_are_proven_too() -> None:
    def value(covered: bytes) -> bytes:
        recipe = Recipe(person(), covered)
        return signed_data(recipe.with_unsigned(signature_timestamp(recipe)), detached=True)

    document = pdf.parse(stamp(sign(BASE, value=value)).data)
    inner, outer = document.signatures[0].timestamps
    assert (inner.kind, outer.kind) == (TimestampKind.SIGNATURE, TimestampKind.DOCUMENT)
    assert fingerprint(inner.token) in outer.covers


@pytest.mark.parametrize(
    "changes",
    [
        {"value": lambda covered: token(covered + b"!")},
        {"value": lambda _: b"no token"},
        {"byte_range": lambda n: [0, n[1], n[2], n[3] - 40]},
        {"value": lambda covered: signed_data(Recipe(person(), covered), detached=True)},
    ],
    ids=["other bytes", "unreadable", "not the revision", "a signature"],
)
def test_a_time_stamp_over_other_bytes_proves_nothing(changes: dict[str, object]) -> None:
    document = pdf.parse(stamp(SIGNED, **changes).data)
    assert [(t.imprint_matches, t.covers) for t in document.timestamps] == [(False, frozenset())]
    assert document.signatures[0].integrity is Integrity.INTACT


def test_a_stamped_document_that_was_changed_says_so() -> None:
    """Nobody signed it, so there is no signature to fail: the change itself is named."""
    changed = update(stamp(BASE), {CONTENT: stream(b"BT (khac) Tj ET")})
    document = pdf.parse(changed.data)
    assert document.timestamps[0].imprint_matches is True, "the stamped bytes are still there"
    assert any("page content" in text for text in document.uncovered)
    assert pdf.parse(stamp(BASE).data).uncovered == ()


class TestStores:
    """Stores of all revisions: one that was replaced still proves what it held."""

    def test_a_replaced_store_is_remembered(self) -> None:
        replaced = store(stamp(STORED), certificates=(stranger().certificate,))
        (signature,) = pdf.parse(replaced.data).signatures
        assert signature.integrity is Integrity.INTACT
        assert {authority().certificate, stranger().certificate} <= set(signature.certificates)
        assert signature.crls == (CRL,)
        assert any("left out" in warning for warning in signature.warnings)
        assert pdf.parse(store(STORED, crls=(CRL,)).data).signatures[0].warnings
        (untouched,) = pdf.parse(stamp(STORED).data).signatures
        assert untouched.warnings == ()

    def test_values_related_to_one_signature(self) -> None:
        number = SIGNED.next
        related = b"<</VRI<</%s<</Cert[%d 0 R]/CRL[%d 0 R]>>>>>>" % (b"A" * 40, number, number + 1)
        following = replace(SIGNED, store=related)
        objects = {number: stream(authority().certificate), number + 1: stream(CRL), 1: following.objects()[1]}
        (signature,) = pdf.parse(update(following, objects).data).signatures
        assert authority().certificate in signature.certificates
        assert signature.crls == (CRL,)

    @pytest.mark.parametrize(
        "content", [b"null", b"7", b"[1 2 3]", b"<</Certs 7 0 R/CRLs[99 0 R (x) 4]/VRI 7/OCSPs[%d 0 R]>>" % CONTENT]
    )
    def test_a_store_of_something_else_holds_nothing(self, content: bytes) -> None:
        following = replace(SIGNED, store=content)
        (signature,) = pdf.parse(update(following, {1: following.objects()[1]}).data).signatures
        assert signature.integrity is Integrity.INTACT
        assert signature.crls == ()

    def test_a_value_that_does_not_decode_is_left_out(self) -> None:
        number = SIGNED.next
        following = replace(SIGNED, store=b"<</CRLs[%d 0 R %d 0 R]>>" % (number, number + 1))
        objects = {number: stream(b"junk", b"/Filter/FlateDecode"), number + 1: stream(CRL), 1: following.objects()[1]}
        (signature,) = pdf.parse(update(following, objects).data).signatures
        assert signature.crls == (CRL,)


def test_the_maker_stamps_what_it_says() -> None:
    assert isinstance(stamp(BASE), Pdf)
