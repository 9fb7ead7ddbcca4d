"""Are two values of a PDF the same, all they refer to included? (ISO 32000-2 §7.3, §7.5.6)

Owns the strict comparison of one revision with another: objects that stand at the same place in the file are the same
bytes, and only what they refer to is followed. Which differences may be is ``changes``.
"""

from collections.abc import Iterator

from keys.validation.formats.pdf.document import Location, Revision
from keys.validation.formats.pdf.values import Ref, Stream, Unreadable, Value

MAX_OBJECTS = 1_000_000
"""How many objects one comparison may visit."""

REAL_TOLERANCE = 0.001
"""How far two reals may differ and still be the same: in points, far below what can be seen."""

Path = tuple["Path", object] | None
"""Where in the document a value was met: the way there, and the last key."""


class Sameness:
    """Compares values of an older revision with values of a newer one.

    ``judged`` are objects that somebody else compares by rules of their own: reached under the same reference on both
    sides they are left alone.
    """

    def __init__(self, old: Revision, new: Revision, judged: set[Ref]) -> None:
        self.old, self.new, self.judged = old, new, judged
        self._same: set[tuple[Ref, Ref]] = set()
        self._references: dict[Location, tuple[Ref, ...]] = {}

    def difference(self, old: Value, new: Value, path: Path = None) -> str | None:
        """The place of the first difference between two values, or None if they are the same throughout."""
        stack: list[tuple[Value, Value, Path]] = [(old, new, path)]
        seen: set[tuple[Ref, Ref]] = set()
        while stack:
            one, other, where = stack.pop()
            if isinstance(one, Ref) and isinstance(other, Ref):
                step = self._step(one, other, where, seen)
                if step is not None:
                    stack += step
                    continue
            if not self._equal(self.old.resolve(one), self.new.resolve(other), where, stack):
                return spell(where)
        # Only now is everything met known to be the same; what a failed comparison met is not.
        self._same |= seen
        return None

    def _step(
        self, one: Ref, other: Ref, where: Path, seen: set[tuple[Ref, Ref]]
    ) -> list[tuple[Value, Value, Path]] | None:
        """What is left to compare of two references; None if their values must be looked at."""
        pair = (one, other)
        if (one == other and one in self.judged) or pair in self._same or pair in seen:
            return []
        seen.add(pair)
        if len(self._same) + len(seen) > MAX_OBJECTS:
            raise Unreadable("the document has too many objects to compare")
        place = self.old.location(one)
        if one != other or place is None or place != self.new.location(other):
            return None
        return [(ref, ref, (where, ref.number)) for ref in self._within(place, one)]

    def _within(self, place: Location, ref: Ref) -> tuple[Ref, ...]:
        if place not in self._references:
            self._references[place] = tuple(dict.fromkeys(_references(self.old.get(ref))))
        return self._references[place]

    def _equal(self, one: Value, other: Value, where: Path, stack: list[tuple[Value, Value, Path]]) -> bool:
        """Whether two resolved values are equal on this level; what lies below is put on the stack."""
        if isinstance(one, Stream) and isinstance(other, Stream):
            if one.fingerprint != other.fingerprint:
                return False
            one, other = _without_length(one), _without_length(other)
        if isinstance(one, dict) and isinstance(other, dict):
            # An entry whose value is null is as good as absent (§7.3.9).
            keys = one.keys() | other.keys()
            stack += [(one.get(key), other.get(key), (where, key)) for key in keys]
            return True
        if isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            stack += [(a, b, (where, i)) for i, (a, b) in enumerate(zip(one, other, strict=True))]
            return True
        return _same_scalar(one, other)


def _same_scalar(one: Value, other: Value) -> bool:
    if type(one) is type(other) and one == other:
        return True
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    if not numbers or isinstance(one, bool) or isinstance(other, bool):
        return False
    # 612 and 612.0 are one number, and so is what a writer rounded when it wrote the object anew.
    return (isinstance(one, float) or isinstance(other, float)) and abs(one - other) < REAL_TOLERANCE  # type: ignore[operator]


def spell(path: Path) -> str:
    """The way to a value, in words: ``Root.Pages.Kids.0.Contents``."""
    parts: list[str] = []
    while path is not None:
        path, key = path
        parts.append(str(key))
    return ".".join(reversed(parts[:12]))


def _without_length(stream: Stream) -> dict[str, Value]:
    # Length may be given directly or by reference; the data itself has been compared.
    return {key: value for key, value in stream.dictionary.items() if key != "Length"}


def _references(value: Value) -> Iterator[Ref]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Ref):
            yield item
        elif isinstance(item, Stream):
            stack.append(item.dictionary)
        elif isinstance(item, dict):
            stack += item.values()
        elif isinstance(item, list):
            stack += item
