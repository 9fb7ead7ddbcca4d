"""PAdES and PKCS #7 signatures in PDF (ISO 32000-2 §12.8, ETSI EN 319 142-1).

Owns reading one file into signature objects and document time-stamps. The rules stand in the neighbours: byte ranges,
fields, revisions and what may change between them; signature values are judged as CMS.
"""

from dataclasses import replace

from keys.validation.formats.pdf.byte_range import collisions
from keys.validation.formats.pdf.document import Document, PasswordRequired
from keys.validation.formats.pdf.document_timestamps import document_timestamp
from keys.validation.formats.pdf.fields import signature_fields
from keys.validation.formats.pdf.security_store import SecurityStore
from keys.validation.formats.pdf.signature import Located, locate, signatures_of
from keys.validation.formats.pdf.values import Unreadable
from keys.validation.model import ParsedDocument, SignatureObject, Timestamp

MAX_SIGNATURES = 200


def parse(data: bytes) -> ParsedDocument:
    """The signatures and document time-stamps of a PDF. Never raises: what cannot be read is named in ``problems``."""
    if b"%PDF-" not in data[:1024]:
        return ParsedDocument(None, problems=("not a PDF file",))
    try:
        return _parse(data)
    except PasswordRequired as error:
        return ParsedDocument("PDF", problems=(f"the PDF is encrypted: {error}",))
    except (Unreadable, RecursionError) as error:
        return ParsedDocument("PDF", problems=(f"the PDF cannot be read: {error}",))


def _parse(data: bytes) -> ParsedDocument:
    document = Document(data)
    fields = signature_fields(document.last)
    if len(fields) > MAX_SIGNATURES:
        raise Unreadable(f"more than {MAX_SIGNATURES} signatures")
    located = [locate(field, document) for field in fields]
    located.sort(key=lambda item: item.range.end if item.range is not None else len(data))
    located = _without_collisions(located)
    store = SecurityStore(document)
    stamps = _timestamps(located, store)
    return ParsedDocument(
        format="PDF",
        signatures=tuple(_signatures(located, stamps, store)),
        timestamps=tuple(stamp for _, stamp in stamps),
        uncovered=_uncovered(located),
    )


def _uncovered(located: list[Located]) -> tuple[str, ...]:
    """What changed after the last time-stamp, where no signature came after it to cover the change."""
    return located[-1].forbidden if located and located[-1].is_time_stamp else ()


def _without_collisions(located: list[Located]) -> list[Located]:
    bad = collisions([item.range for item in located if item.range is not None])
    problem = "the byte range overlaps that of another signature"
    return [
        replace(item, problems=(*item.problems, problem)) if item.range is not None and item.range in bad else item
        for item in located
    ]


def _timestamps(located: list[Located], store: SecurityStore) -> list[tuple[Located, Timestamp]]:
    return [(item, document_timestamp(item, located, store)) for item in located if item.is_time_stamp]


def _signatures(
    located: list[Located], stamps: list[tuple[Located, Timestamp]], store: SecurityStore
) -> list[SignatureObject]:
    found: list[SignatureObject] = []
    for number, item in enumerate((i for i in located if not i.is_time_stamp), 1):
        over = tuple(stamp for place, stamp in stamps if _is_over(place, item))
        found += signatures_of(item, number, store, over)
    return found


def _is_over(stamp: Located, signature: Located) -> bool:
    """Whether a document time-stamp came after a signature, and so covers it."""
    return stamp.range is not None and signature.range is not None and signature.range.end <= stamp.range.before
