"""Everything that changed in a PDF between a signed revision and the document as it stands.

Owns the order of the comparison and the rules for trailer and catalogue (ISO 32000-2 §7.5.5, §7.7.2, §12.8.2;
EN 319 142-1 §5.4). Each part is compared by the rules of its role, and whatever no rule names is forbidden. What a
signature's own permissions make of a change is decided by whoever asks.
"""

from keys.validation.formats.pdf.comparison import Change, Comparison
from keys.validation.formats.pdf.document import Revision
from keys.validation.formats.pdf.fields import Permission
from keys.validation.formats.pdf.form_changes import FormComparison
from keys.validation.formats.pdf.page_changes import PageComparison
from keys.validation.formats.pdf.structure_changes import compare_structure
from keys.validation.formats.pdf.values import Ref, Stream, Unreadable, Value

_TRAILER_FREE = frozenset({"Root", "Size", "Prev", "XRefStm", "ID", "Info", "DocChecksum", "AuthCode"})
_CATALOG_FREE = frozenset({"Type", "Version", "Extensions", "Metadata", "MarkInfo", "PieceInfo", "LastModified", "DSS"})
_ELSEWHERE = frozenset({"Pages", "AcroForm", "StructTreeRoot"})


def changes_between(old: Revision, new: Revision) -> list[Change]:
    """The changes from ``old`` to ``new``.

    Never raises: what cannot be read cannot be shown to be unchanged, and is a forbidden change.
    """
    comparison = Comparison(old, new)
    try:
        form, pages = FormComparison(comparison), PageComparison(comparison)
        comparison.judged.update(form.known(), pages.known(), _roots(old))
        form.run()
        pages.run()
        _trailer(comparison)
        _catalog(comparison)
    except Unreadable as error:
        comparison.forbid(f"the revisions cannot be compared: {error}")
    return comparison.changes


def _roots(old: Revision) -> set[Ref]:
    candidates = (old.trailer.get("Root"), old.catalog.get("AcroForm"), old.catalog.get("StructTreeRoot"))
    return {value for value in candidates if isinstance(value, Ref)}


def _trailer(comparison: Comparison) -> None:
    old, new = comparison.old.trailer, comparison.new.trailer
    _encryption(comparison, old.get("Encrypt"), new.get("Encrypt"))
    for key in sorted((old.keys() | new.keys()) - _TRAILER_FREE - {"Encrypt"}):
        if not _leads_nowhere(comparison, old.get(key), new.get(key)):
            comparison.same(old.get(key), new.get(key), (None, key), f"the trailer's {key}")


def _encryption(comparison: Comparison, old: Value, new: Value) -> None:
    """The encryption dictionary is compared by its place: it is the one object that is not itself encrypted."""
    moved = isinstance(old, Ref) and comparison.old.location(old) != comparison.new.location(old)
    if old != new or moved:
        comparison.forbid("the encryption was changed after signing")


def _leads_nowhere(comparison: Comparison, old: Value, new: Value) -> bool:
    """Whether a writer's private key referred to nothing when signed, and still refers to no content.

    Some writers copy such keys with a reference to an object that does not exist, whose number goes to another later.
    """
    before = [item for item in (old if isinstance(old, list) else [old]) if isinstance(item, Ref)]
    after = [item for item in (new if isinstance(new, list) else [new]) if isinstance(item, Ref)]
    nothing = bool(before) and all(comparison.old.location(ref) is None for ref in before)
    return nothing and not any(isinstance(comparison.new.get(ref), Stream) for ref in after)


def _catalog(comparison: Comparison) -> None:
    old, new = comparison.old.catalog, comparison.new.catalog
    for key in sorted((old.keys() | new.keys()) - _CATALOG_FREE - _ELSEWHERE):
        comparison.same(old.get(key), new.get(key), ((None, "Root"), key), f"the catalog's {key}")
    compare_structure(comparison, old.get("StructTreeRoot"), new.get("StructTreeRoot"))
    if comparison.sameness.difference(old.get("DSS"), new.get("DSS")) is not None:
        comparison.changes.append(Change(Permission.VALIDATION_DATA, "validation data was added"))
