"""Requests to the token endpoint: exchanging a code, refreshing, and a token for the client itself
(RFC 6749 §4.1.3, §6, §4.4). What the tokens say is checked by the modules of each kind of token."""

from dataclasses import dataclass

from clients.kit.clock import Clock
from clients.kit.protocol.client_authentication import ClientAuthentication
from clients.kit.protocol.discovery import Discovery
from clients.kit.protocol.fetch import Fetcher, Unreachable


class TokenRefused(Exception):
    """The provider refused (RFC 6749 §5.2).

    :param error: its code.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class TokenSet:
    """A token response (RFC 6749 §5.1).

    :param expires_at: when the access token dies, in Unix seconds.
    """

    access_token: str
    expires_at: float
    id_token: str = ""
    refresh_token: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """The provider's token endpoint, as this client uses it."""

    discovery: Discovery
    fetcher: Fetcher
    authentication: ClientAuthentication
    clock: Clock

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Exchange an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5).

        :raises TokenRefused: when the code is not good (any more).
        :raises Unreachable: when no answer came.
        """
        return self._ask(
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": redirect_uri,
            }
        )

    def refresh(self, refresh_token: str, resource: str = "") -> TokenSet:
        """Exchange a refresh token for a new pair; the old one must never be sent again (RFC 9700 §4.14.2).

        :param resource: the API that the access token is for (RFC 8707); none for the provider's own UserInfo.
        """
        target = {"resource": resource} if resource else {}
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token, **target})

    def for_client(self, scope: str, resource: str = "") -> TokenSet:
        """Get an access token for this client itself (RFC 6749 §4.4)."""
        target = {"resource": resource} if resource else {}
        return self._ask({"grant_type": "client_credentials", "scope": scope, **target})

    def _ask(self, form: dict[str, str]) -> TokenSet:
        provider = self.discovery()
        now = self.clock()
        form |= self.authentication.form(provider.issuer)
        answer = self.fetcher.post(provider.token_endpoint, form, self.authentication.headers())
        if answer.status in (400, 401, 403):
            raise TokenRefused(str(answer.json().get("error", ""))[:60])
        if answer.status != 200:
            raise Unreachable(f"the token endpoint answers {answer.status}")
        return _read(answer.json(), now)


def _read(content: dict[str, object], now: float) -> TokenSet:
    """Check the shape of a token response (RFC 6749 §5.1, §7.1: an unknown token type is not used)."""
    lifetime = content.get("expires_in", 0)
    text = {name: value for name, value in content.items() if isinstance(value, str)}
    if "access_token" not in text or text.get("token_type", "").lower() != "bearer":
        raise Unreachable("the token response has no bearer token")
    return TokenSet(
        access_token=text["access_token"],
        expires_at=now + (lifetime if isinstance(lifetime, int) and 0 < lifetime < 86400 else 0),
        id_token=text.get("id_token", ""),
        refresh_token=text.get("refresh_token", ""),
        scope=text.get("scope", ""),
    )
