"""``/phone/<ticket>``: the phone, which the computer's picture leads to; its owner picks the number or says no.

What is right is ``idp.domain.authenticators.phone``'s affair.
"""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import own_account
from idp.domain.authenticators import phone
from idp.domain.authenticators.phone import Waiting
from idp.domain.sessions import Session
from idp.errors import Refusal
from idp.http.browser import browser_id
from idp.http.interaction import asking, session_here
from idp.http.pages.device_words import device_words
from idp.http.pages.views import PhoneAsk
from idp.services import Services


def add_phone_side(blueprint: Blueprint, services: Services) -> None:
    """Add the phone's pages to those of the computer."""

    @blueprint.get("/phone/<ticket>")
    def look(ticket: str) -> ResponseReturnValue:
        session = session_here(services)
        return _looked(services, ticket, session) if session else _page("sign-in-first", 403)

    @blueprint.post("/phone/<ticket>")
    def answer(ticket: str) -> ResponseReturnValue:
        session = session_here(services)
        return _answered(services, ticket, session) if session else _page("sign-in-first", 403)


def _looked(services: Services, ticket: str, session: Session) -> Response:
    try:
        waiting = phone.at_phone(services, ticket, browser_id(), session)
    except Refusal as refused:
        return _page("over", refused.status_code, refusal=gettext(refused.message))
    return _page("ask", asked=_asked(services, waiting, session))


def _answered(services: Services, ticket: str, session: Session) -> Response:
    number = request.form.get("number", "")
    try:
        if not number:
            phone.refuse(services, ticket, browser_id(), session)
            return _page("refused")
        phone.approve(services, ticket, browser_id(), session, number)
    except Refusal as refused:
        return _page("over", refused.status_code, refusal=gettext(refused.message))
    return _page("approved")


def _asked(services: Services, waiting: Waiting, session: Session) -> PhoneAsk:
    client = services.clients.get(waiting.client_id) if waiting.client_id else None
    return PhoneAsk(
        asking=asking(services, client, waiting.address) if client else None,
        device=device_words(waiting.agent),
        place=waiting.place,
        choices=waiting.choices,
        person=own_account.profile_of(services, session.account_id).name,
    )


def _page(state: str, status: int = 200, *, asked: PhoneAsk | None = None, refusal: str = "") -> Response:
    return make_response(render_template("idp/phone_confirm.html", state=state, asked=asked, refusal=refusal), status)
