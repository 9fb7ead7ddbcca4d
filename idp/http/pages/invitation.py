"""``/invitation/<token>``: whoever was handed a one-time link makes their administrator's account.

What an invitation is good for is ``idp.domain.invitations``' affair. Its secret stands in the address: no log of ours
keeps it (``idp.http.middleware.access_log``), and no other site is told of it (``Referrer-Policy``).
"""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.invitations import Enrolment, enrol, invitation
from idp.errors import NotFound, Refusal
from idp.http.entry import device_cookie, let_in
from idp.http.forms import EnrolForm, put_right
from idp.services import Services
from idp.words import mark


def invitation_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("invitation", __name__)
    minimum = services.settings.password_minimum

    def page(form: EnrolForm, status: int = 200, refusal: str = "") -> Response:
        shown = render_template("idp/invitation.html", form=form, minimum=minimum, refusal=refusal)
        return make_response(shown, status)

    @blueprint.get("/invitation/<token>")
    def accept(token: str) -> ResponseReturnValue:
        if invitation(services, token) is None:
            raise NotFound(mark("This link was used already or is too old. Please ask for a new one."))
        return page(EnrolForm())

    @blueprint.post("/invitation/<token>")
    def make(token: str) -> ResponseReturnValue:
        form = EnrolForm()
        if not form.validate():
            return page(form, 400)
        try:
            signed_in = enrol(services, token, _enrolment(form), device=device_cookie())
        except NotFound:
            raise
        except Refusal as refusal:
            words = gettext(refusal.message, **refusal.values)
            return page(form, refusal.status_code, "" if put_right(form, refusal.field, words) else words)
        return let_in(services, None, signed_in)

    return blueprint


def _enrolment(form: EnrolForm) -> Enrolment:
    return Enrolment(
        form.name.data or "", form.email.data or "", form.personal_number.data or "", form.password.data or ""
    )
