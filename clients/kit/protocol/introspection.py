"""Asking the provider about a token (RFC 7662): for opaque ones, and for all while the feed cannot be followed."""

from dataclasses import dataclass

from clients.kit.clock import Clock
from clients.kit.protocol.access_token import AccessToken, check_claims
from clients.kit.protocol.client_authentication import ClientAuthentication
from clients.kit.protocol.discovery import Discovery
from clients.kit.protocol.fetch import Fetcher, Unreachable
from clients.kit.protocol.key_set import TokenInvalid


@dataclass(frozen=True, slots=True)
class Introspection:
    """The provider's introspection endpoint, as this resource server uses it."""

    discovery: Discovery
    fetcher: Fetcher
    authentication: ClientAuthentication
    clock: Clock

    def ask(self, token: str, resource: str) -> AccessToken:
        """Give what the provider says of a living token meant for ``resource``.

        :raises TokenInvalid: when it is not active, or is meant for another resource.
        :raises Unreachable: when no usable answer came.
        """
        provider = self.discovery()
        if not provider.introspection_endpoint:
            raise Unreachable("the provider has no introspection endpoint")
        form = {"token": token, "token_type_hint": "access_token", **self.authentication.form(provider.issuer)}
        answer = self.fetcher.post(provider.introspection_endpoint, form, self.authentication.headers())
        if answer.status != 200:
            raise Unreachable(f"introspection answers {answer.status}")
        claims = answer.json()
        if claims.get("active") is not True:
            raise TokenInvalid("the provider says it is not active")
        return check_claims(claims, provider.issuer, resource, self.clock())
