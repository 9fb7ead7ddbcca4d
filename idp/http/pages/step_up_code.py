"""``/step-up/code`` and ``/step-up/recovery-code``: somebody who is signed in shows a code of what they own.

What is right, and how fast it may be tried, is ``idp.domain.authenticators``' affair. A recovery code is asked for by
one's own pages alone: for a portal it would stand in for nothing.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.authenticators import recovery_codes, second_factor_release, totp
from idp.domain.authenticators.second_factor_delay import TooSoon
from idp.domain.confirmation import CodeOver
from idp.domain.sessions import Session
from idp.domain.sign_in import SignedIn
from idp.errors import Refusal
from idp.http.entry import device_cookie, let_in, way
from idp.http.forms import CodeForm, put_right
from idp.http.interaction import Interaction, interaction, session_here
from idp.http.pages.step_up_password import step_page, to_sign_in
from idp.services import Services
from idp.words import mark

Prove = Callable[..., SignedIn]
TEMPLATE = "idp/step_up_code.html"


def step_up_code_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("step_up_code", __name__)

    @blueprint.route("/step-up/code", methods=["GET", "POST"])
    def code() -> ResponseReturnValue:
        return _asked(services, totp.prove)

    @blueprint.route("/step-up/recovery-code", methods=["GET", "POST"])
    def recovery() -> ResponseReturnValue:
        if "pending" in request.args:
            onward: dict[str, Any] = way()
            return redirect(url_for("step_up.step_up", **onward), 303)
        return _asked(services, recovery_codes.prove, on_paper=True)

    return blueprint


def _asked(services: Services, prove: Prove, *, on_paper: bool = False) -> ResponseReturnValue:
    """Ask for a code of whoever is signed in here, and let them on with it."""
    here, session, form = interaction(services), session_here(services), CodeForm()
    if session is None:
        return to_sign_in()
    if request.method == "GET":
        return step_page(TEMPLATE, here, form=CodeForm(formdata=None), on_paper=on_paper, **_no_wait())
    try:
        if released := _released(services, session):
            given = {**_no_wait(), **released}
            return step_page(TEMPLATE, here, form=CodeForm(formdata=None), on_paper=on_paper, **given)
        if not form.validate():
            return step_page(TEMPLATE, here, 400, form=form, on_paper=on_paper, **_no_wait())
        if not on_paper and recovery_codes.looks_like_one(form.code.data or ""):
            return _on_paper(here, form)
        signed_in = prove(services, session.account_id, form.code.data or "", device=device_cookie(), sid=session.sid)
    except Refusal as refusal:
        return _refused(services, here, form, refusal, on_paper=on_paper)
    return let_in(services, here, signed_in)


def _on_paper(here: Interaction | None, form: CodeForm) -> Response:
    """Lead whoever typed a code on paper where it can be used; a portal takes none in place of an application's."""
    words = mark("This is a recovery code from your paper. Enter the six digits that your application shows.")
    put_right(form, "code", gettext(words))
    onward: dict[str, Any] = way()
    address = "" if "pending" in request.args else url_for("step_up_code.recovery", **onward)
    given = {**_no_wait(), "paper_address": address}
    return step_page(TEMPLATE, here, 400, form=form, on_paper=False, **given)


def _released(services: Services, session: Session) -> dict[str, Any]:
    """Do what the page offers to whoever has to wait: send a message, or take the code that was in it."""
    if request.form.get("ask") == "message":
        return {"confirmation": second_factor_release.send(services, session.account_id)}
    if confirmation := request.form.get("confirmation", "")[:100]:
        message = request.form.get("message", "")[:40]
        second_factor_release.redeem(services, session.account_id, session.sid, confirmation, message)
        return {"released": True}
    return {}


def _refused(
    services: Services, here: Interaction | None, form: CodeForm, refusal: Refusal, *, on_paper: bool
) -> Response:
    words = gettext(refusal.message, **refusal.values)
    given: dict[str, Any] = {**_no_wait(), "confirmation": request.form.get("confirmation", "")[:100]}
    if isinstance(refusal, CodeOver):
        given["confirmation"] = ""
    waits = isinstance(refusal, TooSoon)
    given["can_send"] = waits and second_factor_release.is_possible(services)
    of_message = bool(given["confirmation"]) or isinstance(refusal, CodeOver)
    refused = words if of_message or not put_right(form, refusal.field, words) else ""
    response = step_page(TEMPLATE, here, refusal.status_code, form=form, refusal=refused, on_paper=on_paper, **given)
    if isinstance(refusal, TooSoon):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def _no_wait() -> dict[str, Any]:
    return {"can_send": False, "confirmation": "", "released": False, "paper_address": ""}
