"""What bytes a PDF signature covers, and whether that is all of its revision (ISO 32000-2 §12.8.1, EN 319 142-1 §5.2).

Owns the rules of /ByteRange and of the gap it leaves: the gap is exactly the hexadecimal /Contents of this very
dictionary and nothing else. What was added after the signed revision is judged in ``changes``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from keys.validation.formats.pdf.values import Value

_HEX = re.compile(rb"<([0-9A-Fa-f\0\t\n\f\r ]*)>")
"""A hexadecimal string, which may hold white space (§7.3.4.3)."""
_KEY = re.compile(rb"/Contents\s*$")


class BadByteRange(ValueError):
    """The byte range breaks a rule; the message says which."""


@dataclass(frozen=True)
class ByteRange:
    """[0, before), [after, end): the covered bytes; the gap between holds the signature value."""

    before: int
    after: int
    end: int

    def covered(self, data: bytes) -> bytes:
        """The signed bytes."""
        return data[: self.before] + data[self.after : self.end]


def read_byte_range(value: Value, size: int) -> ByteRange:
    """The four numbers of a /ByteRange in a file of ``size`` bytes, if they can be those of a signature."""
    if not isinstance(value, list) or len(value) != 4:
        raise BadByteRange("/ByteRange does not have four numbers")
    numbers = [item for item in value if isinstance(item, int) and not isinstance(item, bool)]
    if len(numbers) != 4 or min(numbers) < 0:
        raise BadByteRange("/ByteRange holds something else than lengths and offsets")
    start, before, after, length = numbers
    if start != 0:
        raise BadByteRange("/ByteRange does not begin at the beginning of the file")
    if after <= before or before == 0 or length == 0:
        raise BadByteRange("/ByteRange leaves no place for the signature, or covers nothing beside it")
    if after + length > size:
        raise BadByteRange("/ByteRange reaches beyond the end of the file")
    return ByteRange(before, after, after + length)


def signature_in_gap(data: bytes, covered: ByteRange, container: tuple[int, int]) -> bytes:
    """The bytes in the gap, which must be the /Contents of the object that stands at ``container``.

    Else one dictionary could show a signer's name and reason while another one's signature is verified.
    """
    start, end = container
    if not (start < covered.before and covered.after <= end):
        raise BadByteRange("the gap of /ByteRange is not inside the signature dictionary that names it")
    gap = _HEX.fullmatch(data, covered.before, covered.after)
    if gap is None:
        raise BadByteRange("the gap of /ByteRange holds something else than one hexadecimal string")
    if not _KEY.search(data, max(start, covered.before - 64), covered.before):
        raise BadByteRange("the gap of /ByteRange is not the value of /Contents")
    digits = gap[1].translate(None, b"\0\t\n\f\r ")
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def collisions(ranges: Iterable[ByteRange]) -> set[ByteRange]:
    """Those byte ranges whose gap another one covers only in part, or shares (EN 319 142-1 §5.2)."""
    ordered = sorted(ranges, key=lambda r: (r.end, r.before))
    bad: set[ByteRange] = set()
    for number, earlier in enumerate(ordered):
        for later in ordered[number + 1 :]:
            if earlier.end > later.before:
                bad |= {earlier, later}
    return bad
