"""What changed in the form of a PDF after signing: filled fields, new signatures, and what may not be (§12.7, §12.8.2).

Owns the rules for AcroForm and its fields. A signed field stays as it is; an unsigned one may be signed, another
filled; only signature fields may be added. Attacks that replace a signed value, hide a field or redraw it end here.
"""

from collections.abc import Iterator
from enum import Enum

from keys.validation.formats.pdf.comparison import Change, Comparison, align
from keys.validation.formats.pdf.fields import MAX_FIELDS, Permission, join_names, text
from keys.validation.formats.pdf.values import Ref, Unreadable, Value

_FORM_FREE = frozenset({"Fields", "SigFlags"})
_DRAWN_WITH = ("NeedAppearances", "DR", "DA", "Q")
"""What fields are drawn with when their appearance is made anew."""
_ALWAYS = frozenset({"Ff", "Type"})
_FILLING = _ALWAYS | frozenset({"V", "AP", "AS", "F", "DA", "Q", "RV", "I", "TI", "M"})
_SIGNING = _ALWAYS | frozenset({"V", "AP", "AS", "F", "DA", "M", "MK", "P"})
_DRAWING = frozenset({"Subtype", "Rect", "H", "BS", "Border"})
"""Entries that make a widget of a signature field that had none."""
_NUMBERS = frozenset({"Ff", "F", "Q", "TI"})
_TIME_STAMP = "ETSI.RFC3161"
_HIDDEN = 0b10


class _Mode(Enum):
    """What happens to a field, and so which of its entries may change."""

    FIXED = _ALWAYS
    """A signature field that is signed, or is not and stays so."""
    SIGNED_NOW = _SIGNING
    FILLED = _FILLING


