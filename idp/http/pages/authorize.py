"""``/authorize``: where every sign-in begins and every step comes back to (OpenID Connect Core §3.1.2).

The rules are in ``idp.protocol.authorization``. Here the browser is asked who it is, a waiting request is kept, and
the answer leaves: by redirect, or by a form that a script file sends.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from idp.http.browser import browser_id
from idp.http.csrf import protection
from idp.http.interaction import origin_of, session_here
from idp.http.middleware.security_headers import content_security_policy
from idp.protocol.authorization import pending as waiting
from idp.protocol.authorization.answer import Answer
from idp.protocol.authorization.decision import Consent, Next, Progress, SignIn
from idp.protocol.authorization.dispatcher import dispatch, read, refuse_repeated
from idp.protocol.exchange import ParameterRepeated, parse_parameters
from idp.services import Services
from templates.language import current_language, prefer


def authorize_pages(services: Services) -> Blueprint:
    """Give the endpoint."""
    blueprint = Blueprint("authorize", __name__)

    @blueprint.get("/authorize")
    def authorize() -> ResponseReturnValue:
        try:
            parameters = parse_parameters(request.query_string)
        except ParameterRepeated as error:
            return _refuse_repeated(services, error)
        pending_id = parameters.get("pending")
        if pending_id is None:
            return _first_pass(services, parameters)
        return _further_pass(services, waiting.find(services, pending_id, browser_id()))

    @blueprint.post("/authorize")
    def authorize_by_form() -> ResponseReturnValue:
        """Keep the request and come back by GET: a form from another site brings no cookie (SameSite)."""
        try:
            parameters = parse_parameters(request.get_data())
        except ParameterRepeated as error:
            return _refuse_repeated(services, error)
        prefer(parameters.get("ui_locales", ""))
        read(services, parameters)  # nothing is kept for a stranger who names no client and its redirect URI
        return redirect(url_for("authorize.authorize", pending=_keep(services, parameters, "").id), 303)

    protection.exempt(authorize_by_form)
    return blueprint


def _first_pass(services: Services, parameters: dict[str, str]) -> ResponseReturnValue:
    prefer(parameters.get("ui_locales", ""))
    outcome = dispatch(services, parameters, session_here(services), Progress())
    if outcome.answer is not None:
        return _send(services, outcome.answer, outcome.request.client.name(current_language()))
    return _ask(outcome.step, _keep(services, parameters, browser_id()).id)


def _refuse_repeated(services: Services, error: ParameterRepeated) -> ResponseReturnValue:
    outcome = refuse_repeated(services, error)
    if outcome.answer is None:
        raise error
    return _send(services, outcome.answer, outcome.request.client.name(current_language()))


def _keep(services: Services, parameters: dict[str, str], browser: str) -> waiting.Pending:
    return waiting.keep(services, parameters, browser, request.remote_addr or "")


def _further_pass(services: Services, pending: waiting.Pending) -> ResponseReturnValue:
    session = session_here(services)
    outcome = dispatch(services, pending.parameters, session, pending.progress)
    if outcome.answer is None:
        return _ask(outcome.step, pending.id)
    waiting.finish(services, pending)
    return _send(services, outcome.answer, outcome.request.client.name(current_language()))


def _ask(step: Next | None, pending_id: str) -> AnyResponse:
    """Go to the page of the next step."""
    page = (
        "signin.signin"
        if isinstance(step, SignIn)
        else "consent.consent"
        if isinstance(step, Consent)
        else "step_up.step_up"
    )
    return redirect(url_for(page, pending=pending_id), 303)


def _send(services: Services, answer: Answer, portal: str) -> ResponseReturnValue:
    """Let the answer leave for the checked redirect URI."""
    if answer.mode != "form_post":
        return redirect(answer.location, 303)
    page = render_template(
        "idp/form_post.html", address=answer.redirect_uri, parameters=answer.parameters, portal=portal
    )
    response: Response = make_response(page)
    response.headers["Content-Security-Policy"] = content_security_policy((origin_of(answer.redirect_uri),))
    return response
