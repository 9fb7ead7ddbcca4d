"""Reads ``id_token_hint``: one of our own ID tokens, whose signature must verify though it may have expired long ago.

OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2. Keys that retired within the last year still verify hints.
"""

from typing import Any

from idp.errors import InvalidRequest
from idp.services import Services
from keys.jose import TokenInvalid, verify


def read(services: Services, hint: str) -> dict[str, Any]:
    """Give the claims of a hint.

    :raises InvalidRequest: when it is not an ID token of ours.
    """
    ring = services.key_ring.get()
    try:
        claims = verify(hint, {**ring.remembered, **ring.published}, "JWT")
    except TokenInvalid:
        raise InvalidRequest("id_token_hint is not an ID token of this issuer") from None
    if claims.get("iss") != services.settings.issuer or not isinstance(claims.get("aud"), str) or "sub" not in claims:
        raise InvalidRequest("id_token_hint is not an ID token of this issuer")
    return claims
