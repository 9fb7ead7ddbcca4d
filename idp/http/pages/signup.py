"""``/signup``: a level 1 account in two steps, one's details and then the code that was sent.

What may stand in an account, and that nobody learns who has one, is ``idp.domain.sign_up``'s affair. The sign-up that
waits for its code is remembered in the browser's own signed cookie.
"""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.confirmation import CodeOver
from idp.domain.message_senders import channels
from idp.domain.sign_in import ChallengeNeeded
from idp.domain.sign_up import Application, Unfit, make_sign_up
from idp.errors import Refusal, TryAgainLater
from idp.http.entry import Hurdle, answer_given, device_cookie, let_in, onwards, way
from idp.http.forms import ConfirmForm, SignUpForm, put_right
from idp.http.interaction import Interaction, interaction, session_here
from idp.http.responses import RETRY_AFTER
from idp.services import Services
from templates.language import current_language

SIGN_UP = "sign_up"
"""In the browser's own cookie: the sign-up that waits for its code."""


def signup_open(services: Services) -> bool:
    """Say whether people can sign up by themselves: without a way to send them a code they cannot (design, processes)."""
    return bool(channels(services.settings)) and "signup.signup" in current_app.view_functions


def signup_pages(services: Services) -> Blueprint:
    """Give the pages; where no code can be sent there are none."""
    blueprint = Blueprint("signup", __name__)
    if not channels(services.settings):
        return blueprint
    sign_up = make_sign_up(services)
    minimum = services.settings.password_minimum

    @blueprint.get("/signup")
    def signup() -> ResponseReturnValue:
        here = interaction(services)
        if here is None and session_here(services):
            return onwards(None)
        return _page("idp/signup.html", here, SignUpForm(), minimum=minimum)

    @blueprint.post("/signup")
    def begin() -> ResponseReturnValue:
        here, form = interaction(services), SignUpForm()
        if not form.validate():
            return _page("idp/signup.html", here, form, 400, minimum=minimum)
        try:
            waiting = sign_up.begin(_application(form), address=request.remote_addr or "", answer=answer_given())
        except Refusal as refusal:
            hurdle = Hurdle(refusal.challenge if isinstance(refusal, ChallengeNeeded) else None)
            return _refused("idp/signup.html", here, form, refusal, minimum=minimum, hurdle=hurdle)
        session[SIGN_UP] = waiting.id
        return redirect(_address("signup.confirm"), 303)

    @blueprint.get("/signup/confirm")
    def confirm() -> ResponseReturnValue:
        waiting = sign_up.waiting(session.get(SIGN_UP, ""))
        if waiting is None:
            return redirect(_address("signup.signup"), 303)
        return _page("idp/signup_confirm.html", interaction(services), ConfirmForm(), waiting=waiting)

    @blueprint.post("/signup/confirm")
    def finish() -> ResponseReturnValue:
        here, form, confirmation = interaction(services), ConfirmForm(), session.get(SIGN_UP, "")
        waiting = sign_up.waiting(confirmation)
        try:
            if request.form.get("ask") == "again":
                again = sign_up.send_again(confirmation)
                empty = ConfirmForm(formdata=None)
                return _page("idp/signup_confirm.html", here, empty, waiting=again, sent_again=True)
            if not form.validate():
                return _page("idp/signup_confirm.html", here, form, 400, waiting=waiting)
            signed_in = sign_up.confirm(confirmation, form.code.data or "", device=device_cookie())
        except CodeOver as over:
            session.pop(SIGN_UP, None)
            return _refused("idp/signup.html", here, SignUpForm(formdata=None), over, minimum=minimum)
        except Refusal as refusal:
            return _refused("idp/signup_confirm.html", here, form, refusal, waiting=waiting)
        return let_in(services, here, signed_in)

    return blueprint


def _application(form: SignUpForm) -> Application:
    return Application(
        name=form.name.data or "",
        contact=form.contact.data or "",
        password=form.password.data or "",
        personal_number=form.personal_number.data or "",
        locale=current_language(),
    )


def _refused(template: str, here: Interaction | None, form: Any, refusal: Refusal, **given: Any) -> Response:
    """Show the page again, with what is to be mended at its field, or above all of them."""
    left = ""
    for each in refusal.refusals if isinstance(refusal, Unfit) else (refusal,):
        words = gettext(each.message, **each.values)
        left = left if put_right(form, each.field, words) else words
    response = _page(template, here, form, refusal.status_code, refusal=left, **given)
    if isinstance(refusal, TryAgainLater):
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _page(template: str, here: Interaction | None, form: Any, status: int = 200, **given: Any) -> Response:
    usual = {"hurdle": Hurdle(), "refusal": "", "waiting": None, "sent_again": False}
    addresses = {"signin_address": _address("signin.signin"), "signup_address": _address("signup.signup")}
    whole = {"form": form, **addresses, **usual, **given}
    if here is not None:
        return here.page(template, status, **whole)
    return make_response(render_template(template, asking=None, **whole), status)


def _address(page: str) -> str:
    onward: dict[str, Any] = way()
    return url_for(page, **onward)
