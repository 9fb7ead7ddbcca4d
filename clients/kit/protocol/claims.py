"""Checks that several kinds of token share (RFC 7519 §4.1). Each raises ``TokenInvalid``, worded for the log."""

from collections.abc import Mapping
from typing import Any

from clients.kit.clock import SKEW
from clients.kit.protocol.key_set import TokenInvalid

Claims = Mapping[str, Any]


def check_issuer(claims: Claims, issuer: str) -> None:
    """``iss`` is exactly the provider."""
    if claims.get("iss") != issuer:
        raise TokenInvalid("iss is another issuer")


def audience(claims: Claims) -> list[str]:
    """Give ``aud`` as a list; one string stands for a list of one."""
    value = claims.get("aud")
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not several or not all(isinstance(one, str) for one in several):
        raise TokenInvalid("aud is missing or malformed")
    return several


def number(claims: Claims, name: str) -> float:
    """Give a NumericDate that must be there (RFC 7519 §2)."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise TokenInvalid(f"{name} is missing or not a time")
    return value


def text(claims: Claims, name: str) -> str:
    """Give a non-empty string that must be there."""
    value = claims.get(name)
    if not isinstance(value, str) or not value or len(value) > 255:
        raise TokenInvalid(f"{name} is missing or not a text of at most 255 characters")
    return value


def check_times(claims: Claims, now: float) -> None:
    """``exp`` lies ahead and ``iat`` not, within the one tolerance for clocks."""
    if number(claims, "exp") <= now - SKEW:
        raise TokenInvalid("it has expired")
    if number(claims, "iat") > now + SKEW:
        raise TokenInvalid("iat lies ahead")


def check_type(header: Mapping[str, Any], *allowed: str) -> None:
    """``typ`` is one of ``allowed``, so that one kind of token never passes for another (RFC 8725 §3.11).

    An empty string among them allows its absence.
    """
    value = str(header.get("typ", "")).lower().removeprefix("application/")
    if value not in allowed:
        raise TokenInvalid(f"typ {value!r:.30} is another kind of token")
