"""Identifiers of rows that are added all the time: UUIDs in the order of their making (RFC 9562 §5.7).

An index by such a key grows at its end, so that adding to a table of any size touches the pages that are in memory
anyway. What must tell nothing, not even when it was made (a person's subject), has a random one instead.
"""

import os
from collections import deque

_AHEAD = 256
"""Random halves made at once: each call of the system's source lets other threads in, which costs more than the call."""
_DIGITS = 19
"""Random hexadecimal digits in each half; of one of them only two bits are used, beside those of the variant."""
_VARIANT = {f"{digit:x}": "89ab"[digit & 3] for digit in range(16)}


class _Halves:
    """The random halves of identifiers to come, made ahead and each handed out once."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._made: deque[str] = deque()

    def take(self) -> str:
        """Give 4 bits of version, 2 of variant and 74 random ones, as written in a UUID after its time."""
        try:
            return self._made.pop()
        except IndexError:
            first, *others = _make(_AHEAD)
            self._made.extend(others)
            return first


def _make(number: int) -> list[str]:
    random = os.urandom(number * _DIGITS // 2).hex()
    return [
        f"-7{random[at : at + 3]}-{_VARIANT[random[at + 3]]}{random[at + 4 : at + 7]}-{random[at + 7 : at + _DIGITS]}"
        for at in range(0, len(random), _DIGITS)
    ]


_halves = _Halves()


def in_order_of_time(at: float) -> str:
    """Give a UUID of version 7, its first 48 bits the Unix milliseconds of ``at`` (Unix seconds), 74 bits random."""
    global _halves  # noqa: PLW0603
    # A fork copies what was made ahead, and not every server says that it forked.
    if _halves.process != os.getpid():
        _halves = _Halves()
    time = f"{int(at * 1000):012x}"
    return f"{time[:8]}-{time[8:]}{_halves.take()}"
