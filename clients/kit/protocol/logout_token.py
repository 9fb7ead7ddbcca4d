"""The logout token's checks (OpenID Connect Back-Channel Logout 1.0 §2.6), in the order of that section.

That a token is used once is ``records``' to keep, in the same transaction that ends the sessions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clients.kit.clock import SKEW
from clients.kit.protocol.claims import audience, check_issuer, check_times, check_type, number, text
from clients.kit.protocol.key_set import KeySet, TokenInvalid

EVENT = "http://schemas.openid.net/event/backchannel-logout"
REASONS = frozenset({"certificate_revoked", "certificate_on_hold", "account_frozen"})
"""Values of ``end_reason``, the provider's own claim, for which there are words; any other is as good as none (§2.4)."""
MEMORY = 86400
"""Seconds ahead that ``exp`` may lie: as long as we are ready to remember a ``jti``."""


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """A checked logout token. At least one of ``sid`` and ``subject`` is not empty."""

    jti: str
    issued_at: float
    expires_at: float
    sid: str = ""
    subject: str = ""
    reason: str = ""
    """Why, where the person is to be told: one of ``REASONS``."""


def verify_logout_token(token: str, keys: KeySet, issuer: str, client_id: str, now: float) -> LogoutToken:
    """Give what a logout token says after every check.

    :raises TokenInvalid: naming the first check that failed.
    :raises Unreachable: when the provider's keys cannot be read.
    """
    verified = keys.verify(token)
    claims = verified.claims
    check_type(verified.header, "", "jwt", "logout+jwt")
    check_issuer(claims, issuer)
    if client_id not in audience(claims):
        raise TokenInvalid("aud is not this client")
    check_times(claims, now)
    if number(claims, "exp") > now + MEMORY + SKEW:
        raise TokenInvalid("exp lies further ahead than a jti is remembered")
    _check_event(claims)
    if "nonce" in claims:
        raise TokenInvalid("a logout token has no nonce")
    return LogoutToken(
        jti=text(claims, "jti"),
        issued_at=number(claims, "iat"),
        expires_at=number(claims, "exp"),
        reason=_reason(claims),
        **_whom(claims),
    )


def _check_event(claims: Mapping[str, Any]) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise TokenInvalid("events does not say back-channel logout")


def _reason(claims: Mapping[str, Any]) -> str:
    reason = claims.get("end_reason")
    return reason if isinstance(reason, str) and reason in REASONS else ""


def _whom(claims: Mapping[str, Any]) -> dict[str, str]:
    sid = text(claims, "sid") if "sid" in claims else ""
    subject = text(claims, "sub") if "sub" in claims else ""
    if not sid and not subject:
        raise TokenInvalid("there is neither sid nor sub")
    return {"sid": sid, "subject": subject}
