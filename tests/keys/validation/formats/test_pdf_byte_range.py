"""Byte ranges of PDF signatures: exactly the revision without its signature value, or nothing (ISO 32000-2 §12.8.1)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from keys.validation.formats import pdf
from keys.validation.formats.pdf.byte_range import ByteRange, collisions
from keys.validation.model import Integrity, SignatureObject
from tests.keys.validation.making.pdf import (
    CONTENT,
    ROOM,
    Pdf,
    Signing,
    cades,
    page,
    references,
    sign,
    stream,
    unsigned,
    update,
)

BASE = unsigned()
SIGNED = sign(BASE)


def only(data: bytes) -> SignatureObject:
    (signature,) = pdf.parse(data).signatures
    return signature


def malformed(data: bytes) -> str:
    signature = only(data)
    assert signature.integrity is Integrity.MALFORMED
    return signature.problems[0]


def test_the_whole_file_but_the_value() -> None:
    signature = only(SIGNED.data)
    assert signature.integrity is Integrity.INTACT
    assert (signature.format, signature.problems, signature.warnings) == ("PAdES", (), ())
    assert [scope.covered for scope in signature.scopes] == ["FULL"]
    assert signature.claimed_signing_time is not None
    assert signature.claimed_signing_time.isoformat() == "2025-06-02T08:30:00+00:00"


Numbers = Callable[[list[int]], list[int]]
ATTACKS: dict[str, Numbers] = {
    "the header is left out": lambda n: [9, n[1] - 9, n[2], n[3]],
    "another beginning": lambda n: [1, *n[1:]],
    "three numbers": lambda n: n[:3],
    "six numbers": lambda n: [*n[:3], 10, n[2] + 20, n[3] - 20],
    "a negative length": lambda n: [0, n[1], n[2], -n[3]],
    "beyond the end": lambda n: [0, n[1], n[2], n[3] + 1],
    "the two parts overlap": lambda n: [0, n[2], n[1], n[3]],
    "the two parts touch": lambda n: [0, n[1], n[1], n[3] + ROOM + 2],
    "the gap begins early": lambda n: [0, n[1] - 10, n[2], n[3]],
    "the gap ends one byte late": lambda n: [0, n[1], n[2] + 1, n[3] - 1],
    "the gap ends late": lambda n: [0, n[1], n[2] + 4, n[3] - 4],
    "the gap is inside the brackets": lambda n: [0, n[1] + 1, n[2] - 1, n[3] + 1],
    "nothing after the value": lambda n: [0, n[1], n[2], 0],
    "the end of the revision is left out": lambda n: [0, n[1], n[2], n[3] - 40],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_byte_range_that_is_not_the_revision(attack: str) -> None:
    """Each value is good over the bytes its range names: the rule refuses it, not the digest."""
    numbers: list[int] = []

    def capture(given: list[int]) -> list[int]:
        numbers[:] = ATTACKS[attack](given)
        return numbers

    first = sign(BASE, byte_range=capture)

    def value(_: bytes) -> bytes:
        parts = [first.data[a : a + max(b, 0)] for a, b in zip(numbers[::2], numbers[1::2], strict=False)]
        return cades()(b"".join(parts))

    malformed(sign(BASE, byte_range=ATTACKS[attack], value=value).data)


@pytest.mark.parametrize("value", [b"null", b"[0 (a) 1 2]", b"[0 1.5 2 3]", b"<<>>", b"[true true 5 9]", b"[]"])
def test_a_byte_range_of_something_else(value: bytes) -> None:
    data = SIGNED.data
    start = data.index(b"/ByteRange[") + 10
    end = data.index(b"]", start) + 1
    malformed(data[:start] + (b" " + value).ljust(end - start) + data[end:])


def test_no_byte_range_or_no_contents_is_no_pass() -> None:
    """Universal forgery: viewers took a signature without them for valid."""
    for name in (b"/ByteRange", b"/Contents"):
        malformed(SIGNED.data.replace(name, name[:-1] + b"x"))


@pytest.mark.parametrize("inside", [b"%", b"(", b"<", b">", b"/", b"g"])
def test_only_hexadecimal_digits_stand_in_the_gap(inside: bytes) -> None:
    data = SIGNED.data
    at = data.index(b"/Contents<") + 10 + ROOM - 20
    malformed(data[:at] + inside + data[at + 1 :])


@pytest.mark.parametrize("filling", [b" ", b"\n", b"0"])
def test_the_room_behind_the_value_may_be_filled_with_white_space(filling: bytes) -> None:
    data = SIGNED.data
    at = data.index(b"/Contents<") + 10 + ROOM - 20
    assert only(data[:at] + filling * 20 + data[at + 20 :]).integrity is Integrity.INTACT


def test_objects_hidden_in_a_widened_gap() -> None:
    """Signature wrapping: the range is stretched around the value and other objects are put between."""
    hidden = b"0" * 100 + b">/Contents<" + b"0" * (ROOM - 111)

    def value(covered: bytes) -> bytes:
        return cades()(covered)

    attacked = sign(BASE, value=value)
    at = attacked.data.index(b"/Contents<") + 10
    spoilt = attacked.data[: at + ROOM - len(hidden)] + hidden + attacked.data[at + ROOM :]
    malformed(spoilt)


def test_the_gap_must_be_the_contents_of_this_dictionary() -> None:
    """The value stands under another key; /Contents itself is something else."""
    made = sign(BASE, before_contents=b"/Contents<00>", value=lambda covered: cades()(_renamed(covered)))
    malformed(_renamed(made.data))


def _renamed(data: bytes) -> bytes:
    return data.replace(b"<00>/Contents", b"<00>/Contentz")


def test_a_dictionary_put_in_place_of_the_signed_one() -> None:
    """Spoofing: a later revision shows another signer's name and reason over the same byte range and value."""
    start = SIGNED.data.index(b"<</Type/Sig")
    end = SIGNED.data.index(b"endobj", start)
    forged = SIGNED.data[start:end].replace(b"/M(", b"/Name(Chu tich UBND)/M(")
    number = BASE.next
    assert "gap" in malformed(update(SIGNED, {number: forged}).data)


