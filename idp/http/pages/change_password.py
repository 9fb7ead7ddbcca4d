"""``/account/authenticators/password``: a new password, for whoever has just proved who they are.

What makes one fit, and what follows from a change, is ``idp.domain.authenticators``' affair.
"""

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.authenticators import password_change
from idp.domain.sessions import renew
from idp.errors import Refusal
from idp.http.browser import set_sign_on_cookie
from idp.http.forms import NewPasswordForm, put_right
from idp.http.fresh import needs_fresh
from idp.http.pages.account import account_page
from idp.services import Services


def change_password_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("change_password", __name__, url_prefix="/account/authenticators")
    minimum = services.settings.password_minimum

    def page(form: NewPasswordForm, refusal: str = "") -> str:
        return account_page("idp/change_password.html", "authenticators", form=form, minimum=minimum, refusal=refusal)

    @blueprint.get("/password")
    @needs_fresh(services)
    def change() -> ResponseReturnValue:
        return page(NewPasswordForm(formdata=None))

    @blueprint.post("/password")
    @needs_fresh(services)
    def changed() -> ResponseReturnValue:
        form = NewPasswordForm()
        if not form.validate():
            return page(form), 400
        try:
            password_change.change(services, g.session.account_id, form.password.data or "", kept=g.session.sid)
        except Refusal as refusal:
            words = gettext(refusal.message, **refusal.values)
            return page(form, "" if put_right(form, refusal.field, words) else words), refusal.status_code
        flash(gettext("The password is changed. Every other session has ended."))
        response = redirect(url_for("authenticators.listed"), 303)
        set_sign_on_cookie(response, renew(services, g.session))
        return response

    return blueprint
