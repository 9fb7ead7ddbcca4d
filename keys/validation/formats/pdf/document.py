"""A PDF file and its revisions: which object had which value when (ISO 32000-2 §7.5.6).

Owns access through the library's tokenizer and cross-reference reader, with every failure of theirs turned into
``Unreadable``. A revision is a view: objects that did not change are read once for all of them. What may change
between revisions is ``changes``.
"""

import io
import re
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader

from keys.validation.formats.pdf.values import Name, Ref, Stream, Unreadable, Value, convert

_MIB = 1024 * 1024
_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=64 * _MIB),
    document_budget=DocumentDecodeBudget(base_allowance=96 * _MIB, max_ratio=4),
)
_OBJECT = re.compile(rb"\s*(\d{1,10})\s+(\d{1,5})\s+obj")
_END = re.compile(rb"startxref\s+(\d{1,12})\s*%%EOF$")
_ENCRYPTED = generic.TextStringObject | generic.ByteStringObject | generic.DictionaryObject | generic.ArrayObject
_WHITESPACE = b"\0\t\n\f\r "
_Result = TypeVar("_Result")

Location = int | tuple[int, int]
"""Where an object's bytes stand: an offset in the file, or (offset of an object stream, index in it)."""


class PasswordRequired(Unreadable):
    """The file is encrypted and opens with no empty password."""


class _Reader(PdfFileReader):
    """The library's reader, for which ``/Encrypt null`` means what it says (ISO 32000-2 §7.3.9: as if absent)."""

    @property
    def encrypt_dict(self) -> generic.DictionaryObject | None:
        try:
            entry = self.trailer.raw_get("/Encrypt")
        except KeyError:
            return None
        if isinstance(entry, generic.NullObject):
            return None
        return super().encrypt_dict


class Document:
    """An opened file. Unreadable if its structure cannot be followed, PasswordRequired if it is locked."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._objects: dict[Location, tuple[Value, int]] = {}
        self._containers: dict[int, tuple[bytes, list[tuple[int, int]]]] = {}
        self._reader = guarded(lambda: _Reader(io.BytesIO(data), strict=False, decode_limits=_LIMITS))
        self.encrypted = guarded(lambda: self._reader.encrypted)
        if self.encrypted:
            self._unlock()

    @cached_property
    def last(self) -> "Revision":
        """The file as it stands."""
        return Revision(self, self._reader.xrefs.total_revisions - 1, len(self.data))

    @cached_property
    def ends_properly(self) -> bool:
        """Whether nothing but white space follows the end mark of the last revision.

        What stands there belongs to no revision, yet readers that look for the end of a damaged file would find it.
        """
        found = _END.search(self.data[-1100:].rstrip(_WHITESPACE))
        return found is not None and int(found[1]) == self._reader.last_startxref

    def revision_at(self, end: int) -> "Revision | None":
        """The revision whose cross-reference section is named just before offset ``end``.

        None where no end of file stands there, where the section is not one of this file's chain, or where the chain
        up to it reaches beyond ``end``: then what was signed is not what readers of the file would see.
        """
        tail = self.data[max(0, end - 1100) : end].rstrip(_WHITESPACE)
        found = _END.search(tail)
        if found is None:
            return None
        wanted = int(found[1])
        sections = [self._reader.xrefs.get_xref_container_info(i) for i in range(self.last.index + 1)]
        for index, section in reversed(list(enumerate(sections))):
            if wanted in {section.declared_startxref, section.start_location}:
                inside = all(earlier.end_location <= end for earlier in sections[: index + 1])
                return Revision(self, index, end) if inside else None
        return None

    def all_revisions(self) -> "list[Revision]":
        """Every revision, the oldest first."""
        return [Revision(self, index, len(self.data)) for index in range(self.last.index + 1)]

    def locate(self, ref: Ref, revision: int) -> Location | None:
        """Where the object stood in a revision; None if it did not exist or was free."""
        found = guarded(
            lambda: self._reader.xrefs.get_historical_ref(generic.Reference(ref.number, ref.generation), revision)
        )
        if found is None or isinstance(found, int):
            return found
        container = self.locate(Ref(found.obj_stream_id, 0), revision)
        return (container, found.ix_in_stream) if isinstance(container, int) else None

    def trailer(self, revision: int) -> dict[str, Value]:
        """The trailer dictionary as of a revision."""
        value = guarded(lambda: convert(self._reader.trailer.flatten(revision)))
        return value if isinstance(value, dict) else {}

    def load(self, location: Location, ref: Ref) -> tuple[Value, int]:
        """The object at a location, and the offset where it ends (-1 inside an object stream)."""
        if location not in self._objects:
            if isinstance(location, int):
                self._objects[location] = guarded(lambda: self._plain(location, ref))
            else:
                self._objects[location] = guarded(lambda: self._packed(location, ref))
        return self._objects[location]

    def _unlock(self) -> None:
        def authenticate() -> bool:
            return self._reader.decrypt("").status is not AuthStatus.FAILED

        try:
            opened = guarded(authenticate)
        except Unreadable as error:
            raise PasswordRequired(str(error)) from error
        if not opened:
            raise PasswordRequired("the file is encrypted and needs a password")

    def _plain(self, offset: int, ref: Ref) -> tuple[Value, int]:
        source, end = self._read_at(offset, ref)
        return convert(source), end

    def _read_at(self, offset: int, ref: Ref) -> tuple[object, int]:
        header = _OBJECT.match(self.data, offset)
        if header is None or (int(header[1]), int(header[2])) != ref:
            raise Unreadable(f"object {ref.number} {ref.generation} is not where the cross-reference table says")
        stream = self._reader.stream
        stream.seek(header.end() + _skip(self.data, header.end()))
        container = generic.Reference(ref.number, ref.generation, self._reader)
        source = generic.read_object(stream, container)
        end = stream.tell()
        if self.encrypted and isinstance(source, _ENCRYPTED):
            return generic.DecryptedObjectProxy(source, self._reader.security_handler), end
        return source, end

    def _packed(self, location: tuple[int, int], ref: Ref) -> tuple[Value, int]:
        offset, index = location
        content, entries = self._container(offset)
        candidates = [entries[index]] if 0 <= index < len(entries) else []
        start = next((at for number, at in (*candidates, *entries) if number == ref.number), None)
        if start is None:
            return None, -1
        reference = generic.Reference(ref.number, 0, self._reader)
        body = io.BytesIO(content)
        body.seek(start + _skip(content, start))
        return convert(generic.read_object(body, reference)), -1

    def _container(self, offset: int) -> tuple[bytes, list[tuple[int, int]]]:
        """An object stream's decoded content and its table of (object number, offset) (§7.5.7)."""
        if offset not in self._containers:
            header = _OBJECT.match(self.data, offset)
            if header is None:
                raise Unreadable("an object stream is not where the cross-reference table says")
            value, _ = self.load(offset, Ref(int(header[1]), int(header[2])))
            if not isinstance(value, Stream) or value.dictionary.get("Type") != "ObjStm":
                raise Unreadable("an object stream is not one")
            count, first = value.dictionary.get("N"), value.dictionary.get("First")
            if not isinstance(count, int) or not isinstance(first, int) or count < 0 or first < 0:
                raise Unreadable("an object stream without its table")
            content = value.decode()
            numbers = [int(number) for number in content[:first].split()[: 2 * count]]
            pairs = zip(numbers[::2], numbers[1::2], strict=False)
            self._containers[offset] = content, [(number, first + at) for number, at in pairs]
        return self._containers[offset]