def test_a_second_field_that_borrows_a_signed_value() -> None:
    start = SIGNED.data.index(b"<</Type/Sig")
    end = SIGNED.data.index(b"endobj", start)
    number = SIGNED.next
    following = replace(SIGNED, fields=(*SIGNED.fields, number + 1))
    widget = b"<</FT/Sig/T(ChuKy2)/V %d 0 R>>" % number
    copied = update(following, {number: SIGNED.data[start:end], number + 1: widget, **following.objects()})
    signatures = pdf.parse(copied.data).signatures
    assert Integrity.MALFORMED in {s.integrity for s in signatures}
    assert len(signatures) == 2


def test_two_fields_with_one_value_are_one_signature() -> None:
    following = replace(SIGNED, fields=(*SIGNED.fields, SIGNED.next))
    widget = b"<</FT/Sig/T(ChuKy2)/V %d 0 R>>" % BASE.next
    assert len(pdf.parse(update(following, {SIGNED.next: widget, **following.objects()}).data).signatures) == 1


def test_byte_ranges_that_collide() -> None:
    one, other, inside = ByteRange(100, 200, 300), ByteRange(400, 500, 600), ByteRange(250, 280, 700)
    assert collisions([one, other]) == set()
    assert collisions([one, inside]) == {one, inside}


