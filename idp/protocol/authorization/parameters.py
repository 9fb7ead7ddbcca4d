"""An authorization request as it was sent, read once: raw parameters and what they parse to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from idp.domain import release
from idp.domain.clients import Client
from idp.errors import InvalidRequest
from idp.once import once
from idp.protocol.scope import parse_scope

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
MAX_CLAIMS = 4096
"""Characters of the ``claims`` parameter that are read."""


@dataclass(frozen=True)
class AuthorizationRequest:
    """One request: its parameters, each sent once, and the client it names (found by the first check)."""

    parameters: Mapping[str, str]
    client: Client
    redirect_uri: str
    """The registered redirect URI that answers go to."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Give a parameter as sent."""
        return self.parameters.get(name)

    @once
    def response_type(self) -> str:
        """The response type, its words in order."""
        return " ".join(sorted((self.get("response_type") or "").split()))

    @once
    def response_mode(self) -> str:
        """How the answer travels: ``fragment`` where a token was asked for, else ``query`` (Multiple Response Types §2.1, §5).

        A missing or unknown response type is told where a client that takes codes looks (RFC 6749 §4.1.2.1).
        """
        carries_token = {"token", "id_token"} & set(self.response_type.split())
        return self.get("response_mode") or ("fragment" if carries_token else "query")

    @once
    def scopes(self) -> tuple[str, ...]:
        """The scopes asked for."""
        return parse_scope(self.get("scope"))

    @once
    def prompts(self) -> frozenset[str]:
        """What ``prompt`` asks for; unknown values are ignored (OpenID Connect Core §3.1.2.1)."""
        return frozenset((self.get("prompt") or "").split()) & PROMPTS

    @once
    def max_age(self) -> int | None:
        """Seconds since the last sign-in at most, or None.

        :raises InvalidRequest: when it is not a whole number.
        """
        text = self.get("max_age")
        if text is None:
            default = self.client.metadata.get("default_max_age")
            return None if default is None else int(default)
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise InvalidRequest("max_age is a whole number of seconds (OpenID Connect Core §3.1.2.1)")
        return int(text)

    @once
    def claims(self) -> dict[str, Any]:
        """The ``claims`` parameter (OpenID Connect Core §5.5): members ``id_token`` and ``userinfo``.

        :raises InvalidRequest: when it is not such an object.
        """
        text = self.get("claims")
        if text is None:
            return {}
        try:
            whole = orjson.loads(text) if len(text) <= MAX_CLAIMS else None
            orjson.dumps([[whole]])  # so deep it lies in what a code says
        except (ValueError, TypeError):
            whole = None
        if not isinstance(whole, dict):
            raise InvalidRequest(f"claims is a JSON object of at most {MAX_CLAIMS} characters (Core §5.5)")
        members = {name: whole[name] for name in ("id_token", "userinfo") if whole.get(name) is not None}
        for member in members.values():
            wishes = member.values() if isinstance(member, dict) else [0]
            if not all(wish is None or isinstance(wish, dict) for wish in wishes):
                raise InvalidRequest("each claim of claims is null or an object (OpenID Connect Core §5.5.1)")
        return members

    @once
    def wished(self) -> frozenset[str]:
        """The claims about the person that ``claims`` asks for and this client may have; others are ignored (§5.5)."""
        named = {name for member in self.claims.values() for name in member} - {"sub"}
        return release.askable(self.client) & named if named else frozenset()

    @once
    def to_agree(self) -> tuple[str, ...]:
        """What the person must agree to: the scopes, and each claim asked for that none of them releases."""
        beyond = self.wished - release.claims_of(self.scopes) if self.wished else ()
        return (*self.scopes, *sorted(release.ONE_CLAIM + name for name in beyond))

    @once
    def requested_acr(self) -> tuple[str, ...]:
        """The ``acr`` values asked for, the preferred first: essential ones, then ``acr_values``, then the default."""
        essential = self.essential_acr
        if essential:
            return essential
        wish = (self.claims.get("id_token") or {}).get("acr") or {}
        values = values_of(wish)
        text = self.get("acr_values") or ""
        default = self.client.metadata.get("default_acr_values", ())
        return tuple(str(value) for value in (*values, *text.split())) or tuple(default)

    @once
    def essential_acr(self) -> tuple[str, ...]:
        """The ``acr`` values of which one must be reached (OpenID Connect Core §5.5.1.1); empty when none must."""
        wish = (self.claims.get("id_token") or {}).get("acr") or {}
        if not wish.get("essential"):
            return ()
        return tuple(str(value) for value in values_of(wish))

    @once
    def resources(self) -> tuple[str, ...]:
        """The audiences asked for (RFC 8707)."""
        return tuple((self.get("resource") or "").split())


def values_of(wish: Mapping[str, Any]) -> list[Any]:
    """Give the values wished for (OpenID Connect Core §5.5.1), none for what is no list of them."""
    values = wish.get("values") or ([wish["value"]] if "value" in wish else [])
    return values if isinstance(values, list) else []
