"""UserInfo (OpenID Connect Core §5.3): what the person agreed that this portal may know, read afresh each time."""

from typing import Any

from idp.domain import release
from idp.domain.clients import Client
from idp.domain.profile import load_profile
from idp.errors import InsufficientScope, InvalidToken
from idp.protocol.bearer import account_of, presented_token, token_claims
from idp.protocol.exchange import NO_STORE, MachineRequest, Reply, json_reply
from idp.services import Services
from idp.store import consents as consents_store
from idp.store import grants as grants_store


def userinfo(services: Services, request: MachineRequest) -> Reply:
    """Answer GET or POST with the claims that the token's scopes release.

    :raises InvalidToken: for a token that is not ours, has ended, or is meant for another resource.
    :raises InsufficientScope: for a token without ``openid`` (§5.3.1).
    """
    claims = token_claims(services, presented_token(request))
    if claims is None:
        raise InvalidToken("the access token has expired, was revoked, or is not ours (RFC 6750 §3.1)")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if services.settings.issuer not in audience:
        raise InvalidToken("the access token is meant for another resource (RFC 9068 §4)")
    scopes = claims["scope"].split()
    if "openid" not in scopes:
        raise InsufficientScope("UserInfo needs scope openid (OpenID Connect Core §5.3.1)")
    client = services.clients.get(claims["client_id"])
    if client is None:
        raise InvalidToken("the client is not registered any more")
    return _answer(services, client, _claims(services, client, claims, scopes))


def _claims(services: Services, client: Client, claims: dict[str, Any], scopes: list[str]) -> dict[str, Any]:
    account_id = account_of(services, claims)
    with services.database.read() as connection:
        profile = load_profile(connection, services.sealer, account_id)
        consent = consents_store.find(connection, account_id, client.client_id)
        family = grants_store.find_family(connection, claims.get("gid", ""))
    if profile is None:
        raise InvalidToken("the account is closed")
    refused = consent.refused_claims if consent else ()
    asked = (family.grant["claims"].get("userinfo") or {}) if family else {}
    allowed = {name: wish for name, wish in asked.items() if name in release.claims_of(scopes)}
    sub = services.subjects.of(account_id, client.subject_sector)
    return {"sub": sub, **release.release(profile, scopes, allowed, refused)}


def _answer(services: Services, client: Client, claims: dict[str, Any]) -> Reply:
    """As JSON, or as a signed JWT for a client that registered so (§5.3.2)."""
    algorithm = client.metadata.get("userinfo_signed_response_alg")
    if not algorithm:
        return json_reply(200, claims)
    whole = {"iss": services.settings.issuer, "aud": client.client_id, **claims}
    token = services.key_ring.get().sign(str(algorithm), whole, "JWT")
    return Reply(200, token.encode("ascii"), (("Content-Type", "application/jwt"), *NO_STORE))
