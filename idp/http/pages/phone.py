"""``/signin/phone``: the computer that is to be signed in by phone; what the phone is asked stands in ``phone_confirm``.

The page looks again by itself where scripts run (``templates/static/phone.js``), else by its link. What is right, and
what such a sign-in is worth, is ``idp.domain.authenticators.phone``'s affair.
"""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import own_account
from idp.domain.authenticators import phone
from idp.domain.authenticators.phone import Approval, PhoneOver, Waiting
from idp.errors import Refusal
from idp.http.browser import browser_id
from idp.http.entry import device_cookie, let_in, way
from idp.http.interaction import Interaction, interaction
from idp.http.pages.phone_confirm import add_phone_side
from idp.http.pages.totp import qr
from idp.http.pages.views import PhoneView
from idp.protocol.authorization.decision import administers, counts_from
from idp.services import Services
from idp.words import mark
from templates.addresses import here as this_page

NOT_HERE = mark("Whoever administers signs in on this computer itself, not by phone.")


def phone_pages(services: Services) -> Blueprint:
    """Give the pages of both sides."""
    blueprint = Blueprint("phone", __name__)
    add_phone_side(blueprint, services)

    @blueprint.get("/signin/phone")
    def ask() -> ResponseReturnValue:
        return _page(here := interaction(services), PhoneView("start", refusal=_obstacle(here)))

    @blueprint.post("/signin/phone")
    def begin() -> ResponseReturnValue:
        return _begun(services)

    @blueprint.get("/signin/phone/<ticket>")
    def wait(ticket: str) -> ResponseReturnValue:
        return _waited(services, ticket)

    @blueprint.get("/signin/phone/<ticket>/state")
    def state(ticket: str) -> ResponseReturnValue:
        """What the page's script asks again and again: one word, so that waiting costs next to nothing."""
        return Response(_word(services, ticket), mimetype="text/plain")

    @blueprint.post("/signin/phone/<ticket>")
    def enter(ticket: str) -> ResponseReturnValue:
        return _entered(services, ticket)

    return blueprint


def _begun(services: Services) -> ResponseReturnValue:
    here = interaction(services)
    if refusal := _obstacle(here):
        return _page(here, PhoneView("start", refusal=refusal), 403)
    place, agent = request.remote_addr or "", request.user_agent.string
    waiting = phone.ask(services, browser_id(), place, agent, **_for_whom(services, here))
    onward: dict[str, Any] = way()
    return redirect(url_for("phone.wait", ticket=waiting.ticket, **onward), 303)


def _waited(services: Services, ticket: str) -> Response:
    here = interaction(services)
    try:
        waiting, approval = phone.at_computer(services, ticket, browser_id())
    except PhoneOver as over:
        return _page(here, PhoneView("over", refusal=gettext(over.message)), over.status_code)
    return _page(here, _approved(services, approval) if approval else _picture(services, waiting))


def _word(services: Services, ticket: str) -> str:
    try:
        _, approval = phone.at_computer(services, ticket, browser_id())
    except PhoneOver:
        return "over"
    return "approved" if approval else "waiting"


def _entered(services: Services, ticket: str) -> ResponseReturnValue:
    here = interaction(services)
    if refusal := _obstacle(here):
        return _page(here, PhoneView("start", refusal=refusal), 403)
    try:
        pending = here.pending.id if here else ""
        signed_in = phone.finish(services, ticket, browser_id(), device_cookie(), pending=pending)
    except Refusal as refused:
        return _page(here, PhoneView("over", refusal=gettext(refused.message)), refused.status_code)
    return let_in(services, here, signed_in)


def _page(here: Interaction | None, view: PhoneView, status: int = 200) -> Response:
    onward: dict[str, Any] = way()
    addresses = {"back_address": url_for("signin.signin", **onward), "again_address": url_for("phone.ask", **onward)}
    if here is not None:
        return here.page("idp/phone.html", status, phone=view, **addresses)
    return make_response(render_template("idp/phone.html", asking=None, phone=view, **addresses), status)


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
