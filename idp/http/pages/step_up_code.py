"""``/step-up/code`` and ``/step-up/recovery-code``: somebody who is signed in shows a code of what they own.

What is right, and how fast it may be tried, is ``idp.domain.authenticators``' affair. A recovery code is asked for by
one's own pages alone: for a portal it would stand in for nothing.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.authenticators import recovery_codes, totp
from idp.domain.authenticators.second_factor_delay import TooSoon
from idp.domain.sign_in import SignedIn
from idp.errors import Refusal
from idp.http.entry import device_cookie, let_in, way
from idp.http.forms import CodeForm, put_right
from idp.http.interaction import interaction, session_here
from idp.http.pages.step_up_password import step_page, to_sign_in
from idp.services import Services

Prove = Callable[..., SignedIn]


def step_up_code_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("step_up_code", __name__)

    @blueprint.route("/step-up/code", methods=["GET", "POST"])
    def code() -> ResponseReturnValue:
        return _asked(services, "idp/step_up_code.html", totp.prove)

    @blueprint.route("/step-up/recovery-code", methods=["GET", "POST"])
    def recovery() -> ResponseReturnValue:
        if "pending" in request.args:
            onward: dict[str, Any] = way()
            return redirect(url_for("step_up.step_up", **onward), 303)
        return _asked(services, "idp/step_up_recovery.html", recovery_codes.prove)

    return blueprint


def _asked(services: Services, template: str, prove: Prove) -> ResponseReturnValue:
    """Ask for a code of whoever is signed in here, and let them on with it."""
    here, session, form = interaction(services), session_here(services), CodeForm()
    if session is None:
        return to_sign_in()
    if request.method == "GET":
        return step_page(template, here, form=CodeForm(formdata=None))
    if not form.validate():
        return step_page(template, here, 400, form=form)
    try:
        signed_in = prove(services, session.account_id, form.code.data or "", device=device_cookie(), sid=session.sid)
    except Refusal as refusal:
        words = gettext(refusal.message, **refusal.values)
        refused = "" if put_right(form, refusal.field, words) else words
        response = step_page(template, here, refusal.status_code, form=form, refusal=refused)
        if isinstance(refusal, TooSoon):
            response.headers["Retry-After"] = str(refusal.seconds)
        return response
    return let_in(services, here, signed_in)
