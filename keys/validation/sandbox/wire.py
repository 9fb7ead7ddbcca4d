"""How a request and its answer cross the wall: JSON with declared types on both sides, never pickle.

The answer comes from a process that has just read a hostile file and may be that file's by now. So nothing in it is
executed or trusted: every value is checked against the type that ``model`` declares, and anything else is refused.
"""

import base64
import binascii
import dataclasses
import json
import socket
import struct
import types
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from keys.validation.model import Content, ParsedDocument

MAX_ANSWER: Final = 80_000_000
"""Octets of an answer: what a document of the largest size could carry in revocation lists, as base64."""

_LENGTH: Final = struct.Struct("!Q")


class BrokenWire(ValueError):
    """What came over the wire is not what was agreed."""


def pack_request(data: bytes, name: str, contents: Sequence[Content]) -> bytes:
    """A request: what it is about in JSON, then the octets of document and contents."""
    described = [
        {
            "name": each.name,
            "size": None if each.data is None else len(each.data),
            "digests": {algorithm: digest.hex() for algorithm, digest in each.digests.items()},
        }
        for each in contents
    ]
    head = json.dumps({"name": name, "size": len(data), "contents": described}).encode()
    return b"".join((_LENGTH.pack(len(head)), head, data, *(each.data or b"" for each in contents)))


def unpack_request(request: bytes | bytearray) -> tuple[bytes, str, list[Content]]:
    """The document, its name and the contents of a packed request."""
    (length,) = _LENGTH.unpack_from(request)
    head = json.loads(request[_LENGTH.size : _LENGTH.size + length])
    position, view = _LENGTH.size + length, memoryview(request)

    def take(size: int) -> bytes:
        nonlocal position
        position += size
        return bytes(view[position - size : position])

    data = take(head["size"])
    contents = [
        Content(
            each["name"],
            None if each["size"] is None else take(each["size"]),
            {algorithm: bytes.fromhex(digest) for algorithm, digest in each["digests"].items()},
        )
        for each in head["contents"]
    ]
    return data, head["name"], contents


def pack_document(document: ParsedDocument) -> bytes:
    """A parsed document as JSON."""
    return json.dumps(_plain(document), separators=(",", ":")).encode()


def unpack_document(answer: bytes | bytearray) -> ParsedDocument:
    """The document that an answer holds; BrokenWire if any value is not of its declared type."""
    try:
        found = _typed(ParsedDocument, json.loads(answer))
    except (ValueError, RecursionError) as error:
        raise BrokenWire(str(error)) from error
    if not isinstance(found, ParsedDocument):
        raise BrokenWire("no document")
    return found


def send(peer: socket.socket, message: bytes) -> None:
    """Send one message with its length."""
    peer.sendall(_LENGTH.pack(len(message)))
    peer.sendall(message)


def receive(peer: socket.socket, limit: int) -> bytearray:
    """Receive one message; BrokenWire if the peer stops early or sends more than ``limit`` octets."""
    (length,) = _LENGTH.unpack(_exactly(peer, _LENGTH.size))
    if length > limit:
        raise BrokenWire(f"a message of {length} octets")
    return _exactly(peer, length)


def _exactly(peer: socket.socket, size: int) -> bytearray:
    """So many octets, in one buffer: what is received may be most of what a reading process has room for."""
    buffer = bytearray(size)
    rest = memoryview(buffer)
    while rest:
        received = peer.recv_into(rest)
        if not received:
            raise BrokenWire("the other side stopped")
        rest = rest[received:]
    return buffer


def _plain(value: object) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    return value


@cache
def _fields(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _optional(kind, value)
    if origin in {tuple, frozenset}:
        _expect(isinstance(value, list), kind)
        return origin(_typed(get_args(kind)[0], each) for each in value)
    if origin is dict:
        _expect(isinstance(value, dict), kind)
        return {_typed(get_args(kind)[0], key): _typed(get_args(kind)[1], each) for key, each in value.items()}
    if dataclasses.is_dataclass(kind):
        fields = _fields(kind)  # type: ignore[arg-type]
        _expect(isinstance(value, dict) and set(value) == set(fields), kind)
        return kind(**{name: _typed(hint, value[name]) for name, hint in fields.items()})  # type: ignore[operator]
    return _scalar(kind, value)


def _optional(kind: Any, value: Any) -> Any:
    """Only unions with None are in the model."""
    if value is None:
        return None
    (inner,) = (each for each in get_args(kind) if each is not type(None))
    return _typed(inner, value)


def _scalar(kind: Any, value: Any) -> Any:
    if kind is bool or kind is int:
        _expect(type(value) is kind, kind)
        return value
    _expect(isinstance(value, str), kind)
    if kind is str:
        return value
    if kind is bytes:
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise BrokenWire("not base64") from error
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        _expect(moment.tzinfo is not None, kind)
        return moment.astimezone(UTC)
    _expect(isinstance(kind, type) and issubclass(kind, StrEnum), kind)
    return kind(value)


def _expect(holds: bool, kind: Any) -> None:
    if not holds:
        raise BrokenWire(f"not a {kind}")
