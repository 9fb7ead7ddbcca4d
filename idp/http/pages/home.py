"""``/``: what this door is for, and the way in."""

from flask import Blueprint, render_template

from idp.domain.message_senders import channels
from idp.domain.own_account import profile_of
from idp.domain.sessions import read_session
from idp.http.browser import sign_on_cookie
from idp.services import Services


def home_pages(services: Services) -> Blueprint:
    """Give the start page."""
    blueprint = Blueprint("home", __name__)

    @blueprint.get("/")
    def home() -> str:
        here = read_session(services, sign_on_cookie())
        person = profile_of(services, here.account_id).name if here else ""
        return render_template("idp/home.html", person=person, signup_open=bool(channels(services.settings)))

    return blueprint
