"""``/account/close``: an owner closes their account. What follows, and what stops it, is ``idp.domain.closing``'s affair."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import closing
from idp.http.browser import clear_sign_on_cookie
from idp.http.fresh import needs_fresh
from idp.http.pages.account import account_page
from idp.services import Services
from idp.store import accounts as store


def closing_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("closing", __name__, url_prefix="/account")

    def page(refusal: str = "") -> str:
        with services.database.read() as connection:
            account = store.find(connection, g.session.account_id)
        may = account is not None and closing.may_close(account)
        given = {"may": may, "days": closing.WAIT_DAYS, "refusal": refusal}
        return account_page("idp/closing.html", "home", **given)

    @blueprint.get("/close")
    @needs_fresh(services)
    def ask() -> ResponseReturnValue:
        return page()

    @blueprint.post("/close")
    @needs_fresh(services)
    def close() -> ResponseReturnValue:
        if request.form.get("sure") != "y":
            return page(gettext("Tick the box first: closing cannot be taken back once the wait is over.")), 400
        closing.begin(services, g.session.account_id)
        response = redirect(url_for("closing.closed"), 303)
        clear_sign_on_cookie(response)
        return response

    @blueprint.get("/closed")
    def closed() -> ResponseReturnValue:
        return render_template("idp/closed.html", days=closing.WAIT_DAYS)

    return blueprint
