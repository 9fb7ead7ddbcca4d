"""``/demo/messages``: in the demonstration alone, what would have gone out by e-mail or text message, and the one-time
codes that the phones of its invented officials show now."""

from flask import Blueprint, render_template

from idp.domain.demo_people import present_codes
from idp.domain.message_senders import demo_box
from idp.services import Services


def message_pages(services: Services) -> Blueprint:
    """Give the page; outside the demonstration there is none."""
    blueprint = Blueprint("messages", __name__)
    if not services.settings.demo:
        return blueprint

    @blueprint.get("/demo/messages")
    def messages() -> str:
        codes = present_codes(services)
        with services.database.read() as connection:
            return render_template("idp/messages.html", messages=demo_box(connection, services.sealer), codes=codes)

    return blueprint
