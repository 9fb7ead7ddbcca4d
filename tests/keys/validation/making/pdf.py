"""PDF files made by hand, revision by revision, so that each rule of signing can be kept or broken (ISO 32000-2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tests.keys.validation.making.cms import Recipe, signed_data, token
from tests.keys.validation.making.people import person

ROOM = 6000
"""Hexadecimal digits kept for a signature value."""
CATALOG, PAGES, PAGE, CONTENT, FONT, FORM, TEXT_FIELD, INFO, APPEARANCE = range(1, 10)
DRAWN = b"BT /F1 18 Tf 72 720 Td (Quyet dinh so 15: cap phep) Tj ET"


@dataclass(frozen=True)
class Pdf:
    """A file and what is needed to write its next revision."""

    data: bytes
    size: int
    startxref: int
    fields: tuple[int, ...] = (TEXT_FIELD,)
    widgets: tuple[int, ...] = (TEXT_FIELD,)
    store: bytes = b""
    catalog: bytes = b""
    ends: tuple[int, ...] = field(default=())

    @property
    def next(self) -> int:
        """The next free object number."""
        return self.size

    def objects(self) -> dict[int, bytes]:
        """Catalogue, form and page as they must be written in the next revision."""
        store = b"/DSS %s" % self.store if self.store else b""
        return {
            CATALOG: b"<</Type/Catalog/Pages %d 0 R/AcroForm %d 0 R%s%s>>" % (PAGES, FORM, store, self.catalog),
            FORM: b"<</Fields[%s]/SigFlags 3/DA(/F1 0 Tf 0 g)>>" % references(self.fields),
            PAGE: page(annots=self.widgets),
        }


def references(numbers: tuple[int, ...]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def page(*, annots: tuple[int, ...] = (), content: int = CONTENT, more: bytes = b"") -> bytes:
    return (
        b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R/Annots[%s]%s>>"
        % (PAGES, FONT, content, references(annots), more)
    )


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), more, data)


def text_field(value: bytes = b"(Nguyen Van A)", more: bytes = b"") -> bytes:
    return b"<</Type/Annot/Subtype/Widget/FT/Tx/T(HoTen)/V%s/Rect[72 600 300 620]/P %d 0 R/AP<</N %d 0 R>>%s>>" % (
        value,
        PAGE,
        APPEARANCE,
        more,
    )


def unsigned(catalog: bytes = b"", **objects: bytes) -> Pdf:
    """One page with one text field; ``objects`` replaces single ones by their names in lower case."""
    content = {
        PAGES: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % PAGE,
        CONTENT: stream(DRAWN),
        FONT: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        TEXT_FIELD: text_field(),
        INFO: b"<</Title(Quyet dinh)/Producer(Motcua)>>",
        APPEARANCE: stream(b"BT (Nguyen Van A) Tj ET", b"/Type/XObject/Subtype/Form/BBox[0 0 228 20]"),
    }
    empty = Pdf(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 10, 0, catalog=catalog)
    names = {"content": CONTENT, "pages": PAGES, "text_field": TEXT_FIELD, "page": PAGE}
    content = empty.objects() | content | {names[name]: value for name, value in objects.items()}
    return update(empty, content, first=True)


def update(
    pdf: Pdf,
    objects: Mapping[int, bytes],
    *,
    free: tuple[int, ...] = (),
    at: Mapping[int, int] | None = None,
    first: bool = False,
    trailer: bytes = b"",
) -> Pdf:
    """The file with one more revision that holds ``objects``, frees some, and refers to others where they stand."""
    data = bytearray(pdf.data)
    rows: list[tuple[int, bytes]] = [(number, b"0000000000 00001 f \n") for number in free]
    rows += [(number, b"%010d 00000 n \n" % offset) for number, offset in (at or {}).items()]
    for number, body in objects.items():
        rows.append((number, b"%010d 00000 n \n" % len(data)))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = max([pdf.size, *(number + 1 for number, _ in rows)])
    startxref = len(data)
    data += b"xref\n0 1\n0000000000 65535 f \n" + b"".join(b"%d 1\n%s" % row for row in sorted(rows))
    previous = b"" if first else b"/Prev %d" % pdf.startxref
    data += b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<aa><bb>]%s%s>>\n" % (
        size,
        CATALOG,
        INFO,
        previous,
        trailer,
    )
    data += b"startxref\n%d\n%%%%EOF\n" % startxref
    return replace(pdf, data=bytes(data), size=size, startxref=startxref, ends=(*pdf.ends, len(data)))


@dataclass(frozen=True)
class Signing:
    """How a signature is put into a file; every part open to tampering."""

    value: Callable[[bytes], bytes]
    """The signature value over the covered bytes."""
    sub_filter: bytes = b"ETSI.CAdES.detached"
    type_: bytes = b"Sig"
    name: bytes = b"ChuKy1"
    more: bytes = b""
    """Further entries of the signature dictionary."""
    field_more: bytes = b""
    rect: bytes = b"[0 0 0 0]"
    byte_range: Callable[[list[int]], list[int]] = lambda numbers: numbers
    before_contents: bytes = b""
    objects: Mapping[int, bytes] = field(default_factory=dict)
    """Further objects of the same revision."""


def cades(recipe: Recipe | None = None, **options: object) -> Callable[[bytes], bytes]:
    """A detached CAdES value by the recipe (whose content is replaced by the covered bytes)."""
    base = recipe or Recipe(person(), b"")
    return lambda covered: signed_data(replace(base, content=covered), detached=True, **options)  # type: ignore[arg-type]


def sign(pdf: Pdf, signing: Signing | None = None, **changes: object) -> Pdf:
    """The file with a signature in a new field, covering everything before and after its value."""
    signing = replace(signing or Signing(cades()), **changes)  # type: ignore[arg-type]
    value, field_ = pdf.next, pdf.next + 1
    following = replace(pdf, fields=(*pdf.fields, field_), widgets=(*pdf.widgets, field_))
    widget = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/V %d 0 R/P %d 0 R/F 132/Rect%s%s>>" % (
        signing.name,
        value,
        PAGE,
        signing.rect,
        signing.field_more,
    )
    objects = following.objects() | {field_: widget} | signing.objects
    return filled(following, value, signing, objects)


def dictionary(signing: Signing) -> bytes:
    """A signature dictionary with room for its byte range and its value."""
    return (
        b"<</Type/%s/Filter/Adobe.PPKLite/SubFilter/%s/M(D:20250602153000+07'00')%s"
        b"/ByteRange[0 0000000000 0000000000 0000000000]%s/Contents<%s>>>"
        % (signing.type_, signing.sub_filter, signing.more, signing.before_contents, b"0" * ROOM)
    )


def filled(pdf: Pdf, number: int, signing: Signing, objects: Mapping[int, bytes]) -> Pdf:
    """Write a revision with the signature dictionary as object ``number`` and fill it."""
    prepared = update(pdf, {number: dictionary(signing), **objects})
    start = prepared.data.index(b"<" + b"0" * ROOM + b">", len(pdf.data))
    end = start + ROOM + 2
    numbers = signing.byte_range([0, start, end, len(prepared.data) - end])
    data = bytearray(prepared.data)
    at = data.index(b"/ByteRange[0 0000000000", len(pdf.data))
    text = b"/ByteRange[%s" % b" ".join(b"%d" % n for n in numbers)
    room = len(b"/ByteRange[0 0000000000 0000000000 0000000000")
    data[at : at + room] = text.ljust(room)
    value = signing.value(bytes(data[:start] + data[end:])).hex().encode()
    data[start + 1 : start + 1 + len(value)] = value
    return replace(prepared, data=bytes(data))


def stamp(pdf: Pdf, *, name: bytes = b"DauThoiGian1", **changes: object) -> Pdf:
    """The file with a document time-stamp."""
    base = Signing(token, b"ETSI.RFC3161", b"DocTimeStamp", name)
    return sign(pdf, replace(base, **changes))  # type: ignore[arg-type]


def store(
    pdf: Pdf, *, certificates: tuple[bytes, ...] = (), crls: tuple[bytes, ...] = (), ocsps: tuple[bytes, ...] = ()
) -> Pdf:
    """The file with a document security store (in place of an earlier one)."""
    number = pdf.next
    objects: dict[int, bytes] = {}
    entries = []
    for key, values in ((b"Certs", certificates), (b"CRLs", crls), (b"OCSPs", ocsps)):
        numbers = []
        for value in values:
            objects[number] = stream(value)
            numbers.append(number)
            number += 1
        if numbers:
            entries.append(b"/%s[%s]" % (key, references(tuple(numbers))))
    following = replace(pdf, store=b"<<%s>>" % b"".join(entries))
    return update(following, objects | {CATALOG: following.objects()[CATALOG]})
