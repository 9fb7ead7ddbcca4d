"""The console's pages. For now the way in, and a home page for administrators."""

from typing import Any

from flask import Blueprint, Flask, render_template
from flask_babel import gettext as _

from clients.kit.web.step_up import requires

blueprint = Blueprint("console", __name__)
SCOPE = "openid profile official"
ADMINISTRATOR = "administrator"


@blueprint.get("/")
def front() -> str:
    """Say what this is, to whoever comes."""
    return render_template("clients/console/front.html")


@blueprint.get("/home")
@requires(role=ADMINISTRATOR)
def home() -> str:
    """Greet an administrator."""
    return render_template("clients/console/home.html")


def _for_pages() -> dict[str, Any]:
    return {"site_title": _("Administration console"), "site_subtitle": "Motcua"}


def install(app: Flask) -> None:
    """Add these pages to ``app``."""
    app.register_blueprint(blueprint)
    app.context_processor(_for_pages)
