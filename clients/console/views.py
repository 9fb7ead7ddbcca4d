"""The console's front door and home, and what all its pages are given. Each kind of thing has its pages in a file of its own."""

from typing import Any

from flask import Blueprint, Flask, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from clients.console import certificates, counter, counter_words, people, portals, sessions, words
from clients.console.management import SCOPE as API_SCOPE
from clients.console.roles import ACR, ADMINISTRATOR, AT_COUNTER, CENTRAL
from clients.kit.errors import NotForYou
from clients.kit.extension import relying_party
from clients.kit.web.modules import Way, offer, ways
from clients.kit.web.sessions import signed_in
from clients.kit.web.step_up import requires

blueprint = Blueprint("console", __name__)
SCOPE = f"openid profile official {API_SCOPE}"
offer(
    blueprint,
    Way("console.home", words.PAGES["home"], ADMINISTRATOR),
    Way("certificates.search", words.PAGES["certificates"], ADMINISTRATOR),
    Way("people.search", words.PAGES["people"], ADMINISTRATOR),
    Way("portals.listed", words.PAGES["portals"], ADMINISTRATOR),
    Way("counter.front", words.PAGES["counter"], AT_COUNTER),
)


@blueprint.get("/")
def front() -> str:
    """Say what this is, to whoever comes."""
    return render_template("clients/console/front.html")


@blueprint.get("/home")
@requires(acr=ACR)
def home() -> Response | str:
    """Greet an administrator: what they look after, and where to begin; an official at a counter begins there."""
    person = signed_in()
    roles = person.roles if person is not None else ()
    if ADMINISTRATOR not in roles:
        if AT_COUNTER in roles:
            return redirect(url_for("counter.front"), 303)
        raise NotForYou(f"needs role {ADMINISTRATOR} or {AT_COUNTER}")
    return render_template("clients/console/home.html", central=CENTRAL, searches=certificates.WAYS, people=people.WAYS)


def _for_pages() -> dict[str, Any]:
    return {
        "site_title": _("Administration console"),
        "site_subtitle": "Motcua",
        "ways": ways,
        "word": words.word,
        "named": words.named,
        "words": words,
        "counter_words": counter_words,
        "now": lambda: relying_party().now,
    }


def install(app: Flask) -> None:
    """Add these pages to ``app``."""
    groups = (certificates, people, sessions, portals, counter)
    for each in (blueprint, *(group.blueprint for group in groups)):
        app.register_blueprint(each)
    app.context_processor(_for_pages)
