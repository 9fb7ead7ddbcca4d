"""``/freeze/<token>``: the link of every notice. Opening it shows what it would do; only the button does it.

Mail programs open links by themselves, so GET changes nothing. What is stopped is ``idp.domain.freezing``'s affair; the
secret in the address is kept by no log of ours (``idp.http.middleware.access_log``).
"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from idp.domain import freezing
from idp.errors import NotFound
from idp.services import Services
from idp.words import mark


def freeze_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("freeze", __name__)

    @blueprint.get("/freeze/<token>")
    def ask(token: str) -> ResponseReturnValue:
        if freezing.is_of_frozen_account(services, token):
            return render_template("idp/freeze.html", state="frozen")
        _check(services, token)
        return render_template("idp/freeze.html", state="ask")

    @blueprint.post("/freeze/<token>")
    def stop(token: str) -> ResponseReturnValue:
        if freezing.is_of_frozen_account(services, token):
            return render_template("idp/freeze.html", state="frozen"), 409
        _check(services, token)
        freezing.stop_everything(services, token)
        return redirect(url_for("freeze.stopped"), 303)

    @blueprint.get("/freeze/done")
    def stopped() -> ResponseReturnValue:
        return render_template("idp/freeze.html", state="stopped")

    return blueprint


def _check(services: Services, token: str) -> None:
    if freezing.open_link(services, token) is None:
        raise NotFound(mark("This link is too old or not whole. Open the newest message, or sign in."))
