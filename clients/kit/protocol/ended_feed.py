"""What has ended before its tokens expire, as the provider lists it (``/api/ended?since=``): sessions, grants, tokens.

Makes self-contained tokens end at once: a resource server that follows the list is at most a second behind. Who reads when
is ``follower``'s; what is done with an ended token is the guard's.
"""

import threading
from collections.abc import Mapping
from typing import Any

from clients.kit.clock import SKEW, Clock
from clients.kit.protocol.access_token import LIVES_AT_MOST
from clients.kit.protocol.fetch import Fetcher, Unreachable
from clients.kit.protocol.token_request import TokenEndpoint, TokenRefused, TokenSet

SCOPE = "ended:read"
TRUSTED_FOR = 10
"""Seconds after the last reading for which the list is still believed (design §6)."""
LIMIT = 8 * 1024 * 1024
KINDS = ("sid", "gid", "jti", "sub")
"""The claims by which a token names what may have ended; ``sub`` is a client that was removed."""


class EndedFeed:
    """The list as this process knows it."""

    def __init__(self, issuer: str, fetcher: Fetcher, tokens: TokenEndpoint, clock: Clock) -> None:
        self._address = f"{issuer}/api/ended"
        self._fetcher = fetcher
        self._tokens = tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._ended: dict[tuple[str, str], float] = {}
        self._cursor: float | str = 0
        self._read_at = float("-inf")
        self._token: TokenSet | None = None

    @property
    def trusted(self) -> bool:
        """Whether the list was read recently enough to be believed."""
        return self._clock() - self._read_at <= TRUSTED_FOR

    def has_ended(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether the token with these claims, its grant or its session is on the list."""
        return any((kind, claims.get(kind)) in self._ended for kind in KINDS)

    def read(self) -> None:
        """Read what is new.

        :raises Unreachable: when that could not be done; what is known stays known.
        """
        asked_at = self._clock()
        answer = self._fetcher.get(f"{self._address}?since={self._cursor}", self._authorization(), LIMIT)
        if answer.status != 200:
            self._token = None
            raise Unreachable(f"the list of what has ended answers {answer.status}")
        content = answer.json()
        entries = [_entry(entry) for entry in _list(content.get("ended"))]
        cursor = content.get("cursor")
        if not isinstance(cursor, int | float):
            raise Unreachable("the list of what has ended has no cursor")
        with self._lock:
            known = {**self._ended, **dict.fromkeys(entries, asked_at)}
            forgotten = asked_at - LIVES_AT_MOST - 2 * SKEW
            self._ended = {entry: at for entry, at in known.items() if at > forgotten}
            self._cursor, self._read_at = cursor, asked_at

    def _authorization(self) -> dict[str, str]:
        """Give the client's own token, asked for again before it dies."""
        if self._token is None or self._token.expires_at <= self._clock() + SKEW:
            try:
                self._token = self._tokens.for_client(SCOPE)
            except TokenRefused as refused:
                raise Unreachable(f"no token for the list of what has ended: {refused.error}") from refused
        return {"Authorization": f"Bearer {self._token.access_token}"}


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Unreachable("the list of what has ended is no list")
    return value


def _entry(entry: object) -> tuple[str, str]:
    """Read an entry strictly: passing over one that is not understood would leave something ended in use."""
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("kind", "value")):
        raise Unreachable("the list of what has ended has an entry that is none")
    return entry["kind"], entry["value"]
