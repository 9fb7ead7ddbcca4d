"""Reading ASN.1 as it was written: every element with its own bytes, nothing re-encoded behind one's back.

Signatures cover bytes, so the readers of CMS structures (X.690, RFC 5652) work on elements that know where they
stand in the file. Basic encoding is read, with bounded depth; whether it was DER is a question one can ask.
Which elements a structure must have is left to ``signed_data`` and ``timestamps``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

MAX_DEPTH = 40
"""How deep elements may nest. Real signatures stay below 25, time-stamp tokens inside unsigned attributes included."""

UNIVERSAL, CONTEXT = 0, 2
BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED = 1, 2, 3, 4, 5, 6, 10
UTF8_STRING, SEQUENCE, SET, UTC_TIME, GENERALIZED_TIME = 12, 16, 17, 23, 24
_STRINGS = frozenset({BIT_STRING, OCTET_STRING, 12, 18, 19, 20, 21, 22, 25, 26, 27, 28, 30})


class MalformedEncoding(ValueError):
    """The bytes are not a well-formed encoding of what was expected (X.690)."""


@dataclass(frozen=True, eq=False)
class Element:
    """One tag-length-value element inside ``buffer``; offsets are those of the buffer."""

    buffer: bytes
    start: int
    body: int
    body_end: int
    end: int
    class_: int
    constructed: bool
    tag: int
    depth: int

    @property
    def raw(self) -> bytes:
        """The element's own bytes: tag, length, contents and, for an indefinite length, the end mark."""
        return self.buffer[self.start : self.end]

    @property
    def contents(self) -> bytes:
        """The bytes between header and end."""
        return self.buffer[self.body : self.body_end]

    @cached_property
    def children(self) -> tuple["Element", ...]:
        """The elements inside a constructed element; MalformedEncoding for a primitive one or for bad contents."""
        if not self.constructed:
            raise MalformedEncoding(f"a primitive element (tag {self.tag}) stands where a constructed one must be")
        return tuple(_walk(self.buffer, self.body, self.body_end, self.depth + 1))

    def is_universal(self, tag: int) -> bool:
        """Whether this is the universal type ``tag``."""
        return self.class_ == UNIVERSAL and self.tag == tag

    def is_context(self, tag: int) -> bool:
        """Whether this carries the context-specific tag ``tag``."""
        return self.class_ == CONTEXT and self.tag == tag

    def expect(self, tag: int) -> "Element":
        """This element, if it is the universal type ``tag``; MalformedEncoding if not."""
        if not self.is_universal(tag):
            raise MalformedEncoding(f"universal tag {tag} expected, class {self.class_} tag {self.tag} found")
        return self

    def members(self, tag: int = SEQUENCE, *, minimum: int = 0) -> tuple["Element", ...]:
        """The elements of the SEQUENCE (or SET) that this must be; MalformedEncoding if fewer than ``minimum``."""
        return self.expect(tag).inside(minimum)

    def inside(self, minimum: int) -> tuple["Element", ...]:
        """The elements inside, whatever the tag; MalformedEncoding if fewer than ``minimum``."""
        if len(self.children) < minimum:
            raise MalformedEncoding(f"{len(self.children)} elements where {minimum} are required")
        return self.children

    @property
    def oid(self) -> str:
        """The object identifier in dotted form."""
        return _dotted(self.expect(OID).contents)

    @property
    def integer(self) -> int:
        """The value of the INTEGER or ENUMERATED, non-minimal encodings included."""
        if self.class_ != UNIVERSAL or self.tag not in {INTEGER, ENUMERATED} or self.constructed or not self.contents:
            raise MalformedEncoding("an INTEGER was expected")
        return int.from_bytes(self.contents, "big", signed=True)

    @property
    def octets(self) -> bytes:
        """The value of the OCTET STRING, the pieces of a constructed one joined (X.690 §8.7.3)."""
        return self.expect(OCTET_STRING).joined(OCTET_STRING)

    def joined(self, tag: int) -> bytes:
        """The string's bytes, whatever its own (implicit) tag; pieces of a constructed one must be of type ``tag``."""
        if not self.constructed:
            return self.contents
        return b"".join(piece.expect(tag).joined(tag) for piece in self.children)

    @property
    def time(self) -> datetime:
        """The UTCTime or GeneralizedTime as an aware datetime in UTC; a time without zone is refused."""
        if self.is_universal(UTC_TIME):
            return _time(self.contents, two_digit_year=True)
        return _time(self.expect(GENERALIZED_TIME).contents, two_digit_year=False)


def read(data: bytes, *, trailing: bool = False) -> Element:
    """The one element that ``data`` holds; further bytes are refused unless ``trailing``."""
    element = _element(data, 0, len(data), 0)
    if not trailing and element.end != len(data):
        raise MalformedEncoding(f"{len(data) - element.end} bytes follow the structure")
    return element


def der(element: Element, *, as_tag: int | None = None) -> bytes:
    """The element encoded by the distinguished rules (X.690 §10, §11).

    ``as_tag`` gives an implicitly tagged element its universal type back, so that its members are ordered
    as a SET OF where they must be (the signed attributes of RFC 5652 §5.4).
    """
    tag = as_tag if as_tag is not None else element.tag
    universal = as_tag is not None or element.class_ == UNIVERSAL
    if universal and tag in _STRINGS and element.constructed:
        return encode(tag, _join_string(element, tag))
    if element.constructed:
        parts = [der(child) for child in element.children]
        body = b"".join(sorted(parts) if universal and tag == SET else parts)
    else:
        body = _canonical_value(element) if universal else element.contents
    first = (UNIVERSAL if universal else element.class_) << 6
    return _header(first | (0x20 if element.constructed else 0), tag, len(body)) + body


