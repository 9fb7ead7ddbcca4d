"""The checks of a JWT access token at a resource server (RFC 9068 §4), and what it says once believed.

Whether its session has ended meanwhile is ``ended_feed``'s to know; opaque tokens are ``introspection``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clients.kit.clock import SKEW
from clients.kit.protocol.claims import audience, check_issuer, check_times, check_type, number, text
from clients.kit.protocol.key_set import KeySet, TokenInvalid

LIVES_AT_MOST = 3600
"""Seconds an access token may live: as long as the feed of what has ended is remembered."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A believed access token. ``subject`` is pairwise for our own sector, or the client itself without a person."""

    subject: str
    client_id: str
    scopes: frozenset[str]
    claims: Mapping[str, Any]

    @property
    def sid(self) -> str:
        """The provider's session, empty where the token does not come from a sign-in."""
        return str(self.claims.get("sid", ""))

    @property
    def acr(self) -> str:
        """The level of the sign-in, empty where there was none."""
        return str(self.claims.get("acr", ""))

    @property
    def auth_time(self) -> float:
        """When the person last proved who they are, in Unix seconds; zero where the token does not say."""
        value = self.claims.get("auth_time", 0)
        return float(value) if isinstance(value, int | float) else 0.0


def verify_access_token(token: str, keys: KeySet, issuer: str, resource: str, now: float) -> AccessToken:
    """Give what a JWT access token says, after every check.

    :param resource: our own identifier, which must be among its audiences.
    :raises TokenInvalid: naming the first check that failed.
    :raises Unreachable: when the provider's keys cannot be read.
    """
    verified = keys.verify(token)
    check_type(verified.header, "at+jwt")
    text(verified.claims, "jti")
    return check_claims(verified.claims, issuer, resource, now)


def check_claims(claims: Mapping[str, Any], issuer: str, resource: str, now: float) -> AccessToken:
    """Check the claims that a JWT and an introspection answer have alike (RFC 9068 §2.2, RFC 7662 §2.2).

    A token bound to a key (``cnf``) is refused: accepted as a bearer token it would lose its binding (RFC 9449 §7.1).
    """
    check_issuer(claims, issuer)
    if resource not in audience(claims):
        raise TokenInvalid("aud is another resource")
    check_times(claims, now)
    if number(claims, "iat") < now - LIVES_AT_MOST - SKEW:
        raise TokenInvalid("it lives longer than an hour")
    if "cnf" in claims:
        raise TokenInvalid("it is bound to a key, which is not proved here")
    scope = claims.get("scope", "")
    scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset()
    return AccessToken(text(claims, "sub"), text(claims, "client_id"), scopes, claims)
