"""``/authorize``: where every sign-in begins and every step comes back to (OpenID Connect Core §3.1.2).

The rules are in ``idp.protocol.authorization``. Here the browser is asked who it is, a waiting request is kept, and
the answer leaves: by redirect, or by a form that a script file sends.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from idp.http.browser import browser_id
from idp.http.csrf import protection
from idp.http.interaction import origin_of, session_here
from idp.http.middleware.security_headers import content_security_policy
from idp.http.steps import page_of
from idp.protocol.authorization import pending as waiting
from idp.protocol.authorization.answer import Answer
from idp.protocol.authorization.dispatcher import read, refuse_repeated
from idp.protocol.authorization.passes import Passed, first_pass, further_pass
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
        found = waiting.find(services, pending_id, browser_id())
        return _go_on(services, further_pass(services, found, session_here(services)))

    @blueprint.post("/authorize")
    def authorize_by_form() -> ResponseReturnValue:
        """Keep the request and come back by GET: a form from another site brings no cookie (SameSite)."""
        try:
            parameters = parse_parameters(request.get_data())
        except ParameterRepeated as error:
            return _refuse_repeated(services, error)
        prefer(parameters.get("ui_locales", ""))
        read(services, parameters)  # nothing is kept for a stranger who names no client and its redirect URI
        kept = waiting.keep(services, parameters, "", request.remote_addr or "")
        return redirect(url_for("authorize.authorize", pending=kept.id), 303)

    protection.exempt(authorize_by_form)
    return blueprint


def _first_pass(services: Services, parameters: dict[str, str]) -> ResponseReturnValue:
    prefer(parameters.get("ui_locales", ""))
    return _go_on(
        services, first_pass(services, parameters, session_here(services), browser_id, request.remote_addr or "")
    )


def _refuse_repeated(services: Services, error: ParameterRepeated) -> ResponseReturnValue:
    outcome = refuse_repeated(services, error)
    if outcome.answer is None:
        raise error
    return _send(services, outcome.answer, outcome.request.client.name(current_language()))


def _go_on(services: Services, passed: Passed) -> ResponseReturnValue:
    """Go to the page of the next step, or let the answer leave."""
    if passed.answer is None:
        return redirect(page_of(passed.step, passed.pending_id, request.script_root), 303)
    return _send(services, passed.answer, passed.request.client.name(current_language()))


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
