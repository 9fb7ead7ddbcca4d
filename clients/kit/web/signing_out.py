"""Signing out: of everything through the provider (OpenID Connect RP-Initiated Logout 1.0), and by the provider's word
(Back-Channel Logout 1.0). The logout token's checks are in ``protocol.logout_token``."""

from urllib.parse import urlencode

import structlog
from flask import Blueprint, Flask, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from clients.kit.extension import RelyingParty, relying_party
from clients.kit.person import Person
from clients.kit.protocol.fetch import Unreachable
from clients.kit.protocol.key_set import TokenInvalid
from clients.kit.protocol.logout_token import LogoutToken, verify_logout_token
from clients.kit.records import browser_sessions, logout_tokens
from clients.kit.records.database import writing
from clients.kit.web.forms import csrf
from clients.kit.web.sessions import visit
from templates.language import current_language

log = structlog.get_logger(__name__)
blueprint = Blueprint("signing_out", __name__)


@blueprint.post("/logout")
def logout() -> WerkzeugResponse:
    """End the session here, then ask the provider to end the rest."""
    party = relying_party()
    person, landing = visit().signed_in, f"{request.script_root}/logged-out"
    visit().sign_out()
    if person is None:
        return redirect(landing, 303)
    log.info("signed_out", sub=person.subject)
    return redirect(_provider_address(party, person) or landing, 303)


def _provider_address(party: RelyingParty, person: Person) -> str | None:
    """Give the provider's logout address; none where it has none or is silent: here they are signed out anyway."""
    try:
        with party.slots.take():
            endpoint = party.discovery().end_session_endpoint
    except Unreachable:
        return None
    if not endpoint:
        return None
    parameters = {
        "id_token_hint": person.tokens.id_token,
        "client_id": party.settings.client_id,
        "post_logout_redirect_uri": party.address("/logged-out"),
        "ui_locales": current_language(),
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"


@blueprint.get("/logged-out")
def logged_out() -> str:
    """Say that it is done."""
    return render_template("clients/kit/logged_out.html")


@blueprint.post("/backchannel-logout")
def backchannel_logout() -> tuple[WerkzeugResponse, int, dict[str, str]]:
    """Take a logout token from the provider (§2.5) and answer as §2.8 asks."""
    party = relying_party()
    try:
        token = _read(party)
    except TokenInvalid as fault:
        log.warning("logout_token_refused", why=str(fault))
        return _answer(400, "invalid_request", "the logout token is not valid (section 2.6)")
    except Unreachable as silence:
        log.warning("logout_token_unchecked", why=str(silence))
        return _answer(503, "temporarily_unavailable", "the keys of the provider cannot be read")
    with writing() as work:
        first = logout_tokens.claim(work, token)
        whose = {"sid": token.sid, "subject": token.subject}
        ended = browser_sessions.end(work, party.now, **whose, reason=token.reason) if first else 0
    party.sweeper.now_and_then()
    if not first:
        log.warning("logout_token_refused", why="jti was used before")
        return _answer(400, "invalid_request", "this jti was used before (section 2.6)")
    log.info("signed_out_by_provider", sid=token.sid or None, sub=token.subject or None, sessions=ended)
    return _answer(200)


def _read(party: RelyingParty) -> LogoutToken:
    tokens = request.form.getlist("logout_token")
    if len(tokens) != 1:
        raise TokenInvalid("logout_token must be sent exactly once")
    settings = party.settings
    return verify_logout_token(tokens[0], party.keys, settings.issuer, settings.client_id, party.clock())


def _answer(status: int, error: str = "", description: str = "") -> tuple[WerkzeugResponse, int, dict[str, str]]:
    content = {"error": error, "error_description": description} if error else {}
    return jsonify(content), status, {"Cache-Control": "no-store"}


def install(app: Flask) -> None:
    """Add these pages to ``app``."""
    app.register_blueprint(blueprint)
    csrf.exempt(backchannel_logout)
