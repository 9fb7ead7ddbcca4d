"""Errors that help the portal's engineer: who may read a refusal's detail on the page, and what the log keeps of it.

The detail names parameter and rule. It is shown where the administrator of the portal's agency, or a central one, is
signed in; everybody else has words and a reference number, under which the operator finds it all in the log.
"""

from collections.abc import Callable
from contextlib import suppress

from flask import Flask, current_app, request

from idp.domain.administration.administrator import ADMINISTRATOR, CENTRAL, Administrator
from idp.domain.clients import Client
from idp.errors import ProtocolError, Refusal
from idp.http.browser import sign_on_cookie
from idp.http.interaction import session_here
from idp.logging import get_logger
from idp.protocol.authorization.pending import PendingLost
from idp.protocol.exchange import parse_parameters
from idp.services import Services
from idp.store import accounts

Sees = Callable[[str | None], bool]
"""Whether whoever is at the browser may read what concerns the client of this identifier (None: nobody's)."""

SEES = "motcua_sees_details"
MAX_LOGGED = 64
_log = get_logger("error_pages")


def set_up_details(app: Flask, sees: Sees) -> None:
    """Say who may read the detail of a refusal."""
    app.extensions[SEES] = sees


def administrators_see(services: Services) -> Sees:
    """Give the rule of the provider: an administrator who reaches the client's agency."""

    def sees(client_id: str | None) -> bool:
        session = session_here(services) if sign_on_cookie() else None
        if session is None:
            return False
        with services.database.read() as connection:
            row = accounts.find(connection, session.account_id)
        if row is None or row.state != "active" or not {ADMINISTRATOR, CENTRAL} & set(row.roles):
            return False
        client: Client | None = services.clients.get(client_id) if client_id else None
        by = Administrator(row.id, row.roles, row.agency)
        return by.sees_all or (client is not None and by.reaches(client.agency))

    return sees


def protocol_detail(error: ProtocolError) -> str:
    """Log what a protocol error says, under the reference number; give it to be shown, empty for who may not see it."""
    named = named_client()
    _log.info("portal_refused", error=str(error.error), why=str(error.description), client=(named or "")[:MAX_LOGGED])
    detail = f"{error.error}: {error.description}" if error.description else str(error.error)
    return detail if current_app.extensions[SEES](named) else ""


def refusal_detail(refusal: Refusal) -> str:
    """Log why a waiting sign-in is lost, the missing cookie by name; give it to be shown, empty for who may not see it."""
    if not isinstance(refusal, PendingLost):
        return ""
    detail = _why_lost(refusal)
    _log.info("sign_in_lost", why=detail)
    return detail if current_app.extensions[SEES](refusal.client_id) else ""


def _why_lost(lost: PendingLost) -> str:
    name = current_app.config["SESSION_COOKIE_NAME"]
    if not lost.of_other_browser:
        return "no request of this name waits: it was answered, or began more than 30 minutes ago"
    if name in request.cookies:
        return f"cookie {name} was sent, and names another browser than the one that brought the request"
    site = request.headers.get("Sec-Fetch-Site", "")
    reason = {
        "cross-site": "the request came from another site in a way that SameSite=Lax leaves cookies out of",
        "": "the browser does not keep cookies, or it is not the one that brought the request",
    }.get(site, "the browser refused or removed it, or it is not the one that brought the request")
    return f"cookie {name} was not sent: {reason}"


def named_client() -> str | None:
    """Give the client that the request in hand names, registered or not."""
    with suppress(ProtocolError):
        sent = request.get_data() if request.method == "POST" else request.query_string
        return parse_parameters(sent).get("client_id")
    return None
