"""``/recovery``: a forgotten password, in three steps: a name, the code that was sent, the new password.

That nobody learns who has an account, and what else has to be shown, is ``idp.domain.password_recovery``'s affair. Where
one is, is remembered in the browser's own signed cookie.
"""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import password_recovery
from idp.domain.authenticators.second_factor_delay import TooSoon
from idp.domain.confirmation import CodeOver
from idp.domain.message_senders import channels
from idp.domain.sign_in import ChallengeNeeded
from idp.errors import Refusal, TryAgainLater
from idp.http.entry import Hurdle, answer_given, device_cookie, let_in, way
from idp.http.forms import ConfirmForm, NewPasswordAndCodeForm, NewPasswordForm, RecoveryForm, put_right
from idp.http.interaction import interaction
from idp.http.responses import RETRY_AFTER
from idp.services import Services

CODE, TICKET = "recovery_code_awaited", "recovery_ticket"
"""In the browser's own cookie: the confirmation that waits for its code, and the ticket to set a password with."""


def recovery_open() -> bool:
    """Say whether a forgotten password can be recovered: not without a way to send people a code."""
    return "recovery.begin" in current_app.view_functions


def recovery_pages(services: Services) -> Blueprint:
    """Give the pages; where no code can be sent there are none."""
    blueprint = Blueprint("recovery", __name__)
    if not channels(services.settings):
        return blueprint

    @blueprint.get("/recovery")
    def begin() -> ResponseReturnValue:
        return _page(services, "idp/recovery.html", RecoveryForm(formdata=None))

    @blueprint.post("/recovery")
    def send() -> ResponseReturnValue:
        form = RecoveryForm()
        if not form.validate():
            return _page(services, "idp/recovery.html", form, 400)
        name, address = form.username.data or "", request.remote_addr or ""
        try:
            session[CODE] = password_recovery.begin(services, name, address=address, answer=answer_given())
        except Refusal as refusal:
            return _refused(services, "idp/recovery.html", form, refusal)
        return redirect(_address("recovery.confirm"), 303)

    @blueprint.get("/recovery/code")
    def confirm() -> ResponseReturnValue:
        if CODE not in session:
            return redirect(_address("recovery.begin"), 303)
        return _page(services, "idp/recovery_code.html", ConfirmForm(formdata=None))

    @blueprint.post("/recovery/code")
    def confirmed() -> ResponseReturnValue:
        form = ConfirmForm()
        if not form.validate():
            return _page(services, "idp/recovery_code.html", form, 400)
        try:
            session[TICKET] = password_recovery.redeem(services, session.get(CODE, ""), form.code.data or "")
        except CodeOver as over:
            return _over(services, over)
        except Refusal as refusal:
            return _refused(services, "idp/recovery_code.html", form, refusal)
        session.pop(CODE, None)
        return redirect(_address("recovery.new_password"), 303)

    @blueprint.get("/recovery/password")
    def new_password() -> ResponseReturnValue:
        found = password_recovery.opened(services, session.get(TICKET, ""))
        if found is None:
            return redirect(_address("recovery.begin"), 303)
        return _password_page(services, found, _form(found))

    @blueprint.post("/recovery/password")
    def finish() -> ResponseReturnValue:
        return _finish(services)

    return blueprint


def _finish(services: Services) -> ResponseReturnValue:
    here, ticket = interaction(services), session.get(TICKET, "")
    found = password_recovery.opened(services, ticket)
    if found is None:
        return redirect(_address("recovery.begin"), 303)
    form = _form(found)
    if not form.validate():
        return _password_page(services, found, form, 400)
    code = request.form.get("code", "")[:40]
    try:
        signed_in = password_recovery.finish(services, ticket, form.password.data or "", code, device=device_cookie())
    except CodeOver as over:
        return _over(services, over)
    except Refusal as refusal:
        words = gettext(refusal.message, **refusal.values)
        refused = "" if put_right(form, refusal.field, words) else words
        response = _password_page(services, found, form, refusal.status_code, refusal=refused)
        return _with_wait(response, refusal)
    return let_in(services, here, signed_in)


def _form(found: password_recovery.Open) -> NewPasswordForm:
    return NewPasswordAndCodeForm() if found.needs_more and found.can_show else NewPasswordForm()


def _password_page(
    services: Services, found: password_recovery.Open, form: NewPasswordForm, status: int = 200, **given: Any
) -> Response:
    minimum = services.settings.password_minimum
    signin = _address("signin.signin")
    return _page(
        services,
        "idp/recovery_password.html",
        form,
        status,
        found=found,
        minimum=minimum,
        signin_address=signin,
        **given,
    )


def _over(services: Services, over: CodeOver) -> ResponseReturnValue:
    for name in (CODE, TICKET):
        session.pop(name, None)
    return _page(
        services,
        "idp/recovery.html",
        RecoveryForm(formdata=None),
        over.status_code,
        refusal=gettext(over.message, **over.values),
    )


def _refused(services: Services, template: str, form: Any, refusal: Refusal) -> Response:
    words = gettext(refusal.message, **refusal.values)
    hurdle = Hurdle(refusal.challenge if isinstance(refusal, ChallengeNeeded) else None)
    refused = "" if put_right(form, refusal.field, words) else words
    return _with_wait(_page(services, template, form, refusal.status_code, refusal=refused, hurdle=hurdle), refusal)


def _with_wait(response: Response, refusal: Refusal) -> Response:
    if isinstance(refusal, TooSoon):
        response.headers["Retry-After"] = str(refusal.seconds)
    elif isinstance(refusal, TryAgainLater):
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _page(services: Services, template: str, form: Any, status: int = 200, **given: Any) -> Response:
    usual = {"refusal": "", "hurdle": Hurdle(), "again_address": _address("recovery.begin")}
    response = make_response(render_template(template, form=form, **{**usual, **given}), status)
    here = interaction(services)
    return here.leading_on(response) if here else response


def _address(page: str) -> str:
    onward: dict[str, Any] = way()
    return url_for(page, **onward)
