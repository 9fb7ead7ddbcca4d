"""``/account/authenticators/passkeys``: one's own passkeys: added, named, removed.

Adding and removing ask for a fresh proof as strong as the account. What is kept, and who is told, is
``idp.domain.authenticators.passkeys``' affair.
"""

import json
from typing import Any

from flask import Blueprint, Response, flash, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.authenticators.passkeys import kept, registration
from idp.domain.authenticators.passkeys.challenge import Bound
from idp.domain.authenticators.passkeys.kept import Passkey
from idp.errors import NotFound, Refusal
from idp.http.browser import browser_id
from idp.http.entry import way
from idp.http.fresh import needs_fresh
from idp.http.interaction import interaction
from idp.http.pages.account import account_page, needs_sign_in
from idp.http.pages.device_words import device_words, factor_words
from idp.http.pages.passkeys import RESPONSE, party_of
from idp.http.pages.views import AuthenticatorView, PasskeyView
from idp.services import Services
from idp.words import mark

CURRENT = "authenticators"


def own_passkeys_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("own_passkeys", __name__, url_prefix="/account/authenticators/passkeys")

    def adding(refusal: str = "", label: str = "", status: int = 200) -> Response:
        options = registration.creation_options(services, party_of(services), _bound())
        suggested = label or device_words(request.user_agent.string)
        onward: dict[str, Any] = way()
        back = url_for("own_passkeys.listed", **onward)
        given = {"options": json.dumps(options), "label": suggested, "refusal": refusal, "back_address": back}
        return make_response(account_page("idp/passkey_add.html", CURRENT, **given), status)

    @blueprint.get("", strict_slashes=False)
    @needs_sign_in(services)
    def listed() -> ResponseReturnValue:
        onward: dict[str, Any] = way()
        shown = [_view(each) for each in _own(services)]
        waiting = interaction(services)
        return account_page(
            "idp/passkeys.html",
            CURRENT,
            shown=shown,
            add_address=url_for("own_passkeys.ask", **onward),
            asking=waiting.asking if waiting else None,
            onward_address=url_for("authorize.authorize", pending=waiting.pending.id) if waiting else "",
        )

    @blueprint.get("/add")
    @needs_fresh(services, recovery=True)
    def ask() -> ResponseReturnValue:
        return adding()

    @blueprint.post("/add")
    @needs_fresh(services, recovery=True)
    def add() -> ResponseReturnValue:
        label, response = request.form.get("label", ""), request.form.get(RESPONSE, "")
        if not response:
            return adding(gettext("A passkey needs JavaScript, and a browser that knows passkeys."), label, 400)
        label = label if label.strip() else device_words(request.user_agent.string)
        try:
            registration.register(services, party_of(services), _bound(), label=label, response=response)
        except Refusal as refusal:
            return adding(gettext(refusal.message, **refusal.values), label, refusal.status_code)
        flash(gettext("The passkey is added. Every confirmed phone and e-mail address of yours is being told."))
        onward: dict[str, Any] = way()
        return redirect(url_for("own_passkeys.listed", **onward), 303)

    @blueprint.post("/<passkey_id>/name")
    @needs_sign_in(services)
    def rename(passkey_id: str) -> ResponseReturnValue:
        kept.rename(services, g.session.account_id, passkey_id, request.form.get("label", ""))
        flash(gettext("The name is changed."))
        return redirect(url_for("own_passkeys.listed"), 303)

    @blueprint.get("/<passkey_id>/remove")
    @needs_fresh(services, recovery=True)
    def ask_to_remove(passkey_id: str) -> ResponseReturnValue:
        found = next((each for each in _own(services) if each.id == passkey_id), None)
        if found is None:
            raise NotFound(mark("This passkey is not there any more."))
        shown = AuthenticatorView(factor_words(kept.KIND), found.label, found.created_at, found.used_at)
        back = url_for("own_passkeys.listed")
        return account_page("idp/authenticator_remove.html", CURRENT, shown=shown, refusal="", back_address=back)

    @blueprint.post("/<passkey_id>/remove")
    @needs_fresh(services, recovery=True)
    def remove(passkey_id: str) -> ResponseReturnValue:
        kept.remove(services, g.session.account_id, passkey_id, kept_session=g.session.sid)
        flash(gettext("It is removed. Every confirmed phone and e-mail address of yours is being told."))
        return redirect(url_for("own_passkeys.listed"), 303)

    return blueprint


def _bound() -> Bound:
    return Bound(browser_id(), g.session.account_id)


def _own(services: Services) -> list[Passkey]:
    with services.database.read() as connection:
        return kept.passkeys_of(connection, g.session.account_id)


def _view(passkey: Passkey) -> PasskeyView:
    return PasskeyView(
        id=passkey.id,
        label=passkey.label,
        added=passkey.created_at,
        used=passkey.used_at,
        travels=passkey.facts.backup_eligible,
        copied=passkey.state == kept.COPIED,
    )
