"""Seals secrets and personal columns under a versioned key-encryption key, and gives keyed hashes for look-ups.

AES-256-GCM with the purpose as associated data, so that a sealed phone number cannot be passed off as a TOTP seed.
Where the key-encryption key comes from is settled by ``read_key_file``; what is sealed is each table's affair.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The sealed bytes were altered, belong to another purpose, or their key version is not at hand."""


class Sealer:
    """Seals under the newest key version and opens under any that is at hand.

    :param keys: version → 32 bytes. The highest version seals; the lowest makes the keyed hashes, so it stays the
        same when a new version is added (look-ups must keep finding old rows).
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("a key-encryption key is 32 bytes")
        self._current = max(keys)
        self._ciphers = {version: AESGCM(_derive(key, b"seal")) for version, key in keys.items()}
        self._lookup_key = _derive(keys[min(keys)], b"fingerprint")
        self._roots = {version: _derive(key, b"hourly") for version, key in keys.items()}

    def seal(self, plaintext: bytes, purpose: str) -> bytes:
        """Give ``plaintext`` encrypted and bound to ``purpose``: one byte of key version, nonce, ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = self._ciphers[self._current].encrypt(nonce, plaintext, purpose.encode())
        return bytes([self._current]) + nonce + ciphertext

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Give back what was sealed for ``purpose``.

        :raises SealBroken: when it was altered, sealed for another purpose or under an unknown key version.
        """
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise SealBroken("unknown key version")
        try:
            return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], purpose.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(f"not sealed for {purpose}") from None

    def seal_text(self, text: str | None, purpose: str) -> bytes | None:
        """Seal a text column; ``None`` stays ``None``."""
        return None if text is None else self.seal(text.encode(), purpose)

    def open_text(self, sealed: bytes | None, purpose: str) -> str | None:
        """Open a text column; ``None`` stays ``None``."""
        return None if sealed is None else self.open(sealed, purpose).decode()

    def derive(self, purpose: str) -> bytes:
        """Give 32 bytes for one purpose alone, the same as long as the oldest key version is kept."""
        return _derive(self._lookup_key, purpose.encode())

    def roots(self) -> Mapping[int, bytes]:
        """Give 32 bytes for each key version, from which ``keys.hourly`` derives what seals tokens and codes."""
        return self._roots

    def fingerprint(self, value: str, purpose: str) -> str:
        """Give a keyed hash (hex) by which ``value`` can be looked up without being readable (HMAC-SHA256)."""
        return hmac.digest(self._lookup_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hex()


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"motcua " + info).derive(key)


def read_key_file(path: Path) -> Sealer:
    """Read a key-encryption key: lines ``version:base64url``, or one line or 32 raw bytes for version 1.

    :raises ValueError: when the file holds no such key; the message names the file, never its content.
    """
    raw = path.read_bytes()
    try:
        keys = {1: raw} if len(raw) == KEY_BYTES else dict(_parse_line(line) for line in raw.decode("ascii").split())
        return Sealer(keys)
    except ValueError:
        raise ValueError(f"{path} holds no key-encryption key: 32 raw bytes, or lines version:base64url") from None


def _parse_line(line: str) -> tuple[int, bytes]:
    version, _, encoded = line.rpartition(":")
    return int(version or 1), base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def make_key_file(path: Path) -> Sealer:
    """Make a new key-encryption key at ``path`` (mode 0600) unless one is there, and read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key_file(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("1:" + base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=") + "\n")
    return read_key_file(path)
