"""The refresh token grant (RFC 6749 §6): every use rotates, a second use ends the family (RFC 9700 §4.14.2).

Rotation, and that session and account still live, is one statement in ``idp.store.grants``.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as AuthlibRefreshTokenGrant

from idp.domain import tokens
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.grant import Grant
from idp.errors import InvalidGrant, InvalidRequest, UnauthorizedClient
from idp.protocol.grants.refusal import note_reuse
from idp.protocol.oauth2_request import MachineOAuth2Request
from idp.protocol.scope import asked_resources, narrower, narrower_resources, parse_scope
from idp.services import Services
from idp.store import grants as grants_store
from idp.store.grants import FamilyRow

if TYPE_CHECKING:
    from idp.protocol.server import Server


class RefreshTokenGrant(AuthlibRefreshTokenGrant):
    """Authlib's grant; validating and rotating happen together, since a rotation that is checked twice can race."""

    GRANT_TYPE = "refresh_token"
    server: "Server"
    request: MachineOAuth2Request

    def validate_token_request(self) -> None:
        """Check the client and that a refresh token was sent."""
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClient("this client is not registered for grant_type refresh_token")
        if "refresh_token" not in self.request.form:
            raise InvalidRequest("refresh_token is missing (RFC 6749 §6)")
        self.request.client = client

    def create_token_response(self) -> tuple[int, Mapping[str, Any], Any]:
        """Rotate and mint."""
        services, client, form = self.server.services, self.request.client, self.request.form
        asked, wanted = parse_scope(form.get("scope")), asked_resources(services, form.get("resource"))
        family, refresh_token, scopes, resources = rotate(services, client, form["refresh_token"], asked, wanted)
        grant = Grant.from_json(family.grant)
        access = tokens.access_token(services, client, _of_its_session(family, grant), scopes, resources)
        body = {
            "access_token": access.text,
            "token_type": "Bearer",
            "expires_in": access.expires_in,
            "scope": " ".join(scopes),
            "refresh_token": refresh_token,
        }
        if "openid" in scopes:
            body["id_token"] = tokens.id_token(services, client, _without_nonce(grant), access_token=access.text)
        return 200, body, self.TOKEN_RESPONSE_HEADER


def rotate(
    services: Services, client: Client, token: str, asked: Sequence[str], resources: tuple[str, ...] | None
) -> tuple[FamilyRow, str, tuple[str, ...], tuple[str, ...]]:
    """Rotate, undone by a wrong scope or audience; gives family, new token, scopes and audiences.

    A request that narrows nothing cannot be wrong in that way, so its one statement needs no transaction around it.

    :raises InvalidGrant: when the token is unknown, another client's, over, or was used before (which ends its family).
    """
    narrows = bool(asked) or resources is not None
    with services.direct.transaction() if narrows else nullcontext(services.direct) as unit:
        rotated = tokens.rotate_family(unit, services, client.client_id, token)
        rotated = rotated or tokens.resume_family(unit, services, client, token)
        if rotated is not None:
            family, new = rotated
            scopes = narrower(tuple(family.grant["scopes"]), asked)
            return family, new, scopes, narrower_resources(client, family.grant["resources"], resources)
    _refuse(services, client, token)
    raise InvalidGrant("the refresh token is unknown, expired, used before, or what it rests on has ended")


def _refuse(services: Services, client: Client, token: str) -> None:
    """End the family when the token was once its own: somebody holds a copy, and nobody can tell who is the thief."""
    now = services.clock()
    with services.database.write() as connection:
        family = tokens.family_of(connection, token)
        reused = (
            family is not None
            and family.client_id == client.client_id
            and family.ended_at is None
            and family.current_hash != tokens.hash_token(token)
        )
        if family is None or not reused:
            return
        grants_store.end_families(connection, int(now), "refresh_token_reused", gid=family.gid)
        note_reuse(connection, services, Action.REFRESH_TOKEN_REUSED, family, now)


def _of_its_session(family: FamilyRow, grant: Grant) -> Grant:
    """What was granted for while the person is away is not named by a session that is over (Core §11)."""
    return grant if family.session_lives else grant._replace(sid="")


def _without_nonce(grant: Grant) -> Grant:
    """A refreshed ID token should not repeat the nonce (OpenID Connect Core §12.2)."""
    return grant._replace(nonce=None)
