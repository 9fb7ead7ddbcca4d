"""What may come after a PDF signature: validation data, signatures, filled forms where allowed; nothing else.

Each attack is an incremental update that leaves every signed byte as it was, so the digest alone would let it pass.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from keys.validation.formats import pdf
from keys.validation.model import Integrity, SignatureObject
from tests.keys.validation.making.cms import Recipe
from tests.keys.validation.making.pdf import (
    APPEARANCE,
    CATALOG,
    CONTENT,
    FONT,
    FORM,
    INFO,
    PAGE,
    PAGES,
    TEXT_FIELD,
    Pdf,
    Signing,
    cades,
    filled,
    page,
    references,
    sign,
    stamp,
    store,
    stream,
    text_field,
    unsigned,
    update,
)
from tests.keys.validation.making.people import authority, stranger

BASE = unsigned()
SIGNED = sign(BASE)
OTHER = stream(b"BT /F1 18 Tf 72 720 Td (Quyet dinh so 51: thu hoi phep) Tj ET")


def first(pdf_: Pdf) -> SignatureObject:
    return pdf.parse(pdf_.data).signatures[0]


def _catalog(more: bytes) -> dict[int, bytes]:
    return {CATALOG: replace(SIGNED, catalog=more).objects()[CATALOG]}


def _new(body: bytes) -> dict[int, bytes]:
    return {SIGNED.next: body}


ACTION = b"<</S/JavaScript/JS(app.alert(1))>>"
FORBIDDEN: dict[str, dict[int, bytes]] = {
    "page content": {CONTENT: OTHER},
    "other content put on the page": _new(OTHER) | {PAGE: page(annots=SIGNED.widgets, content=SIGNED.next)},
    "a font": {FONT: b"<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"},
    "the page's size": {PAGE: page(annots=SIGNED.widgets).replace(b"612 792", b"612 400")},
    "the page's rotation": {PAGE: page(annots=SIGNED.widgets, more=b"/Rotate 180")},
    "a page added": _new(page()) | {PAGES: b"<</Type/Pages/Kids[%d 0 R %d 0 R]/Count 2>>" % (PAGE, SIGNED.next)},
    "the page replaced": _new(page(content=4)) | {PAGES: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % SIGNED.next},
    "all pages removed": {PAGES: b"<</Type/Pages/Kids[]/Count 0>>"},
    "another page tree": _new(b"<</Type/Pages/Kids[]/Count 0>>")
    | {CATALOG: SIGNED.objects()[CATALOG].replace(b"/Pages 2", b"/Pages %d" % SIGNED.next)},
    "an action on opening": _catalog(b"/OpenAction" + ACTION),
    "actions on events": _catalog(b"/AA<</WC %s>>" % ACTION),
    "scripts by name": _catalog(b"/Names<</JavaScript<</Names[(a)%s]>>>>" % ACTION),
    "layers": _catalog(b"/OCProperties<</D<</OFF[]>>/OCGs[]>>"),
    "a dynamic form": {FORM: SIGNED.objects()[FORM].replace(b"/SigFlags", b"/XFA(<x/>)/SigFlags")},
    "permissions": _catalog(b"/Perms<</DocMDP %d 0 R>>" % BASE.next),
    "a page's action": {PAGE: page(annots=SIGNED.widgets, more=b"/AA<</O %s>>" % ACTION)},
    "a comment": _new(b"<</Type/Annot/Subtype/FreeText/Rect[0 0 612 792]/Contents(khac)>>")
    | {PAGE: page(annots=(*SIGNED.widgets, SIGNED.next))},
    "a link": _new(b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A%s>>" % ACTION)
    | {PAGE: page(annots=(*SIGNED.widgets, SIGNED.next))},
    "a widget that no form knows": _new(b"<</Type/Annot/Subtype/Widget/FT/Tx/T(x)/Rect[0 0 612 792]>>")
    | {PAGE: page(annots=(*SIGNED.widgets, SIGNED.next))},
    "a form field added": _new(b"<</FT/Tx/T(Them)/V(x)>>")
    | {FORM: b"<</Fields[%s]>>" % references((*SIGNED.fields, SIGNED.next))},
    "a form field removed": {FORM: b"<</Fields[%s]>>" % references(SIGNED.fields[1:])},
    "the signature field removed": {FORM: b"<</Fields[%d 0 R]>>" % TEXT_FIELD},
    "the whole form removed": {CATALOG: b"<</Type/Catalog/Pages 2 0 R>>"},
    "a field renamed": {TEXT_FIELD: text_field().replace(b"HoTen", b"SoTien")},
    "a field moved over other content": {TEXT_FIELD: text_field().replace(b"[72 600", b"[72 700")},
    "a page that is no dictionary": {PAGE: stream(b"x", b"/Type/Page")},
    "a page under another parent": _new(b"<</Type/Pages/Kids[3 0 R]/Count 1/Rotate 180>>")
    | {PAGE: page(annots=SIGNED.widgets).replace(b"/Parent 2", b"/Parent %d" % SIGNED.next)},
    "a field's flags made a file": {TEXT_FIELD: text_field(more=b"/F(khac.pdf)")},
    "a field's action": {TEXT_FIELD: text_field(more=b"/AA<</K %s>>" % ACTION)},
    "a field of another type": {TEXT_FIELD: text_field().replace(b"/FT/Tx", b"/FT/Ch")},
    "the signature drawn anew": {BASE.next + 1: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(ChuKy1)/V %d 0 R/P 3 0 R/F 132"
    b"/Rect[0 0 0 0]/AP<</N %d 0 R>>>>" % (BASE.next, APPEARANCE)},
    "the signature enlarged": {BASE.next + 1: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(ChuKy1)/V %d 0 R/P 3 0 R/F 132"
    b"/Rect[0 0 612 792]>>" % BASE.next},
}  # fmt: skip


@pytest.mark.parametrize("attack", FORBIDDEN)
def test_a_change_that_no_signature_permits(attack: str) -> None:
    attacked = update(SIGNED, FORBIDDEN[attack])
    signatures = pdf.parse(attacked.data).signatures
    assert all(s.integrity is Integrity.MALFORMED for s in signatures)


def test_an_object_freed_after_signing() -> None:
    assert first(update(SIGNED, {}, free=(CONTENT,))).integrity is Integrity.MALFORMED
    assert first(update(SIGNED, {}, free=(SIGNED.next + 5,))).integrity is Integrity.INTACT, "it never was"


def test_a_later_signature_does_not_heal_an_earlier_one() -> None:
    """Whoever signs second signs the changed document; the first signer never saw it."""
    twice = sign(update(SIGNED, {CONTENT: OTHER}), name=b"ChuKy2", value=cades(Recipe(stranger(), b"")))
    one, other = pdf.parse(twice.data).signatures
    assert (one.integrity, other.integrity) == (Integrity.MALFORMED, Integrity.INTACT)


def test_an_innocent_object_with_two_roles() -> None:
    """Shadow attack: what is replaced as harmless metadata is also what the page draws."""
    shadow = unsigned(catalog=b"/Metadata %d 0 R" % CONTENT)
    assert first(sign(shadow)).integrity is Integrity.INTACT
    assert first(update(sign(shadow), {CONTENT: OTHER})).integrity is Integrity.MALFORMED


def test_an_appearance_that_the_page_draws_too() -> None:
    """Filling a form may redraw its field, unless the page itself shows that drawing."""
    drawn = page(annots=(TEXT_FIELD,), more=b"").replace(b"/Font<<", b"/XObject<</Fm0 %d 0 R>>/Font<<" % APPEARANCE)
    shadow = unsigned(page=drawn)
    keep = replace(shadow, widgets=())
    signed = sign(keep, objects={PAGE: drawn})
    redrawn = {TEXT_FIELD: text_field(b"(B)"), APPEARANCE: stream(b"BT (khac) Tj ET")}
    assert first(signed).integrity is Integrity.INTACT
    assert first(update(signed, redrawn)).integrity is Integrity.MALFORMED


ALLOWED: dict[str, Callable[[Pdf], Pdf]] = {
    "validation data": lambda p: store(p, certificates=(authority().certificate,)),
    "validation data replaced": lambda p: store(store(p, certificates=(authority().certificate,)), crls=(b"x",)),
    "a document time-stamp": stamp,
    "another signature": lambda p: sign(p, name=b"ChuKy2"),
    "another signature that is seen": lambda p: sign(
        p, name=b"ChuKy2", rect=b"[300 100 500 150]", field_more=b"/AP<</N %d 0 R>>" % APPEARANCE
    ),
    "metadata": lambda p: update(p, {INFO: b"<</Title(Quyet dinh)/ModDate(D:20250603)>>"}),
    "the same objects again": lambda p: update(p, {CONTENT: _same(p, CONTENT)}),
    "unused objects": lambda p: update(p, {p.next: OTHER}),
    "a number written otherwise": lambda p: update(
        p, {PAGE: page(annots=p.widgets).replace(b"[0 0 612 792]", b"[0.0 0 612.0004 792.0]")}
    ),
    "a widget listed twice": lambda p: update(p, {PAGE: page(annots=(*p.widgets, p.widgets[0]))}),
    "version and extensions": lambda p: update(
        p, {CATALOG: replace(p, catalog=b"/Version/1.7/Extensions<</ESIC<</BaseVersion/1.7>>>>").objects()[CATALOG]}
    ),
    "everything one after the other": lambda p: stamp(store(sign(stamp(p), name=b"ChuKy2"), crls=(b"x",)), name=b"D2"),
}


def _same(pdf_: Pdf, number: int) -> bytes:
    start = pdf_.data.index(b"\n%d 0 obj\n" % number) + len(b"\n%d 0 obj\n" % number)
    return pdf_.data[start : pdf_.data.index(b"\nendobj", start)]


@pytest.mark.parametrize("act", ALLOWED)
def test_a_change_that_every_signature_permits(act: str) -> None:
    later = ALLOWED[act](SIGNED)
    signatures = pdf.parse(later.data).signatures
    assert [s.problems for s in signatures] == [()] * len(signatures)
    assert all(s.integrity is Integrity.INTACT for s in signatures)
    assert not signatures[0].changed_after_signing
    assert signatures[0].scopes[0].covered == "PARTIAL"


class TestForms:
    """Forms may be filled after an ordinary signature, and this is said."""

    FILLED = update(SIGNED, {TEXT_FIELD: text_field(b"(Tran Thi B)"), APPEARANCE: stream(b"BT (Tran Thi B) Tj ET")})

    def test_filling_is_permitted_and_named(self) -> None:
        signature = first(self.FILLED)
        assert signature.integrity is Integrity.INTACT
        assert signature.changed_after_signing
        assert any("HoTen" in warning for warning in signature.warnings)

    def test_an_unsigned_field_of_the_form_may_be_signed(self) -> None:
        empty = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(ChuKy2)/Rect[0 0 0 0]/P 3 0 R>>"
        prepared = update(BASE, {BASE.next: empty, FORM: b"<</Fields[%s]>>" % references((TEXT_FIELD, BASE.next))})
        prepared = replace(prepared, fields=(TEXT_FIELD, BASE.next))
        one = sign(prepared, name=b"ChuKy1")
        number = one.next
        filled_field = empty.replace(b"/P 3", b"/V %d 0 R/P 3" % number)
        two = _sign_existing(one, number, {BASE.next: filled_field, PAGE: page(annots=(*one.widgets, BASE.next))})
        assert [s.integrity for s in pdf.parse(two.data).signatures] == [Integrity.INTACT, Integrity.INTACT]

    def test_a_field_with_widgets_of_its_own(self) -> None:
        """Field and widget may be two objects: both are judged by what happens to the field."""
        widget = b"<</Type/Annot/Subtype/Widget/Parent 10 0 R/Rect[0 0 9 9]/P 3 0 R>>"
        parts = {10: b"<</FT/Tx/T(GhiChu)/V(a)/Kids[11 0 R]>>", 11: widget}
        base = replace(BASE, fields=(10,), widgets=(11,))
        signed = sign(update(base, parts | base.objects()))
        drawn = widget.replace(b"/Rect", b"/AP<</N %d 0 R>>/Rect" % APPEARANCE)
        filled_in = update(signed, {10: parts[10].replace(b"(a)", b"(b)"), 11: drawn})
        assert any("GhiChu" in warning for warning in first(filled_in).warnings)
        assert first(filled_in).integrity is Integrity.INTACT
        for attack in (
            {11: widget.replace(b"[0 0 9 9]", b"[0 0 612 792]")},
            {10: parts[10].replace(b"[11 0 R]", b"[]")},
            {10: parts[10].replace(b"[11 0 R]", b"[11 0 R %d 0 R]" % signed.next), signed.next: widget},
            {10: b"[1 2 3]"},
            {10: stream(b"x", b"/FT/Tx/T(GhiChu)/V(a)/Kids[11 0 R]")},
        ):
            assert first(update(signed, attack)).integrity is Integrity.MALFORMED

    def test_an_unsigned_field_with_widgets_is_signed_and_drawn(self) -> None:
        widget = b"<</Type/Annot/Subtype/Widget/Parent 10 0 R/Rect[0 0 9 9]/P 3 0 R>>"
        field = b"<</FT/Sig/T(ChuKyGiamDoc)/Kids[11 0 R]>>"
        base = replace(BASE, fields=(TEXT_FIELD, 10), widgets=(TEXT_FIELD, 11))
        one = sign(update(base, {10: field, 11: widget} | base.objects()))
        number = one.next
        drawn = widget.replace(b"/Rect", b"/AP<</N %d 0 R>>/Rect" % APPEARANCE)
        more = {10: field.replace(b"[11 0 R]", b"[11 0 R %d 0 R]/V %d 0 R" % (number + 1, number)), 11: drawn}
        shown = page(annots=(*one.widgets, number + 1))
        two = _sign_existing(one, number, more | {number + 1: widget, PAGE: shown})
        assert [s.integrity for s in pdf.parse(two.data).signatures] == [Integrity.INTACT] * 2
        moved = _sign_existing(one, number, more | {11: drawn.replace(b"0 0 9 9", b"0 0 612 792")})
        assert Integrity.MALFORMED in {s.integrity for s in pdf.parse(moved.data).signatures}

    def test_an_unsigned_field_without_widgets_gets_one_when_signed(self) -> None:
        field = b"<</FT/Sig/T(ChuKyGiamDoc)>>"
        base = replace(BASE, fields=(TEXT_FIELD, 10))
        one = sign(update(base, {10: field} | base.objects()))
        number = one.next
        widget = b"<</Type/Annot/Subtype/Widget/Parent 10 0 R/Rect[0 0 9 9]/P 3 0 R>>"
        signed_field = field.replace(b">>", b"/V %d 0 R/Kids[%d 0 R]>>" % (number, number + 1))
        shown = page(annots=(*one.widgets, number + 1))
        two = _sign_existing(one, number, {10: signed_field, number + 1: widget, PAGE: shown})
        assert [s.integrity for s in pdf.parse(two.data).signatures] == [Integrity.INTACT] * 2

    def test_a_field_that_was_no_widget_becomes_one_when_signed(self) -> None:
        field = b"<</FT/Sig/T(ChuKyGiamDoc)>>"
        base = replace(BASE, fields=(TEXT_FIELD, 10))
        one = sign(update(base, {10: field} | base.objects()))
        widget = field.replace(b">>", b"/V %d 0 R/Type/Annot/Subtype/Widget/Rect[9 9 99 99]/P 3 0 R>>" % one.next)
        shown = page(annots=(*one.widgets, 10))
        two = _sign_existing(one, one.next, {10: widget, PAGE: shown})
        assert [s.integrity for s in pdf.parse(two.data).signatures] == [Integrity.INTACT] * 2
        named = _sign_existing(one, one.next, {10: widget.replace(b"GiamDoc", b"ChuTich"), PAGE: shown})
        assert Integrity.MALFORMED in {s.integrity for s in pdf.parse(named.data).signatures}

    def test_a_signature_field_added_below_a_name(self) -> None:
        number = SIGNED.next
        parent = b"<</T(Phong)/Kids[%d 0 R]>>" % (number + 1)
        empty = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(ChuKy3)/Rect[0 0 0 0]/Parent %d 0 R>>" % number
        following = replace(SIGNED, fields=(*SIGNED.fields, number), widgets=(*SIGNED.widgets, number + 1))
        later = update(following, {number: parent, number + 1: empty, **following.objects()})
        assert first(later).integrity is Integrity.INTACT
        text = update(following, {number: parent, number + 1: empty.replace(b"/Sig", b"/Tx"), **following.objects()})
        assert first(text).integrity is Integrity.MALFORMED

    def test_fields_that_nest_without_end(self) -> None:
        deep = {n: b"<</T(a)/Kids[%d 0 R]>>" % (n + 1) for n in range(100, 140)}
        base = replace(BASE, fields=(100,))
        signed = sign(update(base, deep | base.objects()))
        assert first(update(signed, {139: b"<</T(b)/FT/Tx>>"})).integrity is Integrity.MALFORMED

    def test_a_nested_field_is_filled_by_its_full_name(self) -> None:
        parent = b"<</T(Nguoi)/Kids[%d 0 R]>>" % TEXT_FIELD
        nested = replace(unsigned(text_field=text_field(more=b"/Parent 10 0 R")), fields=(10,))
        signed = sign(update(nested, {10: parent, FORM: nested.objects()[FORM]}))
        filled_in = update(signed, {TEXT_FIELD: text_field(b"(C)", more=b"/Parent 10 0 R")})
        assert any("Nguoi.HoTen" in warning for warning in first(filled_in).warnings)


def _sign_existing(pdf_: Pdf, number: int, objects: dict[int, bytes]) -> Pdf:
    return filled(pdf_, number, Signing(cades(Recipe(stranger(), b""))), objects)


def _certified(level: int) -> Pdf:
    reference = b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</P %d/V/1.2>>>>]" % level
    permissions = b"/Perms<</DocMDP %d 0 R>>" % BASE.next
    return sign(replace(BASE, catalog=permissions), more=reference)


COMMENT = b"<</Type/Annot/Subtype/Text/Rect[0 0 20 20]/Contents(xem lai)>>"
LATER: dict[str, Callable[[Pdf], Pdf]] = {
    "store": lambda p: store(p, crls=(b"x",)),
    "stamp": stamp,
    "visible stamp": lambda p: stamp(p, rect=b"[0 0 612 792]", field_more=b"/AP<</N %d 0 R>>" % APPEARANCE),
    "fill": lambda p: update(p, {TEXT_FIELD: text_field(b"(B)")}),
    "sign": lambda p: sign(p, name=b"ChuKy2"),
    "comment": lambda p: update(p, {p.next: COMMENT, PAGE: page(annots=(*p.widgets, p.next))}),
    "redraw": lambda p: update(p, {FORM: p.objects()[FORM].replace(b"/DA", b"/NeedAppearances true/DA")}),
    "page": lambda p: update(p, {CONTENT: OTHER}),
}
PERMITTED = {
    1: {"store", "stamp"},
    2: {"store", "stamp", "visible stamp", "fill", "sign", "redraw"},
    3: {"store", "stamp", "visible stamp", "fill", "sign", "redraw", "comment"},
    9: {"store", "stamp"},
}


@pytest.mark.parametrize("level", PERMITTED)
@pytest.mark.parametrize("act", LATER)
def test_a_certified_document_permits_what_it_says(level: int, act: str) -> None:
    """DocMDP, ISO 32000-2 table 257; an unknown level permits the least."""
    expected = Integrity.INTACT if act in PERMITTED[level] else Integrity.MALFORMED
    assert first(LATER[act](_certified(level))).integrity is expected


@pytest.mark.parametrize(
    ("lock", "locked"),
    [
        (b"/Action/All", True),
        (b"/Action/Include/Fields[(HoTen)]", True),
        (b"/Action/Include/Fields[(Khac)]", False),
        (b"/Action/Exclude/Fields[(HoTen)]", False),
        (b"/Action/Exclude/Fields[(Khac)]", True),
        (b"/Action/Unknown", True),
    ],
)
def test_a_locked_field_stays_as_it_is(lock: bytes, locked: bool) -> None:
    """FieldMDP, and the field's own Lock dictionary."""
    by_transform = sign(BASE, more=b"/Reference[<</TransformMethod/FieldMDP/TransformParams<<%s>>>>]" % lock)
    by_field = sign(BASE, field_more=b"/Lock<<%s>>" % lock)
    for signed in (by_transform, by_field):
        found = first(LATER["fill"](signed)).integrity
        assert found is (Integrity.MALFORMED if locked else Integrity.INTACT)
        assert first(stamp(signed)).integrity is Integrity.INTACT


