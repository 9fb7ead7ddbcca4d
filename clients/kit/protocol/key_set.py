"""The provider's public keys (RFC 7517), cached; and the one place where a signature is verified.

An unknown ``kid`` starts one bounded fetch, at most every ten seconds, so forged tokens cannot make us fetch at will.
What the claims must say is left to the modules of each kind of token.
"""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from clients.kit.clock import Clock
from clients.kit.protocol.algorithms import ALGORITHMS, only
from clients.kit.protocol.discovery import RETRY
from clients.kit.protocol.fetch import Fetcher, Unreachable

FRESH = 300
PAUSE = 10
KEEP = 3600
"""Seconds that keys are used while the provider does not answer."""
TOKEN_LIMIT = 16 * 1024
PublicKey = RSAKey | ECKey | OKPKey


class TokenInvalid(Exception):
    """A token is malformed, not signed by the provider, or says something it must not. The text is for the log."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature is the provider's; its claims are not checked yet."""

    header: Mapping[str, Any]
    claims: dict[str, Any]


class KeySet:
    """Keys of the provider by ``kid``.

    :param address: gives the ``jwks_uri``; may raise ``Unreachable``.
    """

    def __init__(self, address: Callable[[], str], fetcher: Fetcher, clock: Clock) -> None:
        self._address = address
        self._fetcher = fetcher
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, PublicKey] = {}
        self._read_at = self._asked_at = float("-inf")

    def verify(self, token: str) -> Verified:
        """Verify the signature of a compact JWT with the key its ``kid`` names.

        :raises TokenInvalid: whatever is wrong with it.
        :raises Unreachable: when its key is not known and the key set cannot be read.
        """
        header = _header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise TokenInvalid(f"alg {algorithm!r:.20} is not accepted")
        key = self._find(header.get("kid"))
        if key is None:
            raise TokenInvalid("no key of the provider has this kid")
        try:
            decoded = jwt.decode(token, key, registry=only(str(algorithm)))
        except (JoseError, ValueError) as error:
            raise TokenInvalid(type(error).__name__) from None
        return Verified(decoded.header, decoded.claims)

    def _find(self, kid: object) -> PublicKey | None:
        now = self._clock()
        known = isinstance(kid, str) and kid in self._keys
        if not known or now - self._read_at > FRESH:
            self._refetch(now)
        if now - self._read_at > KEEP:
            raise Unreachable("the provider's keys cannot be read")
        return self._keys.get(kid) if isinstance(kid, str) else None

    def _refetch(self, now: float) -> None:
        """Read the key set unless that was tried within the pause; others wait for the one who does."""
        with self._lock:
            if now - self._asked_at < (PAUSE if self._keys else RETRY):
                return
            self._asked_at = now
            with suppress(Unreachable):
                answer = self._fetcher.get(self._address())
                if answer.status == 200:
                    self._keys = read_key_set(answer.json())
                    self._read_at = now


def read_key_set(document: Mapping[str, Any]) -> dict[str, PublicKey]:
    """Give the usable public signature keys of a key set; others are passed over (RFC 7517 §5)."""
    entries = document.get("keys")
    keys: dict[str, PublicKey] = {}
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
            continue
        try:
            key = import_key(entry)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            keys[entry["kid"]] = key
    return keys


def _header(token: str) -> dict[str, Any]:
    """Read the header without believing it, to choose the key."""
    if len(token) > TOKEN_LIMIT or not token.isascii() or token.count(".") != 2:
        raise TokenInvalid("not a compact JWT")
    encoded = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, RecursionError):
        raise TokenInvalid("the header is not JSON") from None
    if not isinstance(header, dict):
        raise TokenInvalid("the header is not a JSON object")
    return header
