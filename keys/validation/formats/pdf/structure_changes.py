"""What changed in the logical structure of a tagged PDF after signing (ISO 32000-2 §14.7).

Owns one rule: the structure may grow by elements for what was added (a signature's widget), and nothing that was there
may change. It is not seen on the page but read aloud, so it must not say something else than what was signed.
"""

from keys.validation.formats.pdf.comparison import Comparison, align
from keys.validation.formats.pdf.values import Ref, Value

_FREE = frozenset({"ParentTreeNextKey", "Limits"})


def compare_structure(comparison: Comparison, old: Value, new: Value) -> None:
    """Note a forbidden change unless ``new`` is ``old`` with additions."""
    if old is None and new is None:
        return
    place = _difference(comparison, old, new)
    if place is not None:
        comparison.forbid(f"the logical structure was changed after signing (at {place})")


def _difference(comparison: Comparison, old: Value, new: Value) -> str | None:
    stack: list[tuple[Value, Value, str]] = [(old, new, "StructTreeRoot")]
    seen: set[Ref] = set()
    while stack:
        one, other, where = stack.pop()
        if isinstance(one, Ref) and one == other:
            if one in seen or (one in comparison.judged and one != old):
                continue
            seen.add(one)
        before, after = comparison.old.resolve(one), comparison.new.resolve(other)
        if before is None and where != "StructTreeRoot":
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            stack += [(before[k], after.get(k), f"{where}.{k}") for k in before if k not in _FREE]
        elif isinstance(after, list):
            pairs, _, removed = align(before if isinstance(before, list) else [one], after)
            if removed:
                return where
            stack += [(a, b, where) for a, b in pairs]
        elif comparison.sameness.difference(before, after) is not None:
            return where
    return None
