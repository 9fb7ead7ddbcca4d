"""Authorization codes: they say everything themselves, sealed, so none is kept; what may happen once is the grant they begin.

A code is ``motcua_ac_`` and what ``keys.hourly`` sealed. RFC 6749 §4.1.2 leaves its size open; one that would be too long
for an address is a random name of what the ephemeral store keeps. Redeeming is ``idp.protocol.grants``' affair.
"""

import secrets
from dataclasses import dataclass

import orjson

from idp.domain.grant import Grant
from idp.settings import Settings
from idp.store.ephemeral import EphemeralStore, Step
from keys.hourly import HourlySealer
from keys.sealing import SealBroken, Sealer

PREFIX = "motcua_ac_"
KEPT = "authorization_code"
CODE_BYTES = 32
LONGEST = 1024
"""Bytes of what a code says, before it is kept instead: 1,400 characters. An ordinary request has some 350."""


@dataclass(frozen=True)
class AuthorizationCode:
    """A code as the authorization endpoint left it. ``expires_at`` is Unix seconds."""

    grant: Grant
    redirect_uri: str
    code_challenge: str | None
    expires_at: int

    def get_redirect_uri(self) -> str:
        """Give the redirect URI that the token request must repeat; Authlib compares."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Give the granted scopes."""
        return " ".join(self.grant.scopes)


class Codes:
    """Makes and reads the codes of one issuer."""

    def __init__(self, settings: Settings, sealer: Sealer, ephemeral: EphemeralStore) -> None:
        self._settings = settings
        self._ephemeral = ephemeral
        # With the names of its fields, so that no version takes what another one sealed for something else.
        purpose = f"code of {settings.issuer} with {' '.join(Grant._fields)}"
        self._sealer = HourlySealer(sealer.roots(), purpose)

    def make(
        self, grant: Grant, redirect_uri: str, code_challenge: str | None, at: int
    ) -> tuple[str, tuple[Step, ...]]:
        """Give a code for what was granted in the second ``at``, and what has to be kept for it: of most, nothing."""
        said = orjson.dumps([[*grant], redirect_uri, code_challenge])
        if len(said) <= LONGEST:
            return PREFIX + self._sealer.seal(said, at)[0], ()
        code = secrets.token_urlsafe(CODE_BYTES)
        # A while longer than it may be used, so that a late replay is still recognised.
        lifetime = self._settings.code_lifetime + self._settings.access_token_lifetime
        return code, (Step("put", KEPT, code, lifetime, {"said": said.decode(), "at": at}),)

    def read(self, code: str, now: int) -> AuthorizationCode | None:
        """Give what a code of ours says, expired or not, used or not; None for anything else."""
        if code.startswith(PREFIX):
            try:
                opened = self._sealer.open(code[len(PREFIX) :], now)
            except SealBroken:
                return None
            return self._said(opened.content, opened.at)
        kept = self._ephemeral.peek(KEPT, code)
        return None if kept is None else self._said(kept["said"], kept["at"])

    def _said(self, said: str | bytes, at: int) -> AuthorizationCode:
        granted, redirect_uri, code_challenge = orjson.loads(said)
        grant = Grant.from_json(dict(zip(Grant._fields, granted, strict=True)))
        return AuthorizationCode(grant, redirect_uri, code_challenge, at + self._settings.code_lifetime)
