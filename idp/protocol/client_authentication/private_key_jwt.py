"""Authenticates a client by a JWT that it signed (``private_key_jwt``: RFC 7523 §3, OpenID Connect Core §9).

Which keys a client has is ``idp.protocol.client_keys``' affair; each assertion is believed once.
"""

from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.clock import SKEW
from idp.domain.clients import Client
from idp.errors import InvalidClient
from idp.protocol.client_keys import keys_of
from idp.services import Services
from keys.jose import TokenInvalid, parse

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LONGEST_LIFE = 600
"""Seconds that an assertion may be valid for: longer, and its ``jti`` would have to be remembered for ever."""
SOURCE = "client_assertion"


def assertion_subject(assertion: str) -> str:
    """Give the client that an assertion says it is from; not yet believed.

    :raises InvalidClient: when it is no JWT.
    """
    try:
        subject = parse(assertion).claims.get("sub")
    except TokenInvalid as reason:
        raise InvalidClient(f"client_assertion: {reason}") from None
    if not isinstance(subject, str):
        raise InvalidClient("client_assertion has no sub (RFC 7523 §3)")
    return subject


def check_assertion(services: Services, client: Client, assertion: str) -> None:
    """Check an assertion's signature, claims and freshness, and that it was never used before.

    :raises InvalidClient: naming the rule that it breaks.
    """
    parsed = parse(assertion)
    algorithm = parsed.header.get("alg")
    registered = client.metadata.get("token_endpoint_auth_signing_alg")
    if algorithm not in ALGORITHMS or (registered and algorithm != registered):
        raise InvalidClient(f"client_assertion must be signed with {registered or ', '.join(ALGORITHMS)}")
    keys = keys_of(services, client, parsed.header.get("kid"))
    if not _signed_by_any(assertion, keys, str(algorithm)):
        raise InvalidClient("client_assertion is not signed with a registered key")
    _check_claims(services, client, parsed.claims)
    jti, lifetime = str(parsed.claims["jti"]), int(parsed.claims["exp"]) - services.now() + SKEW
    if not services.ephemeral.claim(SOURCE, f"{client.client_id} {jti}", max(lifetime, 1)):
        raise InvalidClient("client_assertion was used before (jti, RFC 7523 §3)")


def _signed_by_any(assertion: str, keys: KeySet, algorithm: str) -> bool:
    for key in keys.keys:
        try:
            jws.deserialize_compact(assertion, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            continue
        return True
    return False


def _check_claims(services: Services, client: Client, claims: dict[str, Any]) -> None:
    """Each claim with its check: ``iss sub aud exp jti`` required, ``iat nbf`` checked when present, others ignored."""
    now = services.clock()
    issuer = services.settings.issuer
    audiences = claims.get("aud")
    audiences = audiences if isinstance(audiences, list) else [audiences]
    numbers: dict[str, Any] = {name: claims[name] for name in ("exp", "iat", "nbf") if name in claims}
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in numbers.values()):
        raise InvalidClient("client_assertion: exp, iat and nbf are numbers (RFC 7519 §4.1)")
    rules = (
        (claims.get("iss") == client.client_id == claims.get("sub"), "iss and sub must be the client_id"),
        (issuer in audiences or f"{issuer}/token" in audiences, "aud must be the issuer or the token endpoint"),
        ("exp" in numbers and numbers["exp"] > now - SKEW, "exp is missing or past"),
        (numbers.get("exp", now) <= now + LONGEST_LIFE + SKEW, f"exp may lie {LONGEST_LIFE} s ahead at most"),
        (numbers.get("nbf", now) <= now + SKEW, "nbf lies ahead"),
        (numbers.get("iat", now) <= now + SKEW, "iat lies ahead"),
        (isinstance(claims.get("jti"), str) and len(claims["jti"]) <= 256, "jti is missing or too long"),
        (_after_birth(services, numbers), "it was made before what remembers used ones began; make a new one"),
    )
    for holds, rule in rules:
        if not holds:
            raise InvalidClient(f"client_assertion: {rule} (RFC 7523 §3)")


def _after_birth(services: Services, numbers: dict[str, Any]) -> bool:
    """An assertion older than the ephemeral store's birth may have been used before its memory was lost."""
    born = services.ephemeral.born_at()
    made = numbers.get("iat", numbers.get("exp", 0) - LONGEST_LIFE)
    return services.clock() - born > LONGEST_LIFE + SKEW or bool(made >= int(born) - SKEW)
