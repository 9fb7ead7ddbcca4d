"""Token introspection (RFC 7662, RFC 9701): only for tokens meant for the asking resource server, or its own.

Anything else is ``active: false``, without a word why (§2.2): introspection must not become an oracle.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint as AuthlibIntrospectionEndpoint

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.tokens import sector_of
from idp.errors import InvalidClient, InvalidRequest
from idp.protocol.bearer import believed
from idp.protocol.oauth2_request import MachineOAuth2Request
from idp.services import Services

if TYPE_CHECKING:
    from idp.protocol.server import Server

MEDIA_TYPE = "application/token-introspection+jwt"
INACTIVE: Mapping[str, Any] = {"active": False}


class IntrospectionEndpoint(AuthlibIntrospectionEndpoint):
    """Authlib's endpoint with our tokens."""

    ENDPOINT_NAME = "introspection"
    server: "Server"

    def create_endpoint_response(self, request: MachineOAuth2Request) -> tuple[int, Mapping[str, Any] | str, Any]:
        """Say what the asker may know of the token. A public client has no business here (§2.1)."""
        client = self.server.authenticate_client(request, ())
        if client.public:
            raise InvalidClient("introspection needs client authentication (RFC 7662 §2.1)")
        token = request.form.get("token")
        if token is None:
            raise InvalidRequest("token is missing (RFC 7662 §2.1)")
        seen = introspect(self.server.services, client, token)
        if MEDIA_TYPE in request.headers.get("accept", ""):
            return 200, signed(self.server.services, client, seen), (("Content-Type", MEDIA_TYPE),)
        return 200, seen, ()


def signed(services: Services, asker: Client, seen: Mapping[str, Any]) -> str:
    """Give the answer as a JWT for the asker alone (RFC 9701 §5): signed, so that it can be kept as evidence."""
    claims = {
        "iss": services.settings.issuer,
        "aud": asker.client_id,
        "iat": services.now(),
        "token_introspection": dict(seen),
    }
    algorithm = str(asker.metadata.get("introspection_signed_response_alg", "RS256"))
    return services.key_ring.get().sign(algorithm, claims, "token-introspection+jwt")


def introspect(services: Services, asker: Client, token: str) -> Mapping[str, Any]:
    """Give the introspection response (§2.2) for a token, as this asker may see it."""
    claims, account_id = believed(services, token)
    if claims is None or not _may_see(services, asker, claims):
        return INACTIVE
    _note(services, asker, claims, account_id)
    return {"active": True, "token_type": "Bearer", **claims}


def _note(services: Services, asker: Client, claims: Mapping[str, Any], account_id: str | None) -> None:
    """Leave an entry; the person that the token speaks of finds it in their access log."""
    seen = audit.entry(
        Action.TOKEN_INTROSPECTED,
        services.clock(),
        actor=("client", asker.client_id),
        object=("token", claims["jti"]),
        account_id=account_id,
        agency=asker.agency,
        client_id=claims["client_id"],
        session=claims.get("sid"),
    )
    services.audit_batch.record(seen)


def _may_see(services: Services, asker: Client, claims: Mapping[str, Any]) -> bool:
    """The audience may. So may the client it was issued to, unless the ``sub`` is of a sector it must not see (design §5)."""
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if any(resource in asker.resources for resource in audience):
        return True
    own_sector = sector_of(services, asker, audience) == asker.subject_sector
    return claims["client_id"] == asker.client_id and own_sector
