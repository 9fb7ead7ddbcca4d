"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): what a request to end the session means.

A hint that is ours and names this browser's session is proof enough that the portal, and not a stranger's page, asked;
without it the person is asked (§2, against forged logout). Ending is ``idp.domain.sessions``', pages ``idp.http``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from idp.domain.clients import Client
from idp.domain.sessions import Session
from idp.errors import InvalidRequest
from idp.protocol import id_token_hint
from idp.services import Services


@dataclass(frozen=True)
class LogoutRequest:
    """A checked request. ``return_to`` is the registered address to go to afterwards, with ``state``, or None."""

    client: Client | None
    return_to: str | None
    confirmed: bool
    """Whether the session may be ended without asking the person."""
    hinted: bool = False
    """Whether an ID token of ours names the portal: only then is its address gone to without a click (§3)."""


def read(services: Services, parameters: Mapping[str, str], session: Session | None) -> LogoutRequest:
    """Check a logout request.

    :raises InvalidRequest: for a hint that is not ours, clients that differ, or an address that was not registered (§3).
    """
    hint = parameters.get("id_token_hint")
    claims = id_token_hint.read(services, hint) if hint else {}
    client_id = parameters.get("client_id") or claims.get("aud")
    if claims and client_id != claims["aud"]:
        raise InvalidRequest("client_id is not the audience of id_token_hint (RP-Initiated Logout §2)")
    client = services.clients.get(client_id) if client_id else None
    if client_id and client is None:
        raise InvalidRequest("client_id names no registered client (RP-Initiated Logout §2)")
    return_to = _return_to(client, parameters)
    this_session = session is not None and claims.get("sid") == session.sid
    return LogoutRequest(client, return_to, this_session, bool(claims))


def _return_to(client: Client | None, parameters: Mapping[str, str]) -> str | None:
    """An address is gone to only when the client is known and registered exactly it (§3)."""
    address = parameters.get("post_logout_redirect_uri")
    if address is None:
        return None
    if client is None:
        raise InvalidRequest("post_logout_redirect_uri needs client_id or id_token_hint (RP-Initiated Logout §2)")
    if address not in client.post_logout_redirect_uris:
        raise InvalidRequest("post_logout_redirect_uri is not one that this client registered (RP-Initiated Logout §3)")
    state = parameters.get("state")
    if state is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}state={quote(state, safe='')}"