class FormComparison:
    """The form's part of a comparison; adds to its changes."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.old, self.new = comparison.old, comparison.new
        self.before = self.old.dictionary(self.old.catalog.get("AcroForm"))
        self.after = self.new.dictionary(self.new.catalog.get("AcroForm"))

    def known(self) -> Iterator[Ref]:
        """Every field and widget of the older form: those that are judged here."""
        stack = list(self.old.array(self.before.get("Fields")))
        seen: set[Ref] = set()
        while stack:
            item = stack.pop()
            if isinstance(item, Ref):
                if item in seen:
                    continue
                seen.add(item)
                yield item
            if len(seen) > MAX_FIELDS:
                raise Unreadable("the form has too many fields")
            stack += self.old.array(self.old.dictionary(item).get("Kids"))

    def run(self) -> None:
        """Compare the two forms."""
        self._drawing()
        for key in sorted((self.before.keys() | self.after.keys()) - _FORM_FREE - {*_DRAWN_WITH}):
            self.comparison.same(self.before.get(key), self.after.get(key), ((None, "AcroForm"), key), "the form")
        fields = self.old.array(self.before.get("Fields")), self.new.array(self.after.get("Fields"))
        self._fields(*fields, _Above("", None, None, 0))

    def _drawing(self) -> None:
        """A field redrawn with another font shows another value; resources may be added, a font not be replaced."""
        simple = any(key in self.before and not self._same(key, self.before, self.after) for key in ("DA", "Q"))
        anew = not self._same("NeedAppearances", self.before, self.after)
        if simple or anew or self._resources_replaced():
            text_ = "how the form's fields are drawn was changed after signing"
            self.comparison.changes.append(Change(Permission.FORM_FILLING, text_, content=True))

    def _resources_replaced(self) -> bool:
        """Whether a named resource of the form (§7.8.3) is not what it was; new names are additions."""
        after = self.new.dictionary(self.after.get("DR"))
        for category, value in self.old.dictionary(self.before.get("DR")).items():
            before, now = self.old.resolve(value), self.new.resolve(after.get(category))
            if isinstance(before, dict) and isinstance(now, dict):
                if any(self.comparison.sameness.difference(before[name], now.get(name)) is not None for name in before):
                    return True
            elif self.comparison.sameness.difference(before, now) is not None:
                return True
        return False

    def _fields(self, old: list[Value], new: list[Value], above: "_Above") -> None:
        if above.depth > 30:
            raise Unreadable("form fields nest too deeply")
        pairs, added, removed = align(old, new)
        for one, other in pairs:
            self._field(one, other, above)
        for item in added:
            self._added(item, above)
        if removed:
            self.comparison.forbid("a form field was removed after signing")

    def _field(self, one: Value, other: Value, above: "_Above") -> None:
        before, after = self.old.resolve(one), self.new.resolve(other)
        if not isinstance(before, dict) or not isinstance(after, dict):
            # By value: under its reference the field counts as judged here, and would be left alone.
            self.comparison.same(before, after, (None, "Fields"), "a form field")
            return
        name = join_names(above.name, text(self.old.resolve(before.get("T"))))
        kind = self.old.resolve(before.get("FT")) or above.kind
        mode = self._mode(before, after, kind, above)
        changed = {key for key in before.keys() | after.keys() if key != "Kids" and not self._same(key, before, after)}
        for key in sorted(changed):
            self._judge(name, key, mode, before, after)
        if mode is _Mode.SIGNED_NOW:
            self._show(other)
            if "T" in before:
                self._note_signature(name, after, name)
        elif mode is _Mode.FILLED and changed - _ALWAYS:
            text_ = f"the form field {name!r} was filled after signing"
            self.comparison.changes.append(Change(Permission.FORM_FILLING, text_, name, content=True))
        kids = self.old.array(before.get("Kids")), self.new.array(after.get("Kids"))
        self._fields(*kids, _Above(name, kind, mode, above.depth + 1))

    def _mode(self, before: dict[str, Value], after: dict[str, Value], kind: Value, above: "_Above") -> _Mode:
        if "T" not in before and above.mode is not None:
            return above.mode
        if kind != "Sig":
            return _Mode.FILLED
        signed_now = self.old.resolve(before.get("V")) is None and bool(self.new.dictionary(after.get("V")))
        return _Mode.SIGNED_NOW if signed_now else _Mode.FIXED

    def _same(self, key: str, before: dict[str, Value], after: dict[str, Value]) -> bool:
        one, other = before.get(key), after.get(key)
        if key in {"Parent", "P"}:
            return one == other
        return self.comparison.sameness.difference(one, other) is None

    def _judge(self, name: str, key: str, mode: _Mode, before: dict[str, Value], after: dict[str, Value]) -> None:
        value = self.new.resolve(after.get(key))
        # A number that becomes something else could mean something else where the same object has another role.
        fits = value is None or key not in _NUMBERS or isinstance(value, int)
        drawn = mode is _Mode.SIGNED_NOW and key in _DRAWING and "Rect" not in before
        if not (drawn or key in mode.value) or not fits or (key == "P" and "P" in before):
            self.comparison.forbid(f"{key} of the form field {name!r} was changed after signing")

    def _note_signature(self, name: str, field: dict[str, Value], locked: str | None) -> None:
        value = self.new.dictionary(field.get("V"))
        widgets = [field, *(self.new.dictionary(kid) for kid in self.new.array(field.get("Kids")))]
        visible = any(self._is_visible(widget) for widget in widgets)
        stamp = self.new.name(value.get("SubFilter")) == _TIME_STAMP
        what = "a document time-stamp" if stamp else "a signature" if value else "an empty signature field"
        # A time-stamp that draws something is more than a time-stamp: it could cover what was signed.
        needs = Permission.VALIDATION_DATA if stamp and not visible else Permission.FORM_FILLING
        field_ = None if stamp else locked
        self.comparison.changes.append(Change(needs, f"{what} was added ({name!r})", field_, drawn=visible))

    def _is_visible(self, widget: dict[str, Value]) -> bool:
        box = [self.new.resolve(number) for number in self.new.array(widget.get("Rect"))]
        numbers = [number for number in box if isinstance(number, int | float)]
        if len(numbers) != 4 or numbers[0] == numbers[2] or numbers[1] == numbers[3]:
            return False
        flags = self.new.resolve(widget.get("F"))
        hidden = isinstance(flags, int) and bool(flags & _HIDDEN)
        return bool(self.new.dictionary(widget.get("AP"))) and not hidden

    def _added(self, item: Value, above: "_Above") -> None:
        field = self.new.dictionary(item)
        kind = self.new.resolve(field.get("FT")) or above.kind
        name = join_names(above.name, text(self.new.resolve(field.get("T"))))
        kids = self.new.array(field.get("Kids"))
        if above.mode is _Mode.SIGNED_NOW and "T" not in field:
            self._show(item)
        elif kind == "Sig" and above.mode is None:
            self._show(item, *kids)
            self._note_signature(name, field, None)
        elif kids and kind is None and above.depth < 30:
            for kid in kids:
                self._added(kid, _Above(name, kind, None, above.depth + 1))
        else:
            self.comparison.forbid(f"the form field {name!r} was added after signing")

    def _show(self, *widgets: Value) -> None:
        self.comparison.signature_widgets |= {widget for widget in widgets if isinstance(widget, Ref)}


class _Above:
    """What a field inherits: name, type, and what happens to the field above if it is one."""

    def __init__(self, name: str, kind: Value, mode: _Mode | None, depth: int) -> None:
        self.name, self.kind, self.mode, self.depth = name, kind, mode, depth
