"""``/demo/messages``: in the demonstration alone, what would have gone out by e-mail or text message."""

from flask import Blueprint, render_template

from idp.domain.message_senders import demo_box
from idp.services import Services


def message_pages(services: Services) -> Blueprint:
    """Give the page; outside the demonstration there is none."""
    blueprint = Blueprint("messages", __name__)
    if not services.settings.demo:
        return blueprint

    @blueprint.get("/demo/messages")
    def messages() -> str:
        with services.database.read() as connection:
            return render_template("idp/messages.html", messages=demo_box(connection, services.sealer))

    return blueprint
