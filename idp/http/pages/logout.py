"""``/logout``: sign-out of everything at once, asked by a portal or by the person (OpenID Connect RP-Initiated Logout 1.0).

What a request means is ``idp.protocol.rp_initiated_logout``'s affair; here the person is asked where the portal's word
is not enough, the session ends, and a page shows which portals have been told.
"""

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.own_account import portals_of, profile_of
from idp.domain.sessions import Session, end_session
from idp.http.browser import clear_sign_on_cookie, renew_browser
from idp.http.csrf import protection
from idp.http.interaction import origin_of, session_here
from idp.http.middleware.security_headers import content_security_policy
from idp.http.pages.views import ToldPortal, WayBack
from idp.protocol import rp_initiated_logout
from idp.protocol.exchange import parse_parameters
from idp.protocol.rp_initiated_logout import LogoutRequest
from idp.services import Services
from templates.language import current_language, prefer

ENDED = "ended"
"""In the browser's own cookie: the session that ended here last, and where to go back to."""
PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint")


def logout_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("logout", __name__)

    @blueprint.route("/logout", methods=["GET", "POST"])
    def logout() -> ResponseReturnValue:
        """A portal's word, by link or by form (§2), or the person's own click."""
        sent = request.get_data() if request.method == "POST" else request.query_string
        return _consider(services, parse_parameters(sent))

    @blueprint.post("/logout/confirm")
    def confirm() -> ResponseReturnValue:
        if request.form.get("answer") != "sign_out":
            return redirect(url_for("account.home"), 303)
        here = session_here(services)
        parameters = {name: request.form[name] for name in PARAMETERS if request.form.get(name)}
        return _leave(services, here, rp_initiated_logout.read(services, parameters, here))

    @blueprint.get("/logout/done")
    def done() -> ResponseReturnValue:
        return _done(services, session.get(ENDED) or {})

    protection.exempt(logout)
    return blueprint


def _consider(services: Services, parameters: Mapping[str, str]) -> ResponseReturnValue:
    """End the session where the request is proof enough, ask the person where it is not (§2)."""
    prefer(parameters.get("ui_locales", ""))
    here = session_here(services)
    asked = rp_initiated_logout.read(services, parameters, here)
    if here is None or asked.confirmed:
        response = _leave(services, here, asked)
        return redirect(asked.return_to, 303) if asked.return_to and here is None else response
    page = render_template(
        "idp/logout.html",
        person=profile_of(services, here.account_id).name,
        portals=[told.name for told in _told(services, here.sid)],
        parameters={name: parameters[name] for name in PARAMETERS if name in parameters},
    )
    response = make_response(page)
    if asked.hinted and asked.return_to:  # Chromium checks the whole chain of a form's redirects (form-action)
        response.headers["Content-Security-Policy"] = content_security_policy((origin_of(asked.return_to),))
    return response


def _leave(services: Services, here: Session | None, asked: LogoutRequest) -> AnyResponse:
    """End the session; go back to the portal when an ID token shows that it asked, else to the last page (§3)."""
    if here is not None:
        end_session(services, here.sid, "signed_out")
    renew_browser()
    name = asked.client.name(current_language()) if asked.client else ""
    session[ENDED] = {"sid": here.sid if here else "", "address": asked.return_to or "", "name": name}
    straight = asked.return_to if asked.hinted else None
    response = make_response(redirect(straight or url_for("logout.done"), 303))
    clear_sign_on_cookie(response)
    return response


def _done(services: Services, ended: Mapping[str, str]) -> str:
    told = _told(services, ended.get("sid", ""))
    back = WayBack(ended["name"], ended["address"]) if ended.get("address") else None
    return render_template(
        "idp/logout_done.html", portals=told, waiting=any(portal.told is False for portal in told), back=back
    )


def _told(services: Services, sid: str) -> list[ToldPortal]:
    """Give the portals of a session, each with whether it knows; one that takes no notice ends by itself."""
    found = []
    for row in portals_of(services, sid) if sid else ():
        client = services.clients.get(row.client_id)
        if client is not None:
            told = row.told_at is not None if client.backchannel_logout_uri else None
            found.append(ToldPortal(client.name(current_language()), told))
    return found