class TestEndOfRevision:
    """What is signed must be a revision of this very file, to its last byte."""

    def test_white_space_may_follow(self) -> None:
        assert only(SIGNED.data + b"\r\n\0 ").integrity is Integrity.INTACT

    def test_objects_appended_without_a_revision(self) -> None:
        """Viewers that repair a broken file would read them."""
        evil = b"4 0 obj\n" + stream(b"BT (khac) Tj ET") + b"\nendobj\n"
        malformed(SIGNED.data + evil)
        malformed(SIGNED.data + evil + b"startxref\n%d\n%%%%EOF\n" % SIGNED.startxref)

    def test_a_later_revision_that_skips_the_signed_one(self) -> None:
        """Its /Prev leads around the signed revision, so that viewers never see what was signed."""
        around = replace(SIGNED, startxref=BASE.startxref)
        kept = {number: SIGNED.data.index(b"\n%d 0 obj" % number) + 1 for number in (BASE.next, BASE.next + 1)}
        attacked = update(around, SIGNED.objects() | {4: stream(b"BT (khac) Tj ET")}, at=kept)
        assert "revision of this file" in malformed(attacked.data)

    def test_a_range_that_ends_within_a_later_revision(self) -> None:
        later = update(SIGNED, {9: stream(b"x")})
        end = SIGNED.data.index(b">>>", SIGNED.data.index(b"/Contents<"))
        assert len(later.data) > end
        forged = sign(BASE, byte_range=lambda n: [n[0], n[1], n[2], n[3] - 8])
        malformed(forged.data)
        malformed(update(forged, {9: stream(b"x")}).data)

    def test_a_signed_table_that_points_behind_its_own_end(self) -> None:
        """The signed revision refers to an object that is not there yet; whoever appends it chooses the content."""
        evil = stream(b"BT (khac) Tj ET")
        number = BASE.next + 2
        place = b"%010d" % (len(SIGNED.data) + 2000)
        prepared = sign(BASE, objects={4: stream(b"PLACEHOLDER")})
        at = prepared.data.rindex(b"4 1\n") + 4
        signing = Signing(lambda _: cades()(_without_value(_patched(prepared.data, at, place))))
        attacked = _patched(sign(BASE, signing, objects={4: stream(b"PLACEHOLDER")}).data, at, place)
        pdf_ = Pdf(attacked, number + 1, prepared.startxref, prepared.fields, prepared.widgets)
        filler = b"%" + b" " * (int(place) - len(attacked) - 2) + b"\n"
        grown = attacked + filler + b"4 0 obj\n" + evil + b"\nendobj\n"
        malformed(update(replace(pdf_, data=grown), {9: stream(b"x")}).data)

    def test_a_signed_table_whose_predecessor_is_yet_to_come(self) -> None:
        """/Prev points behind the signed bytes: whoever appends that table decides what the objects are."""
        planted = update(BASE, {CONTENT: stream(b"BT (khac) Tj ET")})
        at = planted.data.rindex(b"\n4 0 obj") + 1
        future = 20_000
        signed = sign(replace(planted, startxref=future))
        known = {number: BASE.data.index(b"\n%d 0 obj" % number) + 1 for number in range(1, 10)}
        table = b"".join(b"%d 1\n%010d 00000 n \n" % row for row in sorted((known | {CONTENT: at}).items()))
        table = b"xref\n0 1\n0000000000 65535 f \n" + table + b"trailer\n<</Size 10/Root 1 0 R/Info 8 0 R>>\n"
        filler = b"%" + b" " * (future - len(signed.data) - 2) + b"\n"
        malformed(update(replace(signed, data=signed.data + filler + table), {9: stream(b"x")}).data)


def _patched(data: bytes, at: int, place: bytes) -> bytes:
    return data[:at] + place + data[at + 10 :]


def _without_value(data: bytes) -> bytes:
    start = data.index(b"/Contents<") + 9
    return data[:start] + data[start + ROOM + 2 :]


def test_the_maker_itself_writes_what_it_says() -> None:
    assert references((1, 2)) == b"1 0 R 2 0 R"
    assert b"/Annots[7 0 R]" in page(annots=(7,))
