"""The portal's own pages: home, who am I, and the site's colours."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template

from clients.kit.extension import relying_party
from clients.kit.settings import settings_for
from clients.kit.web.modules import ways
from clients.kit.web.sessions import signed_in, visit
from clients.kit.web.step_up import requires
from clients.portal.sites import Site, sites
from clients.portal.told import told
from templates.language import current_language

blueprint = Blueprint("portal", __name__)
EXTENSION = "motcua_site"
ADDRESSES = "motcua_other_sites"


def site() -> Site:
    """Give the site that is answering."""
    found: Site = current_app.extensions[EXTENSION]
    return found


def other_portals() -> list[dict[str, str]]:
    """Give the demo's other portals, to walk on to; outside it each portal stands for itself."""
    language, addresses = current_language(), current_app.extensions[ADDRESSES]
    return [
        {"name": sites()[name].name[language], "owner": sites()[name].owner[language], "address": address}
        for name, address in addresses.items()
    ]


def _addresses_elsewhere(demo: bool, here: Site) -> dict[str, str]:
    others = [it for it in sites().values() if demo and it.site != here.site]
    return {it.site: settings_for(it.application, demo=True).url for it in others}


@blueprint.get("/")
def home() -> str:
    """Welcome, to whoever comes."""
    return render_template("clients/portal/home.html", elsewhere=other_portals())


@blueprint.get("/me")
@requires()
def who_am_i() -> str:
    """Show a person what this portal knows of them: name, level, whom they act for, and their session."""
    known = told(person) if (person := signed_in()) else []
    return render_template("clients/portal/who_am_i.html", told=known, row=visit().row)


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
        "ways": ways,
    }


def install(app: Flask, it: Site) -> None:
    """Add these pages to ``app``, dressed as ``it``."""
    with app.app_context():
        demo = relying_party().settings.demo
    app.extensions |= {EXTENSION: it, ADDRESSES: _addresses_elsewhere(demo, it)}
    app.register_blueprint(blueprint)
    app.context_processor(_for_pages)
