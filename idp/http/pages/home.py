"""``/``: what this door is for, and the way in."""

from flask import Blueprint, render_template

from idp.domain.own_account import profile_of
from idp.http.interaction import session_here
from idp.http.pages.signup import signup_open
from idp.services import Services


def home_pages(services: Services) -> Blueprint:
    """Give the start page."""
    blueprint = Blueprint("home", __name__)

    @blueprint.get("/")
    def home() -> str:
        here = session_here(services)
        person = profile_of(services, here.account_id).name if here else ""
        return render_template("idp/home.html", person=person, signup_open=signup_open(services))

    return blueprint
