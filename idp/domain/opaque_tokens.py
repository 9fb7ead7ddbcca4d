"""Opaque access tokens: they say everything themselves, to us alone (RFC 6749 §1.4), so none is kept anywhere.

A token is ``motcua_at_`` and what ``keys.hourly`` sealed: its claims as a JSON list, without names. What the client that
holds it must not learn (a person's ``sub`` elsewhere) it cannot read; whether a token lives is asked as of any other.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.settings import Settings
from keys.hourly import HourlySealer
from keys.remembered import Remembered
from keys.sealing import SealBroken, Sealer

PREFIX = "motcua_at_"
"""By which searches for leaked secrets, and we, know one; none of its characters is a dot, as a JWT's are."""
_KEPT = ("sub", "aud", "client_id", "scope", "exp", "sid", "gid", "auth_time", "acr", "amr")
_IMPLIED = frozenset({"iss", "iat", "jti"})


class OpaqueTokens:
    """Makes and reads the opaque access tokens of one issuer."""

    def __init__(self, settings: Settings, sealer: Sealer) -> None:
        self._issuer = settings.issuer
        # With the names of its claims, so that no version takes what another one sealed for something else.
        self._sealer = HourlySealer(sealer.roots(), f"access token of {settings.issuer} with {' '.join(_KEPT)}")
        self._opened = Remembered()

    def make(self, claims: Mapping[str, Any]) -> tuple[str, str]:
        """Give the token with ``claims`` and its ``jti``. ``iss`` is ours, ``iat`` the second of the sealing.

        :raises ValueError: for a claim that has no place in it; nothing may be lost on the way.
        """
        if lost := claims.keys() - _IMPLIED - {*_KEPT}:
            raise ValueError(f"an opaque token has no place for {sorted(lost)}")
        values = [claims.get(name) for name in _KEPT]
        while values[-1] is None:
            values.pop()
        text, jti = self._sealer.seal(orjson.dumps(values), claims["iat"])
        return PREFIX + text, jti

    def claims_of(self, token: str, now: int) -> Mapping[str, Any] | None:
        """Give the claims of a token of ours, expired or not, read-only; None for anything else."""
        if not token.startswith(PREFIX):
            return None
        try:
            return self._opened.of(token, lambda: self._open(token[len(PREFIX) :], now))
        except SealBroken:
            return None

    def _open(self, sealed: str, now: int) -> dict[str, Any]:
        opened = self._sealer.open(sealed, now)
        said = zip(_KEPT, orjson.loads(opened.content), strict=False)
        claims = {name: value for name, value in said if value is not None}
        return {"iss": self._issuer, **claims, "iat": opened.at, "jti": opened.id}
