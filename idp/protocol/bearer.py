"""Believes our own access tokens where we are the resource: presented as RFC 6750 says, alive in their own rows.

UserInfo, introspection and revocation stand on this; resource servers elsewhere have the guard of ``clients.kit``.
"""

from collections.abc import Mapping
from typing import Any

from idp.domain.tokens import ACCESS_TOKEN_TYP
from idp.errors import InvalidRequest, InvalidToken
from idp.protocol.exchange import MachineRequest
from idp.services import Services
from idp.store import live
from keys.jose import TokenInvalid


class TokenMisplaced(InvalidRequest):
    """RFC 6750 §3.1: a token was sent, in a way it must not be; the challenge says so (§3)."""

    challenge = "Bearer"


def presented_token(request: MachineRequest) -> str:
    """Give the access token of a request: in the header, or in a form's body; never in the query (RFC 6750 §2).

    :raises InvalidToken: when none was sent (without a description, so that the challenge carries no error code).
    :raises TokenMisplaced: when it was sent twice or in the query.
    """
    if "access_token=" in request.query:
        raise TokenMisplaced("an access token in the query would end up in logs; send it as a header (RFC 9700 §4.3.2)")
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    header = value.strip() if scheme.lower() == "bearer" else None
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    body = request.form().get("access_token") if request.method == "POST" and is_form and request.body else None
    if header and body:
        raise TokenMisplaced("the access token was sent in two ways (RFC 6750 §2)")
    token = header or body
    if not token:
        raise InvalidToken()
    return token


def unexpired_claims(services: Services, token: str) -> Mapping[str, Any] | None:
    """Give the claims of an access token of ours that has not expired and whose client still is; it may have ended."""
    claims: Mapping[str, Any] | None = _signed_claims(services, token)
    if claims is None:
        claims = services.opaque_tokens.claims_of(token, services.now())
    if claims is None or claims["exp"] <= services.now() or claims["iss"] != services.settings.issuer:
        return None
    return claims if services.clients.get(claims["client_id"]) is not None else None


def token_claims(services: Services, token: str) -> Mapping[str, Any] | None:
    """Give the claims of an access token of ours that has neither expired nor ended, or None.

    Grant, account and the list of what has ended are read from their own rows, never a cache (design §6).
    """
    return believed(services, token)[0]


def believed(services: Services, token: str) -> tuple[Mapping[str, Any] | None, str | None]:
    """Give the claims of a token that lives, and the account that it speaks of: None for a client that acts for itself."""
    claims = unexpired_claims(services, token)
    if claims is None:
        return None, None
    if "gid" in claims:
        account_id = live.account_of_token(services.direct, claims)
        return (None, None) if account_id is None else (claims, account_id)
    return (None, None) if live.has_ended(services.direct, claims) else (claims, None)


def _signed_claims(services: Services, token: str) -> Mapping[str, Any] | None:
    if token.count(".") != 2:
        return None
    try:
        return services.key_ring.get().claims_of(token, ACCESS_TOKEN_TYP)
    except TokenInvalid:
        return None
