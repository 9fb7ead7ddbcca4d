"""The console's front door and home, and what all its pages are given. Each kind of thing has its pages in a file of its own."""

from typing import Any

from flask import Blueprint, Flask, render_template
from flask_babel import gettext as _

from clients.console import certificates, people, portals, sessions, words
from clients.console.management import SCOPE as API_SCOPE
from clients.console.roles import ADMINISTRATOR, CENTRAL, administrator
from clients.kit.extension import relying_party
from clients.kit.web.modules import Way, offer, ways

blueprint = Blueprint("console", __name__)
SCOPE = f"openid profile official {API_SCOPE}"
offer(
    blueprint,
    Way("console.home", words.PAGES["home"], ADMINISTRATOR),
    Way("certificates.search", words.PAGES["certificates"], ADMINISTRATOR),
    Way("people.search", words.PAGES["people"], ADMINISTRATOR),
    Way("portals.listed", words.PAGES["portals"], ADMINISTRATOR),
)


@blueprint.get("/")
def front() -> str:
    """Say what this is, to whoever comes."""
    return render_template("clients/console/front.html")


@blueprint.get("/home")
@administrator
def home() -> str:
    """Greet an administrator: what they look after, and where to begin."""
    return render_template("clients/console/home.html", central=CENTRAL, searches=certificates.WAYS, people=people.WAYS)


def _for_pages() -> dict[str, Any]:
    return {
        "site_title": _("Administration console"),
        "site_subtitle": "Motcua",
        "ways": ways,
        "word": words.word,
        "named": words.named,
        "words": words,
        "now": lambda: relying_party().now,
    }


def install(app: Flask) -> None:
    """Add these pages to ``app``."""
    for each in (blueprint, certificates.blueprint, people.blueprint, sessions.blueprint, portals.blueprint):
        app.register_blueprint(each)
    app.context_processor(_for_pages)
