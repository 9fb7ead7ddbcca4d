"""Coming in, by sign-in and by sign-up alike: the challenge before it, the session it opens, and where it leads.

Owns the session's cookies and the way onwards. Who may come in is decided in ``idp.domain``.
"""

from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.authenticators import ways
from idp.domain.known_devices import LIFETIME as DEVICE_LIFETIME
from idp.domain.proof_of_work import Challenge
from idp.domain.sessions import Session, end_session, open_session, strengthen
from idp.domain.sign_in import Answer, SignedIn
from idp.http.browser import renew_browser, set_cookie_header, set_sign_on_cookie
from idp.http.interaction import Interaction, session_here
from idp.protocol.authorization import pending
from idp.protocol.authorization.decision import asks_anew
from idp.services import Services
from templates.addresses import local_path

DEVICE_COOKIE = "motcua_idp_device"


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What stands before a form after too many of its kind: a sum for the browser, or a code that was sent."""

    challenge: Challenge | None = None
    confirmation: str = ""


def answer_given() -> Answer:
    """Give what the form in hand brings for a challenge."""
    return Answer(*(request.form.get(name, "") for name in ("challenge", "number", "confirmation", "code")))


def device_cookie() -> str | None:
    """Give the device cookie that the browser brought."""
    return request.cookies.get(DEVICE_COOKIE)


def way() -> dict[str, str]:
    """Give what the address in hand says of the way onwards, for the next page's address."""
    return {name: request.args[name] for name in ("pending", "next") if name in request.args}


def let_in(
    services: Services, here: Interaction | None, signed_in: SignedIn, address: str | None = None
) -> AnyResponse:
    """Open or renew the session; whoever was signed in here before and is somebody else is signed out everywhere.

    Only what signs in by itself answers a request's wish for a new sign-in; what was added to a session does not.

    :param address: a page of ours to go on to instead of where the person came from.
    """
    before, opens = session_here(services), ways.signs_in(signed_in.factor["kind"])
    if not opens and (before is None or before.account_id != signed_in.account_id):
        # The session ended, or became another's, while this was shown: what only adds to a session opens none.
        onward: dict[str, Any] = way()
        return redirect(url_for("signin.signin", **onward), 303)
    if before is not None and before.account_id != signed_in.account_id:
        end_session(services, before.sid, "replaced")
        before = None
    session, cookie = _session(services, before, signed_in)
    if here is not None and opens and asks_anew(here.request):
        pending.note(services, here.pending, signed_in=session.sid)
    renew_browser()
    response = onwards(here) if address is None else redirect(address, 303)
    set_sign_on_cookie(response, cookie)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.headers.add(*set_cookie_header(DEVICE_COOKIE, signed_in.device, secure, DEVICE_LIFETIME))
    return response


def onwards(here: Interaction | None) -> AnyResponse:
    """Go on: back to the dispatcher, to the page that was wanted, or to one's own account."""
    if here is not None:
        return here.go_on()
    return redirect(local_path(request.args.get("next", ""), url_for("account.home")), 303)


def _session(services: Services, before: Session | None, signed_in: SignedIn) -> tuple[Session, str]:
    if before is not None:
        return strengthen(services, before, [signed_in.factor])
    agent, address = request.user_agent.string, request.remote_addr or ""
    return open_session(
        services, signed_in.account_id, [signed_in.factor], device=agent, place=address, known=not signed_in.new_device
    )
