"""The three serializations of a JWS, read strictly: compact, flattened and general JSON (RFC 7515 §3 and §7).

Owns the outermost shape and the decoding of base64url and JSON; a member that stands twice, or two ways of reading one
document, are refused, because another reader would see another document. Headers are read in ``header``.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MAX_SIGNATURES = 200
"""Signatures in one document."""
MAX_DEPTH = 60
"""How deep arrays and objects may nest."""

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_USUAL: Final = bytes.maketrans(b"-_", b"+/")

Json = Mapping[str, Any]


class MalformedJws(ValueError):
    """The bytes are no JWS, or one that can be read in more than one way."""


@dataclass(frozen=True)
class Serialized:
    """One signature as it stands in the document."""

    protected: str
    """The protected header, still base64url: the signature is over these characters."""
    payload: str | None
    """The payload as it stands there, None where the document holds none."""
    signature: str
    header: Json = field(default_factory=dict)
    """The unprotected header."""
    unknown: tuple[str, ...] = ()
    """Members that RFC 7515 does not know; they mean nothing."""
    compact: bool = False


def looks_like_jws(data: bytes) -> bool:
    """Whether the bytes could be a JWS of any serialization, so that they are worth reading."""
    start = data.lstrip()[:1]
    if start == b"{":
        # From the end, where they mostly stand, behind a payload that may be long.
        return data.rfind(b'"signature') >= 0 and max(data.rfind(b'"protected"'), data.rfind(b'"payload"')) >= 0
    return _is_compact(data.strip())


def read(data: bytes) -> tuple[Serialized, ...]:
    """The signatures of a document; MalformedJws if it cannot be read."""
    stripped = data.strip()
    if stripped[:1] == b"{":
        return _json(parse_object(stripped))
    if not _is_compact(stripped):
        raise MalformedJws("neither a JSON object nor three parts with dots between them")
    return (_compact(_utf8(stripped)),)


def read_value(value: object) -> Serialized:
    """A signature inside another document: a compact string or a flattened object; MalformedJws if it is neither."""
    if isinstance(value, str) and _is_compact(value.encode()):
        return _compact(value)
    if isinstance(value, Mapping):
        found = _json(value)
        if len(found) == 1:
            return found[0]
    raise MalformedJws("a counter-signature is no single JWS")


def parse_object(data: bytes) -> Json:
    """A JSON object (RFC 8259) whose members are unique; MalformedJws otherwise."""
    try:
        value = json.loads(_utf8(data), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as error:
        raise MalformedJws("the JSON nests too deep") from error
    except ValueError as error:
        raise MalformedJws(f"not well-formed JSON: {error}") from error
    if not isinstance(value, dict):
        raise MalformedJws("not a JSON object")
    if b"\\" in data and (b"\\ud" in data or b"\\uD" in data):
        _refuse_half_characters(value)
    if _depth(value) > MAX_DEPTH:
        raise MalformedJws("the JSON nests too deep")
    return value


def base64url(text: str) -> bytes:
    """What the characters encode (RFC 7515 §2: no padding, no white space); MalformedJws otherwise."""
    try:
        octets = check_base64url(text)
        return binascii.a2b_base64(octets.translate(_USUAL) + b"=" * (-len(octets) % 4))
    except (binascii.Error, ValueError) as error:
        raise MalformedJws("a value is not base64url") from error


def check_base64url(text: str) -> bytes:
    """The characters themselves, where they are base64url; MalformedJws otherwise. Costs no decoding."""
    try:
        octets = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise MalformedJws("a value is not base64url") from error
    if len(octets) % 4 == 1 or octets.translate(None, _ALPHABET):
        raise MalformedJws("a value is not base64url")
    return octets


def to_base64url(data: bytes) -> str:
    """The base64url form without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def any_base64(text: object) -> bytes:
    """What a base64 or base64url value encodes, padded or not; MalformedJws if it is neither."""
    if not isinstance(text, str):
        raise MalformedJws("a value is not base64")
    plain = "".join(text.split()).rstrip("=").replace("+", "-").replace("/", "_")
    return base64url(plain)


def _is_compact(data: bytes) -> bool:
    """Whether there are three parts, the outer ones base64url, the inner one without white space."""
    parts = data.split(b".", 3)
    return (
        len(parts) == 3
        and bool(parts[0])
        and not (parts[0] + parts[2]).translate(None, _ALPHABET)
        and len(parts[1].split(None, 1)) <= 1
        and parts[1] == parts[1].strip()
    )


def _compact(text: str) -> Serialized:
    protected, payload, signature = text.split(".")
    return Serialized(protected, payload or None, signature, compact=True)


def _json(document: Json) -> tuple[Serialized, ...]:
    payload = document.get("payload")
    if payload is not None and not isinstance(payload, str):
        raise MalformedJws("the payload is no string")
    if "signatures" not in document:
        return (_signature(document, payload, {"payload", "protected", "header", "signature"}),)
    if {"signature", "protected", "header"} & set(document):
        raise MalformedJws("the document is flattened and general at once (RFC 7515 §7.2.2)")
    entries = document["signatures"]
    if not isinstance(entries, list) or not entries or len(entries) > MAX_SIGNATURES:
        raise MalformedJws(f"there must be between one and {MAX_SIGNATURES} signatures")
    unknown = tuple(sorted(set(document) - {"payload", "signatures"}))
    found = (_signature(entry, payload, {"protected", "header", "signature"}) for entry in entries)
    return tuple(Serialized(**{**each.__dict__, "unknown": (*unknown, *each.unknown)}) for each in found)


def _signature(entry: object, payload: str | None, known: set[str]) -> Serialized:
    if not isinstance(entry, Mapping):
        raise MalformedJws("a signature is no JSON object")
    protected, header, signature = (entry.get(name) for name in ("protected", "header", "signature"))
    if (
        not isinstance(signature, str)
        or not isinstance(protected, str | None)
        or not isinstance(header, Mapping | None)
    ):
        raise MalformedJws("a signature is not built as RFC 7515 §7.2 says")
    unknown = tuple(sorted(set(entry) - known))
    return Serialized(protected or "", payload or None, signature, header or {}, unknown)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJws("a JSON object has a member twice (RFC 7515 §4)")
    return found


def _refuse_half_characters(value: Json) -> None:
    """Half of a surrogate pair is no character: nothing that reports it could be written (RFC 8259 §8.2)."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise MalformedJws("the JSON holds half a character") from error


def _no_constant(name: str) -> None:
    raise MalformedJws(f"{name} is no JSON")


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJws("not UTF-8") from error


def _depth(value: object) -> int:
    level, here = 0, [value]
    while here:
        level += 1
        here = [
            child
            for each in here
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return level
