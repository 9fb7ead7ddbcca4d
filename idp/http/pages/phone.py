"""``/signin/phone`` at a computer, ``/phone/<ticket>`` at the phone that its picture leads to.

The computer's page looks again by itself where scripts run (``templates/static/phone.js``), else by its link. What is
right, and what such a sign-in is worth, is ``idp.domain.authenticators.phone``'s affair.
"""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import own_account
from idp.domain.authenticators import phone
from idp.domain.authenticators.phone import Approval, PhoneOver, Waiting
from idp.domain.sessions import Session
from idp.errors import Refusal
from idp.http.browser import browser_id
from idp.http.entry import device_cookie, let_in, way
from idp.http.interaction import Interaction, asking, interaction, session_here
from idp.http.pages.device_words import device_words
from idp.http.pages.totp import qr
from idp.http.pages.views import PhoneAsk, PhoneView
from idp.protocol.authorization.decision import administers, counts_from
from idp.services import Services
from idp.words import mark
from templates.addresses import here as this_page

NOT_HERE = mark("Whoever administers signs in on this computer itself, not by phone.")


def phone_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("phone", __name__)

    def computer(here: Interaction | None, view: PhoneView, status: int = 200) -> Response:
        onward: dict[str, Any] = way()
        addresses = {
            "back_address": url_for("signin.signin", **onward),
            "again_address": url_for("phone.ask", **onward),
        }
        given = {"phone": view, **addresses}
        if here is not None:
            return here.page("idp/phone.html", status, **given)
        return make_response(render_template("idp/phone.html", asking=None, **given), status)

    @blueprint.get("/signin/phone")
    def ask() -> ResponseReturnValue:
        return computer(here := interaction(services), PhoneView("start", refusal=_obstacle(here)))

    @blueprint.post("/signin/phone")
    def begin() -> ResponseReturnValue:
        here = interaction(services)
        if refusal := _obstacle(here):
            return computer(here, PhoneView("start", refusal=refusal), 403)
        place, agent = request.remote_addr or "", request.user_agent.string
        waiting = phone.ask(services, browser_id(), place, agent, **_for_whom(services, here))
        onward: dict[str, Any] = way()
        return redirect(url_for("phone.wait", ticket=waiting.ticket, **onward), 303)

    @blueprint.get("/signin/phone/<ticket>")
    def wait(ticket: str) -> ResponseReturnValue:
        here = interaction(services)
        try:
            waiting, approval = phone.at_computer(services, ticket, browser_id())
        except PhoneOver as over:
            return computer(here, PhoneView("over", refusal=gettext(over.message)), over.status_code)
        return computer(here, _approved(services, approval) if approval else _picture(services, waiting))

    @blueprint.get("/signin/phone/<ticket>/state")
    def state(ticket: str) -> ResponseReturnValue:
        """What the page's script asks again and again: one word, so that waiting costs next to nothing."""
        try:
            _, approval = phone.at_computer(services, ticket, browser_id())
        except PhoneOver:
            return Response("over", mimetype="text/plain")
        return Response("approved" if approval else "waiting", mimetype="text/plain")

    @blueprint.post("/signin/phone/<ticket>")
    def enter(ticket: str) -> ResponseReturnValue:
        here = interaction(services)
        if refusal := _obstacle(here):
            return computer(here, PhoneView("start", refusal=refusal), 403)
        try:
            pending = here.pending.id if here else ""
            signed_in = phone.finish(services, ticket, browser_id(), device_cookie(), pending=pending)
        except Refusal as refused:
            return computer(here, PhoneView("over", refusal=gettext(refused.message)), refused.status_code)
        return let_in(services, here, signed_in)

    @blueprint.get("/phone/<ticket>")
    def look(ticket: str) -> ResponseReturnValue:
        session = session_here(services)
        if session is None:
            return _at_phone("sign-in-first", 403)
        try:
            waiting = phone.at_phone(services, ticket, browser_id(), session)
        except Refusal as refused:
            return _at_phone("over", refused.status_code, refusal=gettext(refused.message))
        return _at_phone("ask", asked=_asked(services, waiting, session))

    @blueprint.post("/phone/<ticket>")
    def answer(ticket: str) -> ResponseReturnValue:
        session, number = session_here(services), request.form.get("number", "")
        if session is None:
            return _at_phone("sign-in-first", 403)
        try:
            if not number:
                phone.refuse(services, ticket, browser_id(), session)
                return _at_phone("refused")
            phone.approve(services, ticket, browser_id(), session, number)
        except Refusal as refused:
            return _at_phone("over", refused.status_code, refusal=gettext(refused.message))
        return _at_phone("approved")

    return blueprint


def _for_whom(services: Services, here: Interaction | None) -> dict[str, Any]:
    if here is None:
        return {}
    since = counts_from(services, here.request, here.pending.progress)
    client_id, address = here.request.client.client_id, here.request.redirect_uri
    return {"client_id": client_id, "address": address, "since": since, "pending": here.pending.id}


def _obstacle(here: Interaction | None) -> str:
    """Say why the portal that waits is not entered this way; empty where it is."""
    return str(gettext(NOT_HERE)) if here is not None and administers(here.request.client) else ""


def _picture(services: Services, waiting: Waiting) -> PhoneView:
    address = f"{services.settings.issuer}/phone/{waiting.ticket}"
    state = url_for("phone.state", ticket=waiting.ticket)
    return PhoneView("waiting", waiting.number, address, this_page(), state, qr(address))


def _approved(services: Services, approval: Approval) -> PhoneView:
    return PhoneView("approved", person=own_account.profile_of(services, approval.account_id).name)


def _asked(services: Services, waiting: Waiting, session: Session) -> PhoneAsk:
    client = services.clients.get(waiting.client_id) if waiting.client_id else None
    return PhoneAsk(
        asking=asking(services, client, waiting.address) if client else None,
        device=device_words(waiting.agent),
        place=waiting.place,
        choices=waiting.choices,
        person=own_account.profile_of(services, session.account_id).name,
    )


def _at_phone(state: str, status: int = 200, *, asked: PhoneAsk | None = None, refusal: str = "") -> Response:
    return make_response(render_template("idp/phone_confirm.html", state=state, asked=asked, refusal=refusal), status)
