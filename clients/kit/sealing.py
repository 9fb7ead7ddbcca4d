"""Seals what a session row holds under a key that only the browser's cookie gives.

The row is found by the cookie's SHA-256; its contents open with a key derived from the cookie itself (RFC 5869),
so whoever reads the database, or a backup of it, finds no token and no name.
"""

import hashlib
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


def digest(secret: str) -> str:
    """Give the name under which a secret is kept: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def seal(secret: str, purpose: str, content: dict[str, Any]) -> bytes:
    """Encrypt a JSON object under ``secret``; ``purpose`` keeps one column from passing for another."""
    nonce = os.urandom(NONCE)
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return nonce + AESGCM(_key(secret)).encrypt(nonce, plain, purpose.encode())


def unseal(secret: str, purpose: str, sealed: bytes | None) -> dict[str, Any]:
    """Give what was sealed; an empty object for nothing, or for what was not sealed so."""
    if not sealed:
        return {}
    try:
        plain = AESGCM(_key(secret)).decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode())
    except (InvalidTag, ValueError):
        return {}
    content: dict[str, Any] = json.loads(plain)
    return content


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"motcua session").derive(secret.encode())
