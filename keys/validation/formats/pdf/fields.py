"""The signature fields of a PDF form, and what each signature permits afterwards (ISO 32000-2 §12.7, §12.8.2).

Owns finding signature dictionaries and reading DocMDP, FieldMDP and field locks. Whether what came later keeps to
them is ``changes``; the signature value is judged by its neighbours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum

from keys.validation.formats.pdf.document import Revision
from keys.validation.formats.pdf.values import Ref, Unreadable, Value

MAX_FIELDS = 20_000
_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?")


class Permission(IntEnum):
    """What a later change to the document needs to be allowed (§12.8.2.2, table 257)."""

    VALIDATION_DATA = 1
    """Document security store and document time-stamps: always."""
    FORM_FILLING = 2
    """Filling forms and signing: unless all changes are forbidden."""
    ANNOTATIONS = 3
    """Annotating: only where explicitly allowed."""
    NOTHING = 4
    """Never allowed after signing."""


@dataclass(frozen=True)
class Lock:
    """Which fields may no longer change (FieldMDP transform, or the field's Lock dictionary)."""

    action: str
    """``All``, ``Include`` or ``Exclude``."""
    fields: frozenset[str]

    def holds(self, name: str) -> bool:
        """Whether the field of this name, or one above it, is locked."""
        named = any(name == field or name.startswith(field + ".") for field in self.fields)
        match self.action:
            case "All":
                return True
            case "Include":
                return named
            case "Exclude":
                return not named
        return True


@dataclass(frozen=True)
class SignatureField:
    """A signature field that is signed."""

    name: str
    dictionary: dict[str, Value]
    """The signature dictionary (the field's value)."""
    value: Ref | None
    span: tuple[int, int]
    """Where the object that contains the dictionary begins and ends in the file."""
    permission: Permission
    locks: tuple[Lock, ...]

    @property
    def sub_filter(self) -> str:
        """How the signature value is encoded (§12.8.3.1)."""
        return str(self.dictionary.get("SubFilter") or "")


def signature_fields(revision: Revision) -> list[SignatureField]:
    """Every signed signature field, each signature dictionary once. Unreadable if the form cannot be walked."""
    form = revision.dictionary(revision.catalog.get("AcroForm"))
    found: dict[object, SignatureField] = {}
    for name, ref, field in walk_fields(revision, revision.array(form.get("Fields"))):
        value = field.get("V")
        if field.get("FT") != "Sig" or value is None:
            continue
        dictionary = _dictionary(revision, value)
        if dictionary is None:
            continue
        target = value if isinstance(value, Ref) else ref
        if target is not None and target not in found:
            found[target] = _signature_field(revision, name, field, dictionary, target, value)
    return list(found.values())


def walk_fields(revision: Revision, fields: list[Value]) -> Iterator[tuple[str, Ref | None, dict[str, Value]]]:
    """The terminal fields below ``fields``: full name, reference, dictionary with inherited FT and V (§12.7.4)."""
    stack: list[tuple[Value, str, dict[str, Value]]] = [(item, "", {}) for item in reversed(fields)]
    seen: set[Ref] = set()
    while stack:
        item, prefix, inherited = stack.pop()
        if isinstance(item, Ref):
            if item in seen:
                continue
            seen.add(item)
        if len(seen) + len(stack) > MAX_FIELDS:
            raise Unreadable("the form has too many fields")
        field = revision.dictionary(item)
        name = join_names(prefix, text(revision.resolve(field.get("T"))))
        merged = {key: field.get(key, inherited.get(key)) for key in ("FT", "V")} | {
            key: value for key, value in field.items() if key not in {"FT", "V"}
        }
        merged["FT"] = revision.resolve(merged["FT"])
        kids = revision.array(field.get("Kids"))
        if any("T" in revision.dictionary(kid) for kid in kids):
            stack += [(kid, name, merged) for kid in reversed(kids)]
        else:
            yield name, item if isinstance(item, Ref) else None, merged


def join_names(prefix: str, name: str) -> str:
    """A fully qualified field name (§12.7.4.2)."""
    return f"{prefix}.{name}" if prefix and name else prefix or name


def text(value: Value) -> str:
    """A text string in PDFDocEncoding (read as Latin-1), UTF-16 or UTF-8 (§7.9.2.2); empty for anything else."""
    if not isinstance(value, bytes):
        return ""
    if value.startswith(b"\xfe\xff"):
        return value[2:].decode("utf-16-be", "replace")
    if value.startswith(b"\xef\xbb\xbf"):
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1")


def date(value: Value) -> datetime | None:
    """A PDF date (§7.9.4) in UTC; None for what is not one."""
    found = _DATE.match(text(value))
    if found is None:
        return None
    numbers = [
        int(part) if part else default for part, default in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    ]
    sign, hours, minutes = found[8], int(found[9] or 0), int(found[10] or 0)
    try:
        zone = timezone((-1 if sign == "-" else 1) * timedelta(hours=hours, minutes=minutes))
        return datetime(*numbers, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type, misc]
    except (ValueError, OverflowError):
        return None


def _dictionary(revision: Revision, value: Value) -> dict[str, Value] | None:
    """The signature dictionary; an empty one where it cannot be read, so that it is reported; None for null."""
    try:
        found = revision.resolve(value)
    except Unreadable:
        return {}
    return None if found is None else found if isinstance(found, dict) else {}


def _signature_field(
    revision: Revision, name: str, field: dict[str, Value], dictionary: dict[str, Value], target: Ref, value: Value
) -> SignatureField:
    location = revision.location(target)
    span = (-1, -1)
    if isinstance(location, int) and dictionary:
        span = (location, revision.document.load(location, target)[1])
    permission, locks = _restrictions(revision, field, dictionary)
    return SignatureField(name, dictionary, value if isinstance(value, Ref) else None, span, permission, locks)


def _restrictions(
    revision: Revision, field: dict[str, Value], dictionary: dict[str, Value]
) -> tuple[Permission, tuple[Lock, ...]]:
    """What this signature allows later: its transforms and its field's Lock, the strictest of them."""
    levels = [Permission.ANNOTATIONS]
    explicit = False
    locks = []
    for item in revision.array(dictionary.get("Reference")):
        reference = revision.dictionary(item)
        parameters = revision.dictionary(reference.get("TransformParams"))
        method = revision.name(reference.get("TransformMethod"))
        if method == "DocMDP":
            explicit = True
            levels.append(_level(revision.resolve(parameters.get("P", 2))))
        elif method == "FieldMDP":
            locks.append(_lock(revision, parameters))
    lock = revision.dictionary(field.get("Lock"))
    if lock:
        locks.append(_lock(revision, lock))
        if "P" in lock:
            explicit = True
            levels.append(_level(revision.resolve(lock["P"])))
    # Without a word about it a signature still forbids what its signer did not see; forms may be filled.
    return min(levels) if explicit else Permission.FORM_FILLING, tuple(locks)


def _level(value: Value) -> Permission:
    return Permission(value) if isinstance(value, int) and value in {1, 2, 3} else Permission.VALIDATION_DATA


def _lock(revision: Revision, parameters: dict[str, Value]) -> Lock:
    names = frozenset(text(revision.resolve(item)) for item in revision.array(parameters.get("Fields")))
    return Lock(revision.name(parameters.get("Action")) or "All", names)
