"""What changed on the pages of a PDF after signing (ISO 32000-2 §7.7.3, §12.5).

Owns the page tree, page content and annotations. Content and resources never change; the one thing that a page may gain
is the widget of a signature, and a comment where the signature allows comments.
"""

from collections.abc import Iterator

from keys.validation.formats.pdf.comparison import Change, Comparison, align
from keys.validation.formats.pdf.document import Revision
from keys.validation.formats.pdf.fields import Permission
from keys.validation.formats.pdf.sameness import Path
from keys.validation.formats.pdf.values import Ref, Unreadable, Value

MAX_PAGES = 200_000
_FREE = frozenset({"Annots", "Parent", "LastModified", "PieceInfo", "Tabs", "StructParents"})
_MARKUP = frozenset({"Highlight", "Underline", "Squiggly", "StrikeOut", "Caret", "Stamp", "Ink", "Popup"})
_DRAWN = frozenset({"Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine"})

Page = tuple[Ref | None, dict[str, Value]]


def pages(revision: Revision) -> Iterator[Page]:
    """Every node of the page tree in order, the intermediate ones included; Unreadable if it is no such tree."""
    stack: list[Value] = [revision.catalog.get("Pages")]
    seen: set[Ref] = set()
    while stack:
        item = stack.pop()
        if isinstance(item, Ref):
            if item in seen:
                raise Unreadable("the page tree has a loop")
            seen.add(item)
        if len(seen) > MAX_PAGES:
            raise Unreadable("the document has too many pages")
        node = revision.resolve(item)
        if not isinstance(node, dict):
            raise Unreadable("the page tree holds something else than pages")
        yield (item if isinstance(item, Ref) else None), node
        stack += reversed(revision.array(node.get("Kids")))


class PageComparison:
    """The pages' part of a comparison; adds to its changes."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.old, self.new = comparison.old, comparison.new
        self.before = list(pages(self.old))

    def known(self) -> Iterator[Ref]:
        """Every node of the older page tree: those that are judged here."""
        yield from (ref for ref, _ in self.before if ref is not None)

    def run(self) -> None:
        """Compare page by page."""
        after = list(pages(self.new))
        if len(self.before) != len(after):
            self.comparison.forbid("pages were added or removed after signing")
            return
        for number, ((_, one), (_, other)) in enumerate(zip(self.before, after, strict=True), 1):
            self._node(number, one, other)

    def _node(self, number: int, old: dict[str, Value], new: dict[str, Value]) -> None:
        path: Path = (None, f"page node {number}")
        # Attributes are inherited through Parent, so it may not point to another node of the same shape.
        if old.get("Parent") != new.get("Parent"):
            self.comparison.forbid("a page was moved after signing")
        inner = {"Kids"} if "Kids" in old and "Kids" in new else set()
        for key in sorted((old.keys() | new.keys()) - _FREE - inner):
            self.comparison.same(old.get(key), new.get(key), (path, key), "page content")
        self._annotations(old.get("Annots"), new.get("Annots"), path)

    def _annotations(self, old: Value, new: Value, path: Path) -> None:
        before = self.old.array(old)
        pairs, added, removed = align(before, self.new.array(new))
        for one, other in pairs:
            self._annotation(one, other, path)
        for item in removed:
            self._comment(self.old.dictionary(item), "removed")
        for item in added:
            known = isinstance(item, Ref) and (item in self.comparison.signature_widgets or item in before)
            if not known:
                self._comment(self.new.dictionary(item), "added")

    def _annotation(self, old: Value, new: Value, path: Path) -> None:
        if isinstance(old, Ref) and old in self.comparison.judged:
            return
        if self.comparison.sameness.difference(old, new, (path, "Annots")) is None:
            return
        before, after = self.old.dictionary(old), self.new.dictionary(new)
        for key in ("A", "AA", "Subtype"):
            self.comparison.same(before.get(key), after.get(key), (None, key), "an annotation's action")
        self._comment(after, "changed")

    def _comment(self, annotation: dict[str, Value], act: str) -> None:
        """Comments need leave to annotate; links, forms, media and whatever acts by itself are never changed."""
        subtype = str(annotation.get("Subtype"))
        needs = Permission.ANNOTATIONS if subtype in _MARKUP | _DRAWN else Permission.NOTHING
        text = f"an annotation ({subtype}) was {act} after signing"
        self.comparison.changes.append(Change(needs, text, content=True))
