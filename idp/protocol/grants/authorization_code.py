"""The authorization code grant at the token endpoint (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).

A code is believed once. A second use ends everything that the first one issued (RFC 6749 §4.1.2). Issuing codes is
left to ``idp.protocol.authorization``.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibAuthorizationCodeGrant

from idp.domain import consents, release, tokens
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.codes import AuthorizationCode
from idp.domain.grant import Grant
from idp.domain.profile import load_profile
from idp.errors import InvalidGrant
from idp.protocol import pkce
from idp.protocol.grants.refusal import note_reuse
from idp.protocol.oauth2_request import MachineOAuth2Request
from idp.protocol.scope import asked_resources, narrower_resources
from idp.services import Services
from idp.store import grants as grants_store
from idp.store import redemption
from idp.store.sessions import SessionClientRow

if TYPE_CHECKING:
    from idp.protocol.server import Server


class AuthorizationCodeGrant(AuthlibAuthorizationCodeGrant):
    """Authlib's grant with our codes, PKCE and mint filled in."""

    GRANT_TYPE = "authorization_code"
    server: "Server"
    request: MachineOAuth2Request

    def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode:
        """Give the code's record.

        :raises InvalidGrant: when it is unknown, expired, another client's, or was used before.
        """
        services = self.server.services
        kept = services.codes.read(code, services.now())
        if kept is None:
            raise InvalidGrant("the code is unknown or expired (RFC 6749 §4.1.2)")
        if kept.grant.client_id != client.client_id:
            raise InvalidGrant("the code was issued to another client (RFC 6749 §4.1.3)")
        return kept

    def validate_token_request(self) -> None:
        """Check client, code, redirect URI and PKCE: nothing wrong may use the code up."""
        super().validate_token_request()
        services, kept = self.server.services, self.request.authorization_code
        if self.request.form.get("redirect_uri") != kept.redirect_uri:
            raise InvalidGrant("redirect_uri differs from the authorization request's (RFC 6749 §4.1.3)")
        pkce.check_verifier(kept.code_challenge, self.request.form.get("code_verifier"))
        if kept.expires_at <= services.now():
            _refuse_used(services, kept.grant)
            raise InvalidGrant("the code is unknown or expired (RFC 6749 §4.1.2)")

    def create_token_response(self) -> tuple[int, Mapping[str, Any], Any]:
        """Mint what was granted, once session and account are found still alive in their own rows."""
        grant = self.request.authorization_code.grant
        services, client = self.server.services, self.request.client
        resources = narrower_resources(
            client, grant.resources, asked_resources(services, self.request.form.get("resource"))
        )
        body = redeem(services, client, grant, resources)
        return 200, body, self.TOKEN_RESPONSE_HEADER


def redeem(services: Services, client: Client, grant: Grant, resources: tuple[str, ...]) -> dict[str, Any]:
    """Give the token response for a grant."""
    refresh_token = _begin(services, client, grant)
    released = released_in_id_token(services, grant) if "openid" in grant.scopes else None
    access = tokens.access_token(services, client, grant, grant.scopes, resources, released=released)
    body: dict[str, Any] = {
        "access_token": access.text,
        "token_type": "Bearer",
        "expires_in": access.expires_in,
        "scope": " ".join(grant.scopes),
    }
    if refresh_token is not None:
        body["refresh_token"] = refresh_token
    if released is not None:
        body["id_token"] = tokens.id_token(services, client, grant, access_token=access.text, released=released)
    return body


def _begin(services: Services, client: Client, grant: Grant) -> str | None:
    """Use the code up: begin the family and note the portal in the session, refused if what it rests on is over."""
    may_refresh = client.check_grant_type("refresh_token")
    family, token = tokens.new_family(services, grant, refreshable=may_refresh)
    sub = services.subjects.of(grant.account_id, client.subject_sector)
    portal = SessionClientRow(grant.sid, client.client_id, sub, family.created_at)
    purposes = client.purposes if consents.is_needed(client, grant.scopes) else None
    if not redemption.begin(services.direct, family, portal, purposes=purposes):
        _refuse_used(services, grant)
        if consents.agreement(services, grant.account_id, client, grant.scopes).missing:
            raise InvalidGrant("the person has withdrawn the agreement that this rests on")
        raise InvalidGrant("what granted this has ended: the session or the account")
    return token if may_refresh else None


def _refuse_used(services: Services, grant: Grant) -> None:
    """Where the grant has begun before, end what it issued and refuse: somebody holds a copy of the code."""
    with services.database.read() as connection:
        begun = grants_store.find_family(connection, grant.gid)
    if begun is not None:
        _end_replayed(services, grant)
        raise InvalidGrant("the code was used before; what it had issued is revoked (RFC 6749 §4.1.2)")


def released_in_id_token(services: Services, grant: Grant, *, alone: bool = False) -> dict[str, Any]:
    """Give the claims about the person that were asked for in the ID token itself (OpenID Connect Core §5.5).

    :param alone: whether no access token goes with it, so that the scopes' claims have no other way (§5.4).
    """
    wishes = grant.claims.get("id_token") or {}
    client = services.clients.get(grant.client_id) if wishes else None
    named = wishes.keys() & release.askable(client) if client else frozenset()
    by_scope = release.claims_of(grant.scopes) if alone else frozenset()
    asked = (named | by_scope) - release.NEVER_IN_TOKENS
    if not asked:
        return {}
    wanted = release.wanted((), asked, grant.refused_claims)
    with services.database.read() as connection:
        profile = load_profile(connection, services.sealer, grant.account_id, release.sealed_columns(wanted))
    return release.release(profile, wanted) if profile else {}


def _end_replayed(services: Services, grant: Grant) -> None:
    now = services.clock()
    with services.database.write() as connection:
        grants_store.end_families(connection, int(now), "code_replayed", gid=grant.gid)
        note_reuse(connection, services, Action.CODE_REPLAYED, grant, now)