def is_der(element: Element, *, as_tag: int | None = None) -> bool:
    """Whether the element was written by the distinguished rules."""
    wanted = der(element, as_tag=as_tag)
    # An implicit tag differs from the universal one in the identifier octet alone.
    return wanted == (element.raw if as_tag is None else wanted[:1] + element.raw[1:])


def encode(tag: int, body: bytes, *, constructed: bool = False, class_: int = UNIVERSAL) -> bytes:
    """One element in DER around ``body``."""
    return _header(class_ << 6 | (0x20 if constructed else 0), tag, len(body)) + body


def oid_octets(dotted: str) -> bytes:
    """The contents of an OBJECT IDENTIFIER in dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    return b"".join(_base128(arc) for arc in (40 * first + second, *rest))


def _walk(buffer: bytes, position: int, end: int, depth: int) -> Iterator[Element]:
    while position < end:
        element = _element(buffer, position, end, depth)
        yield element
        position = element.end


def _element(buffer: bytes, start: int, limit: int, depth: int) -> Element:
    if depth > MAX_DEPTH:
        raise MalformedEncoding("elements nest too deeply")
    first, tag, position = _identifier(buffer, start, limit)
    length, body = _read_length(buffer, position, limit)
    constructed = bool(first & 0x20)
    if length is None:
        if not constructed:
            raise MalformedEncoding("an indefinite length on a primitive element")
        body_end = _end_of_contents(buffer, body, limit, depth)
        end = body_end + 2
    else:
        body_end = end = body + length
    if end > limit:
        raise MalformedEncoding("the encoding ends too early")
    return Element(buffer, start, body, body_end, end, first >> 6, constructed, tag, depth)


def _identifier(buffer: bytes, position: int, limit: int) -> tuple[int, int, int]:
    if position + 2 > limit:
        raise MalformedEncoding("the encoding ends too early")
    first = buffer[position]
    position += 1
    if first & 0x1F != 0x1F:
        return first, first & 0x1F, position
    tag = 0
    for _ in range(4):
        if position >= limit:
            break
        octet = buffer[position]
        position += 1
        tag = tag << 7 | octet & 0x7F
        if octet < 0x80:
            return first, tag, position
    raise MalformedEncoding("a tag number that does not end")


def _read_length(buffer: bytes, position: int, limit: int) -> tuple[int | None, int]:
    if position >= limit:
        raise MalformedEncoding("the encoding ends too early")
    first = buffer[position]
    position += 1
    if first < 0x80:
        return first, position
    if first == 0x80:
        return None, position
    count = first & 0x7F
    if count > 8 or position + count > limit:
        raise MalformedEncoding("a length that does not fit")
    return int.from_bytes(buffer[position : position + count], "big"), position + count


def _end_of_contents(buffer: bytes, position: int, limit: int, depth: int) -> int:
    while buffer[position : position + 2] != b"\0\0":
        position = _element(buffer, position, limit, depth + 1).end
    return position


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _header(first: int, tag: int, length: int) -> bytes:
    if tag < 0x1F:
        return bytes([first | tag]) + _length(length)
    return bytes([first | 0x1F]) + _base128(tag) + _length(length)


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def _join_string(element: Element, tag: int) -> bytes:
    if tag != BIT_STRING:
        return element.joined(tag)
    pieces = [piece.expect(BIT_STRING).contents for piece in element.children] or [b"\0"]
    return pieces[-1][:1] + b"".join(piece[1:] for piece in pieces)


def _canonical_value(element: Element) -> bytes:
    body = element.contents
    if element.tag == BOOLEAN:
        return b"\0" if body == b"\0" else b"\xff"
    if element.tag in {INTEGER, ENUMERATED} and body:
        value = int.from_bytes(body, "big", signed=True)
        return value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)
    return body


def _dotted(body: bytes) -> str:
    if not body or body[-1] & 0x80 or len(body) > 64:
        raise MalformedEncoding("an object identifier that does not end")
    arcs: list[int] = []
    value = 0
    for octet in body:
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def _time(body: bytes, *, two_digit_year: bool) -> datetime:
    try:
        text = body.decode("ascii")
        if two_digit_year:
            text = ("19" if int(text[:2]) >= 50 else "20") + text
        return _moment(text)
    except (ValueError, OverflowError, IndexError) as error:
        raise MalformedEncoding(f"not a time: {body[:32]!r}") from error


def _moment(text: str) -> datetime:
    digits = next((i for i, letter in enumerate(text) if not letter.isdigit()), len(text))
    rest, fraction = text[digits:], 0.0
    if rest[:1] in {".", ","} and rest[1:]:
        end = next((i for i, letter in enumerate(rest[1:], 1) if not letter.isdigit()), len(rest))
        fraction, rest = float("0." + rest[1:end]), rest[end:]
    shape = {10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}[digits] if digits in {10, 12, 14} else ""
    unit = {10: 3600, 12: 60}.get(digits, 1)
    moment = datetime.strptime(text[:digits], shape).replace(tzinfo=UTC) + timedelta(seconds=fraction * unit)
    return moment - _offset(rest)


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    if len(zone) != 5 or zone[0] not in "+-" or not zone[1:].isdigit():
        raise ValueError("no zone")
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return offset if zone[0] == "+" else -offset
