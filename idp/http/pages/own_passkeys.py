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
    signed_in, fresh = needs_sign_in(services), needs_fresh(services, recovery=True)

    @blueprint.get("", strict_slashes=False)
    @signed_in
    def listed() -> ResponseReturnValue:
        return _listed(services)

    @blueprint.get("/add")
    @fresh
    def ask() -> ResponseReturnValue:
        return _adding(services)

    @blueprint.post("/add")
    @fresh
    def add() -> ResponseReturnValue:
        return _added(services)

    @blueprint.post("/<passkey_id>/name")
    @signed_in
    def rename(passkey_id: str) -> ResponseReturnValue:
        kept.rename(services, g.session.account_id, passkey_id, request.form.get("label", ""))
        flash(gettext("The name is changed."))
        return redirect(url_for("own_passkeys.listed"), 303)

    @blueprint.get("/<passkey_id>/remove")
    @fresh
    def ask_to_remove(passkey_id: str) -> ResponseReturnValue:
        return _removing(services, passkey_id)

    @blueprint.post("/<passkey_id>/remove")
    @fresh
    def remove(passkey_id: str) -> ResponseReturnValue:
        kept.remove(services, g.session.account_id, passkey_id, kept_session=g.session.sid)
        flash(gettext("It is removed. Every confirmed phone and e-mail address of yours is being told."))
        return redirect(url_for("own_passkeys.listed"), 303)

    return blueprint


def _listed(services: Services) -> str:
    onward: dict[str, Any] = way()
    waiting = interaction(services)
    return account_page(
        "idp/passkeys.html",
        CURRENT,
        shown=[_view(each) for each in _own(services)],
        add_address=url_for("own_passkeys.ask", **onward),
        asking=waiting.asking if waiting else None,
        onward_address=url_for("authorize.authorize", pending=waiting.pending.id) if waiting else "",
    )


def _adding(services: Services, refusal: str = "", label: str = "", status: int = 200) -> Response:
    options = registration.creation_options(services, party_of(services), _bound())
    onward: dict[str, Any] = way()
    back = url_for("own_passkeys.listed", **onward)
    given = {"options": json.dumps(options), "label": label or _suggested(), "refusal": refusal, "back_address": back}
    return make_response(account_page("idp/passkey_add.html", CURRENT, **given), status)


def _added(services: Services) -> ResponseReturnValue:
    label, response = request.form.get("label", ""), request.form.get(RESPONSE, "")
    if not response:
        return _adding(services, gettext("A passkey needs JavaScript, and a browser that knows passkeys."), label, 400)
    label = label if label.strip() else _suggested()
    try:
        registration.register(services, party_of(services), _bound(), label=label, response=response)
    except Refusal as refusal:
        return _adding(services, gettext(refusal.message, **refusal.values), label, refusal.status_code)
    flash(gettext("The passkey is added. Every confirmed phone and e-mail address of yours is being told."))
    onward: dict[str, Any] = way()
    return redirect(url_for("own_passkeys.listed", **onward), 303)


def _removing(services: Services, passkey_id: str) -> str:
    found = next((each for each in _own(services) if each.id == passkey_id), None)
    if found is None:
        raise NotFound(mark("This passkey is not there any more."))
    shown = AuthenticatorView(factor_words(kept.KIND), found.label, found.created_at, found.used_at)
    back = url_for("own_passkeys.listed")
    return account_page("idp/authenticator_remove.html", CURRENT, shown=shown, refusal="", back_address=back)


def _suggested() -> str:
    return device_words(request.user_agent.string)


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
