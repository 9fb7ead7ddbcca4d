"""``/signin``: a name and a password, and after too many failures a challenge that a browser answers by itself.

What is right, and when a challenge comes, is ``idp.domain.sign_in``'s affair; what a sign-in opens, ``idp.http.entry``'s.
"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.sessions import ended_session
from idp.domain.sign_in import ChallengeNeeded, NotSignedIn, SignIn, make_sign_in
from idp.errors import Refusal, TryAgainLater
from idp.http.browser import sign_on_cookie
from idp.http.entry import Hurdle, answer_given, device_cookie, let_in, onwards
from idp.http.forms import SignInForm, name_and_password
from idp.http.interaction import interaction, session_here
from idp.http.pages.signin_page import SignInPage
from idp.http.responses import RETRY_AFTER
from idp.protocol.authorization.decision import Reason
from idp.protocol.authorization.decision import SignIn as SignInStep
from idp.services import Services
from idp.words import mark

REASONS = {
    Reason.ASKED: mark("The portal asks you to sign in once more."),
    Reason.TOO_LONG_AGO: mark("Your last sign-in was too long ago for this service."),
    Reason.SOMEBODY_ELSE: mark("The portal asks for another account than the one signed in."),
    Reason.NOT_BY_PHONE: mark("Whoever administers signs in on this computer itself, not by phone."),
}


STOPPED = {
    "certificate_revoked": mark(
        "You were signed out: the certificate that you signed in with has been revoked. Sign in another way."
    ),
    "certificate_on_hold": mark(
        "You were signed out: the certificate that you signed in with is suspended. Sign in another way."
    ),
}
"""Why a session was ended by somebody else, where its owner is to be told (``sessions.end_reason``)."""


def signin_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("signin", __name__)
    sign_in = make_sign_in(services)
    page = SignInPage(services, sends_codes=sign_in.sends_codes)

    @blueprint.get("/signin")
    def signin() -> ResponseReturnValue:
        here = interaction(services)
        if here is None:
            return onwards(None) if session_here(services) else page.first(None, _why_ended(services))
        step = here.due()
        if isinstance(step, SignInStep):
            note = gettext(REASONS[step.reason]) if step.reason in REASONS else _why_ended(services)
            return page.first(here, note, (step.hint or "")[:200])
        return page.first(here) if "other" in request.args else here.go_on()

    @blueprint.post("/signin")
    def enter() -> ResponseReturnValue:
        here, asked = interaction(services), request.form.get("ask")
        if asked == "cancel" and here is not None:
            return here.note(denied=True)
        if asked == "code" and sign_in.sends_codes and (form := SignInForm()).username.validate(form):
            return page.again(here, form, 200, hurdle=Hurdle(confirmation=sign_in.send_code(form.username.data or "")))
        entered = name_and_password(request.form)
        if entered is None:
            form = SignInForm()
            form.validate()
            return page.again(here, form, 400)
        name, password = entered
        device, address = device_cookie(), request.remote_addr or ""
        try:
            signed_in = sign_in.with_password(name, password, address=address, device=device, answer=answer_given())
        except Refusal as refusal:
            words = gettext(refusal.message, **refusal.values)
            response = page.again(
                here, SignInForm(), _status(refusal), refusal=words, hurdle=_hurdle(sign_in, name, refusal)
            )
            if isinstance(refusal, TryAgainLater):
                response.headers["Retry-After"] = RETRY_AFTER
            return response
        return let_in(services, here, signed_in)

    return blueprint


def _why_ended(services: Services) -> str:
    """Say why the session that this browser still names was ended, where it was not its owner who did it."""
    row = ended_session(services, sign_on_cookie())
    return str(gettext(STOPPED[row.end_reason])) if row is not None and row.end_reason in STOPPED else ""


def _hurdle(sign_in: SignIn, name: str, refusal: Refusal) -> Hurdle:
    """Give the challenge that the next attempt will have to meet, so that nobody has to type the password twice for it."""
    if isinstance(refusal, ChallengeNeeded):
        return Hurdle(refusal.challenge)
    if isinstance(refusal, NotSignedIn):
        return Hurdle(sign_in.challenge(name, address=request.remote_addr or "", device=device_cookie()))
    return Hurdle()


def _status(refusal: Refusal) -> int:
    """Give 403 for 401, which would have to name an HTTP authentication scheme (RFC 9110 §15.5.2); a page has none."""
    return 403 if refusal.status_code == 401 else refusal.status_code
