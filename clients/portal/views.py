"""The portal's own pages: home, who am I, and the site's colours."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template

from clients.kit.web.sessions import visit
from clients.kit.web.step_up import requires
from clients.portal.sites import Site
from templates.language import current_language

blueprint = Blueprint("portal", __name__)
EXTENSION = "motcua_site"


def site() -> Site:
    """Give the site that is answering."""
    found: Site = current_app.extensions[EXTENSION]
    return found


@blueprint.get("/")
def home() -> str:
    """Welcome, to whoever comes."""
    return render_template("clients/portal/home.html")


@blueprint.get("/me")
@requires()
def who_am_i() -> str:
    """Show a person what this portal knows of them: name, level, whom they act for, and their session."""
    return render_template("clients/portal/who_am_i.html", session_row=visit().row)


@blueprint.get("/site.css")
def style() -> Response:
    """Give the site's colours; they change with a release."""
    response = Response(site().style, content_type="text/css; charset=utf-8")
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    return response


def _for_pages() -> dict[str, Any]:
    it, language = site(), current_language()
    return {
        "site": it,
        "site_title": it.name[language],
        "site_subtitle": it.owner[language],
        "site_tagline": it.tagline[language],
    }


def install(app: Flask, it: Site) -> None:
    """Add these pages to ``app``, dressed as ``it``."""
    app.extensions[EXTENSION] = it
    app.register_blueprint(blueprint)
    app.context_processor(_for_pages)