def test_a_lock_may_carry_a_level() -> None:
    signed = sign(BASE, field_more=b"/Lock<</Action/Include/Fields[(Khac)]/P 1>>")
    assert first(LATER["fill"](signed)).integrity is Integrity.MALFORMED
    assert first(LATER["store"](signed)).integrity is Integrity.INTACT


def test_a_forms_resources_may_grow_but_not_be_replaced_unseen() -> None:
    """Another font under a known name shows other letters once a field is drawn anew."""
    resources = b"/DR<</Font<</F1 %d 0 R/P 12 0 R>>>>/DA" % FONT
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"
    base = update(BASE, {FORM: BASE.objects()[FORM].replace(b"/DA", resources), 12: font})
    both = replace(base, fields=(TEXT_FIELD, base.next + 1)).objects()[FORM]
    signed = sign(base, objects={FORM: both.replace(b"/DA", resources)})
    form = signed.objects()[FORM]
    grown = form.replace(b"/DA", resources.replace(b"0 R>>>>", b"0 R/F2 %d 0 R>>>>" % FONT))
    assert grown != form
    assert not first(update(signed, {FORM: grown})).changed_after_signing
    other = form.replace(b"/DA", resources.replace(b"%d 0 R" % FONT, b"%d 0 R" % signed.next))
    for attack in (
        {FORM: other, signed.next: b"<</Type/Font/BaseFont/Symbol>>"},
        {FORM: other, signed.next: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/MacRomanEncoding>>"},
        {FORM: form.replace(b"/DA", resources), 12: font.replace(b"Courier", b"Symbol")},
        {FORM: form.replace(b"/DA", b"/DR 7/DA")},
        {FORM: form.replace(b"/DA", b"/DR<</Font 7>>/DA")},
        {FORM: form.replace(b"/DA(/F1", resources + b"(/F2")},
    ):
        replaced = first(update(signed, attack))
        assert (replaced.integrity, replaced.changed_after_signing) == (Integrity.INTACT, True)
        assert any("drawn" in warning for warning in replaced.warnings)


def test_a_signature_that_can_be_seen_is_said() -> None:
    later = ALLOWED["another signature that is seen"](SIGNED)
    assert any("ChuKy2" in warning for warning in first(later).warnings)
    assert first(ALLOWED["another signature"](SIGNED)).warnings == ()


class TestComments:
    """Where comments are allowed they are still only comments."""

    CERTIFIED = LATER["comment"](_certified(3))

    def _changed(self, body: bytes) -> Integrity:
        prepared = update(BASE, {BASE.next: COMMENT})
        prepared = replace(prepared, widgets=(*prepared.widgets, BASE.next))
        reference = b"/Reference[<</TransformMethod/DocMDP/TransformParams<</P 3>>>>]"
        signed = sign(prepared, more=reference, objects={})
        return first(update(signed, {BASE.next: body})).integrity

    def test_a_comment_may_be_changed_but_not_made_to_act(self) -> None:
        assert self._changed(COMMENT.replace(b"xem lai", b"da xem")) is Integrity.INTACT
        assert self._changed(COMMENT.replace(b"/Contents", b"/A%s/Contents" % ACTION)) is Integrity.MALFORMED
        assert self._changed(COMMENT.replace(b"/Text", b"/Link")) is Integrity.MALFORMED

    def test_a_comment_is_said(self) -> None:
        signature = first(self.CERTIFIED)
        assert signature.changed_after_signing
        assert any("annotation" in warning for warning in signature.warnings)

    @pytest.mark.parametrize("subtype", [b"Link", b"Widget", b"Movie", b"Screen", b"FileAttachment", b"RichMedia"])
    def test_media_links_and_fields_are_no_comments(self, subtype: bytes) -> None:
        body = COMMENT.replace(b"/Text", b"/" + subtype)
        certified = _certified(3)
        changed = update(certified, {certified.next: body, PAGE: page(annots=(*certified.widgets, certified.next))})
        assert first(changed).integrity is Integrity.MALFORMED


class TestStructure:
    """Tagged documents: read aloud, the structure must say what was signed."""

    TREE = b"<</Type/StructTreeRoot/K[11 0 R]/ParentTreeNextKey 1>>"
    ELEMENT = b"<</S/P/P 10 0 R/ActualText(cap phep)>>"

    def _signed(self) -> Pdf:
        tagged = replace(BASE, catalog=b"/StructTreeRoot 10 0 R/MarkInfo<</Marked true>>")
        prepared = update(tagged, {10: self.TREE, 11: self.ELEMENT, CATALOG: tagged.objects()[CATALOG]})
        return sign(prepared)

    def test_it_may_grow(self) -> None:
        signed = self._signed()
        number = signed.next
        grown = self.TREE.replace(b"11 0 R]", b"11 0 R %d 0 R]" % number).replace(b"Key 1", b"Key 2")
        later = update(signed, {10: grown, number: b"<</S/Form/P 10 0 R>>"})
        assert first(later).integrity is Integrity.INTACT

    def test_what_was_there_stays(self) -> None:
        signed = self._signed()
        for objects in (
            {11: self.ELEMENT.replace(b"cap phep", b"thu hoi")},
            {11: self.ELEMENT.replace(b"/ActualText", b"/Alt(thu hoi)/ActualText")},
            {10: self.TREE.replace(b"[11 0 R]", b"[]")},
            {CATALOG: replace(BASE, catalog=b"").objects()[CATALOG]},
        ):
            assert first(update(signed, objects)).integrity is Integrity.MALFORMED


def test_a_structure_added_where_there_was_none() -> None:
    tagged = replace(SIGNED, catalog=b"/StructTreeRoot %d 0 R" % SIGNED.next)
    later = update(tagged, {SIGNED.next: b"<</Type/StructTreeRoot>>", CATALOG: tagged.objects()[CATALOG]})
    assert first(later).integrity is Integrity.MALFORMED


class TestTrailer:
    """Entries of the trailer that are not about the file's own bookkeeping."""

    def test_private_entries_stay(self) -> None:
        base = update(BASE, {9: stream(b"x")}, trailer=b"/Private 9 0 R")
        signed = sign(base)
        assert first(update(signed, {9: stream(b"x")})).integrity is Integrity.INTACT
        assert first(update(signed, {9: stream(b"y")})).integrity is Integrity.MALFORMED
        assert first(update(SIGNED, {}, trailer=b"/AdditionalStreams[/odt 4 0 R]")).integrity is Integrity.MALFORMED

    def test_one_that_led_nowhere_may_not_begin_to_show_something(self) -> None:
        """LibreOffice opens AdditionalStreams in place of the pages."""
        signed = sign(update(BASE, {}, trailer=b"/AdditionalStreams[/odt 90 0 R]"))
        assert first(update(signed, {90: b"<</Type/Sig>>"})).integrity is Integrity.INTACT
        assert first(update(signed, {90: stream(b"PK")})).integrity is Integrity.MALFORMED

    def test_encryption_declared_later(self) -> None:
        assert not any(
            s.integrity is Integrity.INTACT
            for s in pdf.parse(update(SIGNED, {9: b"<</Filter/Standard>>"}, trailer=b"/Encrypt 9 0 R").data).signatures
        )
        assert first(update(SIGNED, {}, trailer=b"/Encrypt null")).integrity is Integrity.INTACT
