"""The common ground of comparing a signed PDF revision with the document as it stands.

Owns what a change is, the two views, which objects are judged by rules of their own, and pairing of lists. The rules
themselves are ``changes`` (file and catalogue), ``page_changes``, ``form_changes`` and ``structure_changes``.
"""

from dataclasses import dataclass, field

from keys.validation.formats.pdf.document import Revision
from keys.validation.formats.pdf.fields import Permission
from keys.validation.formats.pdf.sameness import Path, Sameness
from keys.validation.formats.pdf.values import Ref, Value


@dataclass(frozen=True)
class Change:
    """One difference between the signed revision and the document as it stands."""

    needs: Permission
    text: str
    field: str | None = None
    """The form field that changed, for locks."""
    content: bool = False
    """Whether it adds to the content that a reader of the document sees."""
    drawn: bool = False
    """Whether it draws on the page without being content: a signature that can be seen."""


@dataclass
class Comparison:
    """Two views of one file, and the differences found so far."""

    old: Revision
    new: Revision
    changes: list[Change] = field(default_factory=list)
    judged: set[Ref] = field(default_factory=set)
    """Objects of the older view that are compared by the rules of their role, wherever else they are met."""
    signature_widgets: set[Ref] = field(default_factory=set)
    """Widgets of signatures that were added: a page may show them."""

    def __post_init__(self) -> None:
        self.sameness = Sameness(self.old, self.new, self.judged)

    def forbid(self, text: str) -> None:
        """Note a change that is never allowed."""
        self.changes.append(Change(Permission.NOTHING, text, content=True))

    def same(self, old: Value, new: Value, path: Path, what: str) -> None:
        """Note a forbidden change unless the two values are the same throughout."""
        place = self.sameness.difference(old, new, path)
        if place is not None:
            self.forbid(f"{what} was changed after signing (at {place})")

    def loss(self, old: Value, new: Value, name: str, free: frozenset[str], closed: frozenset[str]) -> str | None:
        """The place where ``new`` is not ``old`` with additions; None if nothing that was there changed.

        Lists may gain items anywhere, and dictionaries entries but those named in ``closed``; entries named in
        ``free`` may change.
        """
        stack: list[tuple[Value, Value, str]] = [(old, new, name)]
        seen: set[Ref] = set()
        while stack:
            one, other, where = stack.pop()
            if isinstance(one, Ref) and one == other:
                if one in seen or (one in self.judged and one != old):
                    continue
                seen.add(one)
            before, after = self.old.resolve(one), self.new.resolve(other)
            if before is None:
                continue
            if isinstance(before, dict) and isinstance(after, dict):
                if (after.keys() - before.keys()) & closed:
                    return where
                stack += [(before[key], after.get(key), f"{where}.{key}") for key in before if key not in free]
            elif isinstance(after, list):
                pairs, _, removed = align(before if isinstance(before, list) else [one], after)
                if removed:
                    return where
                stack += [(a, b, where) for a, b in pairs]
            elif self.sameness.difference(before, after) is not None:
                return where
        return None


def align(old: list[Value], new: list[Value]) -> tuple[list[tuple[Value, Value]], list[Value], list[Value]]:
    """Old items paired with the same ones in the new list, in order; then what was added, and what is gone.

    References are the same if they are equal; direct dictionaries are paired with direct dictionaries.
    """
    pairs: list[tuple[Value, Value]] = []
    added: list[Value] = []
    position = 0
    for item in new:
        if position < len(old) and _alike(old[position], item):
            pairs.append((old[position], item))
            position += 1
        else:
            added.append(item)
    return pairs, added, old[position:]


def _alike(old: Value, new: Value) -> bool:
    if isinstance(old, Ref) or isinstance(new, Ref):
        return old == new
    return isinstance(old, dict) == isinstance(new, dict) and (isinstance(old, dict) or old == new)
