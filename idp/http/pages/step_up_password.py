"""``/step-up/password``: somebody who is signed in proves it once more by their password, or adds it to what they used.

What is right, and when a challenge comes, is ``idp.domain.sign_in``'s affair.
"""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.sessions import Session
from idp.domain.sign_in import ChallengeNeeded, NotSignedIn, SignIn, make_sign_in
from idp.errors import Refusal, TryAgainLater
from idp.http.entry import Hurdle, answer_given, device_cookie, let_in, way
from idp.http.forms import PasswordForm
from idp.http.interaction import Interaction, interaction, session_here
from idp.http.responses import RETRY_AFTER
from idp.services import Services


def step_up_password_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("step_up_password", __name__)
    sign_in = make_sign_in(services)

    @blueprint.get("/step-up/password")
    def prove() -> ResponseReturnValue:
        here, session = interaction(services), session_here(services)
        if session is None:
            return to_sign_in()
        hurdle = Hurdle(_challenge(sign_in, session))
        return step_page("idp/step_up_password.html", here, form=PasswordForm(), hurdle=hurdle)

    @blueprint.post("/step-up/password")
    def proved() -> ResponseReturnValue:
        here, session, form = interaction(services), session_here(services), PasswordForm()
        if session is None:
            return to_sign_in()
        if not form.validate():
            return step_page("idp/step_up_password.html", here, 400, form=form, hurdle=Hurdle())
        try:
            signed_in = sign_in.with_password_again(
                session.account_id,
                form.password.data or "",
                address=request.remote_addr or "",
                device=device_cookie(),
                answer=answer_given(),
            )
        except Refusal as refusal:
            return _refused(sign_in, session, here, form, refusal)
        return let_in(services, here, signed_in)

    return blueprint


def _refused(
    sign_in: SignIn, session: Session, here: Interaction | None, form: PasswordForm, refusal: Refusal
) -> Response:
    words = gettext(refusal.message, **refusal.values)
    challenge = refusal.challenge if isinstance(refusal, ChallengeNeeded) else None
    if isinstance(refusal, NotSignedIn):
        words, challenge = gettext("This is not the password of your account."), _challenge(sign_in, session)
    status = 403 if refusal.status_code == 401 else refusal.status_code
    given: dict[str, Any] = {"form": form, "hurdle": Hurdle(challenge), "refusal": words}
    response = step_page("idp/step_up_password.html", here, status, **given)
    if isinstance(refusal, TryAgainLater):
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _challenge(sign_in: SignIn, session: Session) -> Any:
    return sign_in.challenge_again(session.account_id, address=request.remote_addr or "", device=device_cookie())


def step_page(template: str, here: Interaction | None, status: int = 200, **given: Any) -> Response:
    """Give a page of step-up, for a waiting request or for a page of one's own."""
    onward: dict[str, Any] = way()
    whole = {"refusal": "", "back_address": url_for("step_up.step_up", **onward), **given}
    if here is not None:
        return here.page(template, status, **whole)
    return make_response(render_template(template, asking=None, **whole), status)


def to_sign_in() -> AnyResponse:
    """Send whoever is not signed in to do so first, and on from there."""
    onward: dict[str, Any] = way()
    return redirect(url_for("signin.signin", **onward), 303)
