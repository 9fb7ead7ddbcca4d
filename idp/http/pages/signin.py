"""``/signin``: a name and a password, and after too many failures a challenge that a browser answers by itself.

What is right, and when a challenge comes, is ``idp.domain.sign_in``'s affair. Here the session is opened or renewed, the
browser gets its cookies, and the person goes back to the dispatcher, or to the page they wanted.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.known_devices import LIFETIME as DEVICE_LIFETIME
from idp.domain.message_senders import channels
from idp.domain.proof_of_work import Challenge
from idp.domain.sessions import Session, end_session, open_session, strengthen
from idp.domain.sign_in import Answer, ChallengeNeeded, NotSignedIn, SignedIn, SignIn, make_sign_in
from idp.errors import Refusal, TryAgainLater
from idp.http.browser import cookie_attributes, renew_browser, set_sign_on_cookie
from idp.http.forms import SignInForm
from idp.http.interaction import Interaction, interaction, session_here
from idp.http.pages.home import signup_open
from idp.http.responses import RETRY_AFTER
from idp.protocol.authorization import pending
from idp.protocol.authorization.decision import Reason
from idp.protocol.authorization.decision import SignIn as SignInStep
from idp.services import Services
from idp.words import mark
from templates.addresses import local_path

DEVICE_COOKIE = "motcua_idp_device"
REASONS = {
    Reason.ASKED: mark("The portal asks you to sign in once more."),
    Reason.TOO_LONG_AGO: mark("Your last sign-in was too long ago for this service."),
    Reason.SOMEBODY_ELSE: mark("The portal asks for another account than the one signed in."),
}


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What stands before the password after too many failures: a sum for the browser, or a code that was sent."""

    challenge: Challenge | None = None
    confirmation: str = ""


def signin_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("signin", __name__)
    sign_in = make_sign_in(services)

    @blueprint.get("/signin")
    def signin() -> ResponseReturnValue:
        here = interaction(services)
        if here is None:
            return _where_to(here) if session_here(services) else _page(services, here, SignInForm())
        step = here.due()
        if not isinstance(step, SignInStep) and "other" not in request.args:
            return here.go_on()
        note = gettext(REASONS[step.reason]) if isinstance(step, SignInStep) and step.reason in REASONS else ""
        form = SignInForm(username=(step.hint or "")[:200] if isinstance(step, SignInStep) else "")
        return _page(services, here, form, note=note)

    @blueprint.post("/signin")
    def enter() -> ResponseReturnValue:
        here, form = interaction(services), SignInForm()
        if request.form.get("ask") == "cancel" and here is not None:
            return here.note(denied=True)
        if request.form.get("ask") == "code" and form.username.validate(form) and sign_in.sends_codes:
            return _page(services, here, form, hurdle=Hurdle(confirmation=sign_in.send_code(form.username.data or "")))
        if not form.validate():
            return _page(services, here, form, status=400)
        try:
            signed_in = _try(sign_in, form)
        except Refusal as refusal:
            return _refused(services, sign_in, here, form, refusal)
        return _let_in(services, here, signed_in)

    return blueprint


def _try(sign_in: SignIn, form: SignInForm) -> SignedIn:
    given = Answer(*(request.form.get(name, "") for name in ("challenge", "number", "confirmation", "code")))
    device, address = request.cookies.get(DEVICE_COOKIE), request.remote_addr or ""
    name, password = form.username.data or "", form.password.data or ""
    return sign_in.with_password(name, password, address=address, device=device, answer=given)


def _refused(
    services: Services, sign_in: SignIn, here: Interaction | None, form: SignInForm, refusal: Refusal
) -> ResponseReturnValue:
    """Show the page again: with what was wrong, and with the challenge that the next attempt will have to meet."""
    words = gettext(refusal.message, **refusal.values)
    hurdle = Hurdle()
    if isinstance(refusal, ChallengeNeeded):
        hurdle = Hurdle(refusal.challenge)
    elif isinstance(refusal, NotSignedIn):
        device, address = request.cookies.get(DEVICE_COOKIE), request.remote_addr or ""
        hurdle = Hurdle(sign_in.challenge(form.username.data or "", address=address, device=device))
    # A 401 would have to name an HTTP authentication scheme (RFC 9110 §15.5.2); a page has none.
    status = 403 if refusal.status_code == 401 else refusal.status_code
    response = _page(services, here, form, hurdle=hurdle, refusal=words, status=status)
    if isinstance(refusal, TryAgainLater):
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _page(
    services: Services,
    here: Interaction | None,
    form: SignInForm,
    *,
    hurdle: Hurdle | None = None,
    refusal: str = "",
    note: str = "",
    status: int = 200,
) -> Response:
    query: dict[str, Any] = {name: request.args[name] for name in ("pending", "next") if name in request.args}
    given = {
        "form": form,
        "refusal": refusal,
        "note": note,
        "hurdle": hurdle or Hurdle(),
        "sends_codes": bool(channels(services.settings)),
        "signup_address": url_for("signup.signup", **query) if signup_open(services) else "",
    }
    if here is not None:
        return here.page("idp/signin.html", status, **given)
    return make_response(render_template("idp/signin.html", asking=None, **given), status)


def _let_in(services: Services, here: Interaction | None, signed_in: SignedIn) -> AnyResponse:
    """Open or renew the session; whoever was signed in here before and is somebody else is signed out everywhere."""
    before = session_here(services)
    if before is not None and before.account_id != signed_in.account_id:
        end_session(services, before.sid, "replaced")
        before = None
    session, cookie = _session(services, before, signed_in)
    if here is not None:
        pending.note(services, here.pending, signed_in=session.sid)
    renew_browser()
    response = _where_to(here)
    set_sign_on_cookie(response, cookie)
    response.set_cookie(DEVICE_COOKIE, signed_in.device, DEVICE_LIFETIME, **cookie_attributes())
    return response


def _session(services: Services, before: Session | None, signed_in: SignedIn) -> tuple[Session, str]:
    if before is not None:
        return strengthen(services, before, [signed_in.factor])
    agent, address = request.user_agent.string, request.remote_addr or ""
    return open_session(services, signed_in.account_id, [signed_in.factor], device=agent, place=address)


def _where_to(here: Interaction | None) -> AnyResponse:
    if here is not None:
        return here.go_on()
    return redirect(local_path(request.args.get("next", ""), url_for("account.home")), 303)