class Revision:
    """The file as it stood after one cross-reference section; ``limit`` is where its bytes end."""

    def __init__(self, document: Document, index: int, limit: int) -> None:
        self.document, self.index, self.limit = document, index, limit

    @cached_property
    def trailer(self) -> dict[str, Value]:
        """The trailer dictionary."""
        return self.document.trailer(self.index)

    @cached_property
    def catalog(self) -> dict[str, Value]:
        """The document catalog; Unreadable if there is none."""
        value = self.resolve(self.trailer.get("Root"))
        if not isinstance(value, dict):
            raise Unreadable("the file has no document catalog")
        return value

    def location(self, ref: Ref) -> Location | None:
        """Where the object stands; Unreadable if that lies beyond the bytes of this revision."""
        found = self.document.locate(ref, self.index)
        start = found[0] if isinstance(found, tuple) else found
        if start is not None and start >= self.limit:
            raise Unreadable("an object of the revision stands after the revision's end")
        return found

    def get(self, ref: Ref) -> Value:
        """The value of an indirect object; None (null) if there is none."""
        found = self.location(ref)
        return None if found is None else self.document.load(found, ref)[0]

    def resolve(self, value: Value) -> Value:
        """The value, references followed."""
        for _ in range(20):
            if not isinstance(value, Ref):
                return value
            value = self.get(value)
        raise Unreadable("references that lead nowhere")

    def dictionary(self, value: Value) -> dict[str, Value]:
        """The dictionary that the value is or refers to; an empty one for anything else."""
        found = self.resolve(value)
        return found if isinstance(found, dict) else {}

    def array(self, value: Value) -> list[Value]:
        """The array that the value is or refers to; an empty one for anything else."""
        found = self.resolve(value)
        return found if isinstance(found, list) else []

    def name(self, value: Value) -> str | None:
        """The name that the value is or refers to."""
        found = self.resolve(value)
        return str(found) if isinstance(found, Name) else None


def guarded(read: Callable[[], _Result]) -> _Result:
    """What ``read`` gives, every failure of the library being Unreadable.

    The library raises whatever its containers raise on malformed input (KeyError, AssertionError, struct.error …),
    so nothing narrower than Exception holds.
    """
    try:
        return read()
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error


def _skip(data: bytes, position: int) -> int:
    end = position
    while end < len(data) and data[end] in _WHITESPACE:
        end += 1
    return end - position
