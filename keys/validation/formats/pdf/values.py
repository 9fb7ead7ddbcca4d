"""PDF values as plain Python, apart from the library that read them (ISO 32000-2 §7.3).

Owns the small vocabulary in which the rules of this folder speak, and the conversion into it. Where an object stands
in the file, and in which revision, is ``document``.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Union

from pyhanko.pdf_utils import generic

MAX_DEPTH = 60
"""How deep arrays and dictionaries may nest within one object."""


class Unreadable(Exception):
    """The file, or an object of it, cannot be read as PDF; the message says why."""


class Name(str):
    """A name object, without its slash."""

    __slots__ = ()


class Ref(NamedTuple):
    """An indirect reference."""

    number: int
    generation: int


@dataclass(frozen=True, eq=False)
class Stream:
    """A stream: its dictionary, a digest of the data as stored, and a way to decode it."""

    dictionary: dict[str, "Value"]
    fingerprint: bytes
    decode: Callable[[], bytes]


Value = Union[None, bool, int, float, Name, bytes, Ref, Stream, list["Value"], dict[str, "Value"]]  # noqa: UP007


def convert(source: object, depth: int = 0) -> Value:
    """A value read by the library, as one of ours; Unreadable for what nests too deeply or is no PDF value."""
    if depth > MAX_DEPTH:
        raise Unreadable("arrays and dictionaries nest too deeply")
    if isinstance(source, generic.DecryptedObjectProxy):
        source = source.decrypted
    match source:
        case generic.NullObject():
            return None
        case generic.IndirectObject():
            return Ref(source.idnum, source.generation)
        case generic.StreamObject():
            return _stream(source, depth)
        case generic.DictionaryObject():
            return _dictionary(source, depth)
        case generic.ArrayObject():
            return [convert(source.raw_get(index), depth + 1) for index in range(len(source))]
    return _scalar(source)


def _scalar(source: object) -> Value:
    match source:
        case generic.BooleanObject():
            return bool(source.value)
        case generic.NameObject():
            return Name(source[1:])
        case generic.TextStringObject() | generic.ByteStringObject():
            return bytes(source.original_bytes)
        case int():
            return int(source)
        case Decimal() | float():
            return float(source)
    raise Unreadable(f"an object of no known type ({type(source).__name__})")


def _dictionary(source: generic.DictionaryObject, depth: int) -> dict[str, Value]:
    return {str(key)[1:]: convert(_entry(source, key), depth + 1) for key in list(source.keys())}


def _entry(source: generic.DictionaryObject, key: str) -> object:
    # A signature value is never encrypted, its file may be (ISO 32000-2 §7.6.2).
    plain = key == "/Contents" and "/ByteRange" in source
    access = generic.EncryptedObjAccess.RAW if plain else generic.EncryptedObjAccess.TRANSPARENT
    return source.raw_get(key, decrypt=access)


def _stream(source: generic.StreamObject, depth: int) -> Stream:
    # The data itself stays with the library's object: an equal digest is all that comparing needs.
    stored = source.encoded_data
    return Stream(_dictionary(source, depth), hashlib.sha256(stored).digest(), lambda: _decoded(source))


def _decoded(source: generic.StreamObject) -> bytes:
    try:
        return bytes(source.data)
    except MemoryError:
        raise
    except Exception as error:  # whatever a filter raises on data that is not its own
        raise Unreadable(f"a stream cannot be decoded: {type(error).__name__}") from error
