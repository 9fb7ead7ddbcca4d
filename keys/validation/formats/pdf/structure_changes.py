"""What changed in the logical structure of a tagged PDF after signing (ISO 32000-2 §14.7).

Owns one rule: the structure may grow by elements for what was added (a signature's widget), and nothing that was there
may change. It is not seen on the page but read aloud, so it must not say something else than what was signed.
"""

from keys.validation.formats.pdf.comparison import Comparison
from keys.validation.formats.pdf.values import Value

_FREE = frozenset({"ParentTreeNextKey", "Limits"})
_SAID = frozenset({"ActualText", "Alt", "E", "T", "Lang", "S", "A", "C", "Pg", "ID"})
"""Entries that say what an element is and how it reads: one that had none may not get one."""


def compare_structure(comparison: Comparison, old: Value, new: Value) -> None:
    """Note a forbidden change unless ``new`` is ``old`` with additions; a structure where none was is not one."""
    if old is None and new is None:
        return
    place = comparison.loss(old, new, "StructTreeRoot", _FREE, _SAID) if old is not None else "StructTreeRoot"
    if place is not None:
        comparison.forbid(f"the logical structure was changed after signing (at {place})")
