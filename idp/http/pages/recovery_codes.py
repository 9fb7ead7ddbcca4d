"""``/account/authenticators/recovery-codes``: makes ten codes and shows them once, to be written down or printed.

What they are good for is ``idp.domain.authenticators.recovery_codes``' affair.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.authenticators import recovery_codes
from idp.http.entry import way
from idp.http.fresh import needs_fresh
from idp.http.pages.account import account_page
from idp.services import Services

MADE = "recovery_codes_form"
ONCE_FOR = 86400
"""Seconds that a form is remembered which was sent."""


def recovery_codes_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("recovery_codes", __name__, url_prefix="/account/authenticators")

    @blueprint.get("/recovery-codes")
    @needs_fresh(services)
    def codes() -> ResponseReturnValue:
        with services.database.read() as connection:
            left = recovery_codes.left(connection, g.session.account_id)
        return _page(left, (), once=secrets.token_urlsafe(12))

    @blueprint.post("/recovery-codes")
    @needs_fresh(services)
    def make() -> ResponseReturnValue:
        # Loaded again, the page that shows them would make new ones, and those on paper void.
        form = f"{g.session.account_id} {request.form.get('once', '')[:40]}"
        if not services.ephemeral.claim(MADE, form, ONCE_FOR):
            flash(gettext("These codes were shown once, and they are good. Make new ones if you have not kept them."))
            onward: dict[str, Any] = way()
            return redirect(url_for("recovery_codes.codes", **onward), 303)
        made = recovery_codes.make(services, g.session.account_id)
        return _page(len(made), made)

    return blueprint


def _page(left: int, codes: Sequence[str], once: str = "") -> str:
    given = {"left": left, "codes": codes, "once": once, "onward_address": _onward_address()}
    return account_page("idp/recovery_codes.html", "authenticators", **given)


def _onward_address() -> str:
    """Give the way back to the request that waits, or to the list."""
    if "pending" in request.args:
        onward: dict[str, Any] = way()
        return url_for("authorize.authorize", **onward)
    return url_for("authenticators.listed")
