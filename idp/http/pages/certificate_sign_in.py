"""``/signin/certificate``: signing in, or proving more, with a certificate whose key stays in the browser or in a file.

The page's script signs a challenge and sends the signature; what is accepted is ``idp.domain.certificates.sign_in``'s
affair. Whoever is signed in and has to prove more may use a certificate of their own only.
"""

import json
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.certificates import sign_in
from idp.domain.certificates.sign_in import Place
from idp.errors import Refusal
from idp.http.browser import browser_id
from idp.http.entry import device_cookie, let_in, way
from idp.http.interaction import Interaction, interaction, session_here
from idp.protocol.authorization.decision import SignIn as SignInStep
from idp.services import Services

LONGEST_PROOF = 16384


def certificate_sign_in_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("certificate_sign_in", __name__)

    @blueprint.before_request
    def _offered() -> None:
        if not services.settings.has_authority:
            abort(404)

    @blueprint.get("/signin/certificate")
    def ask() -> ResponseReturnValue:
        return _page(services, interaction(services))

    @blueprint.post("/signin/certificate/challenge")
    def challenge() -> ResponseReturnValue:
        response = make_response(json.dumps(sign_in.challenge(services, place_of(interaction(services)))))
        response.content_type = "application/json"
        return response

    @blueprint.post("/signin/certificate")
    def enter() -> ResponseReturnValue:
        here = interaction(services)
        proof, mine = request.form.get("proof", "")[: LONGEST_PROOF + 1], _expected(services, here)
        try:
            signed_in = sign_in.with_certificate(
                services, proof, place_of(here), account_id=mine, device=device_cookie()
            )
            return let_in(services, here, signed_in)
        except Refusal as refusal:
            words = gettext(refusal.message, **refusal.values)
            return _page(services, here, refusal.status_code, refusal=words)

    return blueprint


def _page(services: Services, here: Interaction | None, status: int = 200, **given: Any) -> Response:
    onward: dict[str, Any] = way()
    back = "signin.signin" if _expected(services, here) is None else "step_up.step_up"
    whole = {
        "refusal": "",
        "challenge_address": url_for("certificate_sign_in.challenge", **onward),
        "back_address": url_for(back, **onward),
        **given,
    }
    if here is not None:
        return here.page("idp/certificate_sign_in.html", status, **whole)
    return make_response(render_template("idp/certificate_sign_in.html", asking=None, **whole), status)


def place_of(here: Interaction | None) -> Place:
    """Give the browser in hand, and the request that waits in it."""
    if here is None:
        return Place(browser_id())
    return Place(browser_id(), here.pending.id, here.request.client.client_id)


def _expected(services: Services, here: Interaction | None) -> str | None:
    """Give whose certificate it must be: the signed-in person's, unless the step that is due is a new sign-in."""
    session = session_here(services)
    if session is None or "other" in request.args:
        return None
    return None if here is not None and isinstance(here.due(), SignInStep) else session.account_id
