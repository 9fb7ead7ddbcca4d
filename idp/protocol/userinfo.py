"""UserInfo (OpenID Connect Core §5.3): what the person agreed that this portal may know, read afresh each time."""

from collections.abc import Mapping
from typing import Any

from idp.domain import audit, release
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.profile import open_profile
from idp.errors import InsufficientScope, InvalidToken
from idp.protocol.bearer import presented_token, unexpired_claims
from idp.protocol.exchange import NO_STORE, MachineRequest, Reply, json_reply
from idp.services import Services
from idp.store import live


def userinfo(services: Services, request: MachineRequest) -> Reply:
    """Answer GET or POST with the claims that the token's scopes release.

    :raises InvalidToken: for a token that is not ours, has ended, or is meant for another resource.
    :raises InsufficientScope: for a token without ``openid`` (§5.3.1).
    """
    claims = unexpired_claims(services, presented_token(request))
    client = services.clients.get(claims["client_id"]) if claims else None
    if claims is None or client is None:
        raise InvalidToken("the access token has expired, was revoked, or is not ours (RFC 6750 §3.1)")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if services.settings.issuer not in audience:
        raise InvalidToken("the access token is meant for another resource (RFC 9068 §4)")
    scopes = claims["scope"].split()
    if "openid" not in scopes or "gid" not in claims:
        raise InsufficientScope("UserInfo needs scope openid (OpenID Connect Core §5.3.1)")
    return _answer(services, client, _claims(services, client, claims, scopes))


def _claims(services: Services, client: Client, claims: Mapping[str, Any], scopes: list[str]) -> dict[str, Any]:
    granted = live.granted(services.direct, claims)
    if granted is None:
        raise InvalidToken("the access token was revoked, or what it rests on has ended (RFC 6750 §3.1)")
    asked = granted.claims.get("userinfo") or {}
    allowed = asked.keys() & release.askable(client) if asked else ()
    wanted = release.wanted(scopes, allowed, granted.refused_claims)
    profile = open_profile(granted.account, services.sealer, release.sealed_columns(wanted))
    sub = _subject(services, client, claims, granted.account.id)
    released = release.release(profile, wanted)
    _note(services, client, claims, granted.account.id, [*released])
    return {"sub": sub, **released}


def _subject(services: Services, client: Client, claims: Mapping[str, Any], account_id: str) -> str:
    """Give who this is to the client: what its token says, unless that speaks to a resource of another sector."""
    if claims["aud"] == services.settings.issuer:
        return str(claims["sub"])
    return services.subjects.of(account_id, client.subject_sector)


def _note(services: Services, client: Client, claims: Mapping[str, Any], account_id: str, released: list[str]) -> None:
    """Leave an entry that the person finds in their access log."""
    read = audit.entry(
        Action.USERINFO_READ,
        services.clock(),
        actor=("client", client.client_id),
        object=("account", account_id),
        agency=client.agency,
        client_id=client.client_id,
        session=claims.get("sid"),
        token=claims["jti"],
        claims=released,
    )
    services.audit_batch.record(read)


def _answer(services: Services, client: Client, claims: dict[str, Any]) -> Reply:
    """As JSON, or as a signed JWT for a client that registered so (§5.3.2)."""
    algorithm = client.metadata.get("userinfo_signed_response_alg")
    if not algorithm:
        return json_reply(200, claims)
    whole = {"iss": services.settings.issuer, "aud": client.client_id, **claims}
    token = services.key_ring.get().sign(str(algorithm), whole, "JWT")
    return Reply(200, token.encode("ascii"), (("Content-Type", "application/jwt"), *NO_STORE))
