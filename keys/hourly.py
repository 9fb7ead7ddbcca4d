"""Seals what travels in strangers' hands for minutes: access tokens and codes that say everything by themselves.

AES-256-GCM with random nonces, whose keys bear about 2³² messages each (NIST SP 800-38D §8.3), fewer than a country's
tokens of a few days. So every hour has a key of its own, derived from the key-encryption key for one purpose alone: no
row and no trip makes it, every process knows it, and it opens nothing once the last thing it sealed must have died.
"""

import base64
import hmac
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.jose import TokenInvalid, b64url_decode
from keys.sealing import NONCE_BYTES, SealBroken

HOUR = 3600
"""Seconds that a key seals."""
LATER = 2
"""Hours for which it opens after its own: so long may live what it sealed, and what that gave."""
_HEAD = struct.Struct(f">BI{NONCE_BYTES}s")
_KEPT = 8
"""Ciphers that a process keeps: four hours of two versions."""


class Opened(NamedTuple):
    """What was sealed, with the Unix second and the random identifier of its sealing."""

    content: bytes
    at: int
    id: str


@dataclass(frozen=True)
class HourlySealer:
    """Seals for one purpose, as text for URLs and headers.

    :param roots: version → 32 bytes, for the derivation of keys alone. The highest version seals, all at hand open.
    :param purpose: what is sealed and by whom; nothing that was sealed for another one opens.
    """

    roots: Mapping[int, bytes] = field(repr=False)
    purpose: str
    _ciphers: dict[tuple[int, int], AESGCM] = field(default_factory=dict, repr=False, compare=False)

    def seal(self, content: bytes, at: int) -> tuple[str, str]:
        """Give ``content`` sealed in the second ``at``, as base64url without padding, and the identifier of this sealing.

        The identifier is the nonce: random, 96 bits, never used twice, and no secret.
        """
        version, nonce = max(self.roots), os.urandom(NONCE_BYTES)
        head = _HEAD.pack(version, at, nonce)
        sealed = self._cipher(version, at // HOUR).encrypt(nonce, content, self._bound_to(head))
        return _text(head + sealed), _text(nonce)

    def open(self, text: str, now: int) -> Opened:
        """Give back what was sealed in this hour or the two before; how long it is good for is the caller's to check.

        An hour ahead is opened too: the machine that sealed it may go a little faster.

        :raises SealBroken: when it was altered, sealed for another purpose, under an unknown key or too long ago.
        """
        try:
            raw = b64url_decode(text)
            version, at, nonce = _HEAD.unpack_from(raw)
        except (TokenInvalid, struct.error):
            raise SealBroken("nothing that was sealed") from None
        # Before any key is made: whoever sends rubbish chooses version and time.
        if version not in self.roots or not -1 <= now // HOUR - at // HOUR <= LATER:
            raise SealBroken("unknown key version, or sealed too long ago")
        try:
            head, sealed = raw[: _HEAD.size], raw[_HEAD.size :]
            content = self._cipher(version, at // HOUR).decrypt(nonce, sealed, self._bound_to(head))
        except (InvalidTag, ValueError):
            raise SealBroken(f"not sealed for {self.purpose}") from None
        return Opened(content, at, _text(nonce))

    def _bound_to(self, head: bytes) -> bytes:
        return head + self.purpose.encode()

    def _cipher(self, version: int, hour: int) -> AESGCM:
        cipher = self._ciphers.get((version, hour))
        if cipher is None:
            if len(self._ciphers) >= _KEPT:
                self._ciphers.clear()
            key = hmac.digest(self.roots[version], f"{self.purpose}\0{hour}".encode(), "sha256")
            cipher = self._ciphers[version, hour] = AESGCM(key)
        return cipher


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
