"""Noise in the shape of what the product seals and hashes, for the many accounts that are only there.

A sealed value is one byte that tells the key's version, and bytes that nobody without the key can tell from random ones
(``keys.sealing``); a keyed hash is 32 such bytes in hex. So a row of noise is as long as a real one, on as many pages, and
its keys lie as scattered in their indexes. Only opening it fails, which is why nobody asks about it.
"""

import os

_AT_ONCE = 1 << 18


class Noise:
    """Random hexadecimal digits, taken from the kernel many at a time."""

    def __init__(self) -> None:
        self._digits, self._at = "", 0

    def digits(self, count: int) -> str:
        """Give so many digits that were never given before."""
        at = self._at
        if at + count > len(self._digits):
            self._digits, at = os.urandom(_AT_ONCE).hex(), 0
        self._at = at + count
        return self._digits[at : at + count]

    def keyed_hash(self) -> str:
        """Give what looks like a keyed hash."""
        return self.digits(64)

    def sealed(self, like: bytes) -> str:
        """Give what looks like another thing sealed as ``like`` was, as COPY reads bytes."""
        return rf"\\x{like[0]:02x}{self.digits(2 * len(like) - 2)}"
