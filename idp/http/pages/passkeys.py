"""``/signin/passkey``: signing in, or confirming, with a passkey; nobody types a name for it.

The browser's half is ``templates/static/passkeys.js``: it puts the answer of ``navigator.credentials`` into the form and
sends it. What is right is ``idp.domain.authenticators.passkeys``' affair, one's own passkeys ``own_passkeys``'.
"""

import json
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.authenticators.passkeys import authentication
from idp.domain.authenticators.passkeys.challenge import Bound
from idp.domain.authenticators.passkeys.refusals import UnknownPasskey
from idp.domain.authenticators.passkeys.relying_party import RelyingParty, relying_party
from idp.errors import NotFound, Refusal
from idp.http.browser import browser_id
from idp.http.entry import device_cookie, let_in, way
from idp.http.interaction import Interaction, interaction, session_here
from idp.http.pages.views import PasskeyAsk
from idp.protocol.authorization.decision import SignIn as SignInStep
from idp.services import Services
from idp.words import mark
from templates.addresses import address_of, as_query

RESPONSE = "credential"
"""The form field that the browser's script fills."""


def passkeys_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("passkeys", __name__)

    def page(here: Interaction | None, refusal: str = "", status: int = 200, unknown: str = "") -> Response:
        account_id = _whose(services, here)
        onward: dict[str, Any] = way()
        back = url_for("step_up.step_up" if account_id else "signin.signin", **onward)
        given = {"ask": ask(services, account_id, unknown), "refusal": refusal, "confirming": bool(account_id)}
        if here is not None:
            return here.page("idp/passkey.html", status, back_address=back, **given)
        return make_response(render_template("idp/passkey.html", asking=None, back_address=back, **given), status)

    @blueprint.get("/signin/passkey")
    def ask_for() -> ResponseReturnValue:
        here = interaction(services)
        if here is None and session_here(services) and "next" not in request.args:
            return redirect(url_for("account.home"), 303)
        return page(here)

    @blueprint.post("/signin/passkey")
    def use() -> ResponseReturnValue:
        here, session, response = interaction(services), session_here(services), request.form.get(RESPONSE, "")
        if not response:
            return page(here, gettext("A passkey needs JavaScript, and a browser that knows passkeys."), 400)
        bound = Bound(browser_id(), session.account_id if session else "")
        try:
            signed_in = authentication.sign_in(
                services, party_of(services), bound, response=response, device=device_cookie()
            )
        except Refusal as refusal:
            unknown = refusal.credential_id if isinstance(refusal, UnknownPasskey) else ""
            return page(here, gettext(refusal.message, **refusal.values), refusal.status_code, unknown)
        return let_in(services, here, signed_in)

    return blueprint


def party_of(services: Services) -> RelyingParty:
    """Give the relying party.

    :raises idp.errors.NotFound: where passkeys are not offered.
    """
    party = relying_party(services.settings)
    if party is None:
        raise NotFound(mark("Passkeys cannot be used at this address of the service."))
    return party


def ask(services: Services, account_id: str = "", unknown: str = "") -> PasskeyAsk:
    """Give what a page needs to ask the browser for a passkey: anybody's, or one of this account's.

    :param unknown: a credential that nobody has here, of which the browser is told (§5.1.10.1).
    :raises idp.errors.NotFound: where passkeys are not offered.
    """
    party = party_of(services)
    options = authentication.request_options(services, party, Bound(browser_id(), account_id))
    signal = json.dumps({"rpId": party.id, "credentialId": unknown}) if unknown else ""
    return PasskeyAsk(json.dumps(options), address_of("passkeys.use", as_query(way())), signal)


def _whose(services: Services, here: Interaction | None) -> str:
    """Give the account that is to confirm; empty where anybody may sign in."""
    session = session_here(services)
    if session is None or "other" in request.args:
        return ""
    return "" if here is not None and isinstance(here.due(), SignInStep) else session.account_id
