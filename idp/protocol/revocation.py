"""Token revocation (RFC 7009): a refresh token takes its whole grant with it, an access token itself alone.

A token that is unknown, or another client's, is answered 200 as §2.2 asks, and nothing happens.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc7009 import RevocationEndpoint as AuthlibRevocationEndpoint
from sqlalchemy import Connection

from idp.domain import audit, ended, tokens
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.errors import InvalidRequest
from idp.protocol.bearer import token_claims
from idp.protocol.oauth2_request import MachineOAuth2Request
from idp.services import Services
from idp.store import grants as grants_store

if TYPE_CHECKING:
    from idp.protocol.server import Server


class RevocationEndpoint(AuthlibRevocationEndpoint):
    """Authlib's endpoint with our tokens."""

    ENDPOINT_NAME = "revocation"
    server: "Server"

    def create_endpoint_response(self, request: MachineOAuth2Request) -> tuple[int, Mapping[str, Any], Any]:
        """Revoke and answer 200. ``token_type_hint`` is a hint: both kinds are looked for (§2.1)."""
        client = self.server.authenticate_client(request, ())
        token = request.form.get("token")
        if token is None:
            raise InvalidRequest("token is missing (RFC 7009 §2.1)")
        revoke(self.server.services, client, token)
        return 200, {}, ()


def revoke(services: Services, client: Client, token: str) -> None:
    """Revoke a token of the client's own; another client's stays as it is."""
    claims = token_claims(services, token)
    now = services.clock()
    with services.database.write() as connection:
        family = tokens.family_of(connection, token)
        if family is not None and family.client_id == client.client_id:
            for gid in grants_store.end_families(connection, int(now), "revoked", gid=family.gid):
                ended.end(connection, services.settings, "gid", gid, now)
                _record(connection, client, ("grant", gid), family.account_id, now)
        elif claims is not None and claims["client_id"] == client.client_id:
            ended.end(connection, services.settings, "jti", claims["jti"], now)
            _record(connection, client, ("access_token", claims["jti"]), None, now)


def _record(connection: Connection, client: Client, what: tuple[str, str], account_id: str | None, now: float) -> None:
    entry = audit.entry(
        Action.TOKEN_REVOKED,
        now,
        actor=("client", client.client_id),
        object=what,
        account_id=account_id,
        client_id=client.client_id,
    )
    audit.record(connection, entry)
