"""Claims from the UserInfo endpoint (OpenID Connect Core §5.3), believed only about the person of the ID token."""

from typing import Any

from clients.kit.protocol.discovery import Discovery
from clients.kit.protocol.fetch import Fetcher, Unreachable
from clients.kit.protocol.key_set import TokenInvalid


def user_info(discovery: Discovery, fetcher: Fetcher, access_token: str, subject: str) -> dict[str, Any]:
    """Give the claims; none where the provider has no such endpoint.

    :raises TokenInvalid: when they are about somebody else (§5.3.4: a substituted token).
    :raises Unreachable: when no answer came.
    """
    endpoint = discovery().userinfo_endpoint
    if not endpoint:
        return {}
    answer = fetcher.get(endpoint, {"Authorization": f"Bearer {access_token}"})
    if answer.status != 200:
        raise Unreachable(f"UserInfo answers {answer.status}")
    claims = answer.json()
    if claims.get("sub") != subject:
        raise TokenInvalid("UserInfo is about another sub")
    return claims
