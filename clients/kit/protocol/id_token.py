"""The ID token's checks (OpenID Connect Core 1.0 §3.1.3.7), each a line of one list; none may be left out.

The signature is ``key_set``'s; whether the level reached is enough for a page is ``assurance``'s.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clients.kit import assurance
from clients.kit.clock import SKEW
from clients.kit.protocol.claims import audience, check_issuer, check_times, check_type, number, text
from clients.kit.protocol.key_set import KeySet, TokenInvalid

HASHES = {"EdDSA": "sha512"}
"""The hash of ``at_hash`` is that of the signature algorithm; Ed25519 uses SHA-512 inside."""


class LevelNotReached(TokenInvalid):
    """The sign-in is genuine but weaker or older than was asked for (Core §3.1.3.7, numbers 12 and 13)."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the ID token of one sign-in must agree with."""

    issuer: str
    client_id: str
    now: float
    nonce: str | None = None
    """The nonce of the request; none where a refresh gave the token (Core §12.2)."""
    access_token: str | None = None
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    subject: str | None = None
    """Who it must be about: at refresh the same person as before."""


def verify_id_token(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """Give the claims of an ID token after every check.

    :raises TokenInvalid: naming the first check that failed.
    :raises Unreachable: when the provider's keys cannot be read.
    """
    verified = keys.verify(token)
    claims = verified.claims
    check_type(verified.header, "", "jwt")
    check_issuer(claims, expected.issuer)
    _check_audience(claims, expected.client_id)
    check_times(claims, expected.now)
    _check_nonce(claims, expected.nonce)
    _check_subject(claims, expected.subject)
    _check_access_token_hash(claims, verified.header, expected.access_token)
    _check_age(claims, expected)
    _check_level(claims, expected.acr_values)
    return claims


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """We are the only audience, and the party it was issued to (numbers 3 to 5): we trust no other audience."""
    if audience(claims) != [client_id]:
        raise TokenInvalid("aud is not this client alone")
    if claims.get("azp", client_id) != client_id:
        raise TokenInvalid("azp is another client")


def _check_nonce(claims: Mapping[str, Any], nonce: str | None) -> None:
    """It answers this browser's request (number 11); without one nothing may be claimed either."""
    given = claims.get("nonce")
    if nonce is not None and not (isinstance(given, str) and hmac.compare_digest(given.encode(), nonce.encode())):
        raise TokenInvalid("nonce is not the one that was sent")


def _check_subject(claims: Mapping[str, Any], subject: str | None) -> None:
    if subject is not None and text(claims, "sub") != subject:
        raise TokenInvalid("sub is another person")
    text(claims, "sub")


def _check_access_token_hash(claims: Mapping[str, Any], header: Mapping[str, Any], access_token: str | None) -> None:
    """The access token beside it was not exchanged for another (§3.1.3.8)."""
    if access_token is None or "at_hash" not in claims:
        return
    digest = hashlib.new(HASHES.get(header["alg"], "sha256"), access_token.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not hmac.compare_digest(str(claims["at_hash"]).encode(), wanted.encode()):
        raise TokenInvalid("at_hash does not fit the access token")


def _check_age(claims: Mapping[str, Any], expected: Expected) -> None:
    if expected.max_age is None:
        return
    if number(claims, "auth_time") < expected.now - expected.max_age - SKEW:
        raise LevelNotReached("auth_time is older than max_age allows")


def _check_level(claims: Mapping[str, Any], acr_values: tuple[str, ...]) -> None:
    if acr_values and not any(assurance.satisfies(claims.get("acr"), wanted) for wanted in acr_values):
        raise LevelNotReached("acr is lower than was asked for")
