"""Makes a portal's application: the kit's relying party, the site's look, and the portal's own pages.

The site's modules are mounted by ``wsgi.py``, which alone may know them.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask

from clients.kit.clock import Clock, system_clock
from clients.kit.settings import Settings, settings_for
from clients.kit.web.application import new_application
from clients.kit.web.modules import Place, Portal, mount
from clients.portal import views
from clients.portal.sites import Site, sites

HOME, LAYOUT = "portal.home", "clients/portal/layout.html"


def portal_application(
    site: str,
    settings: Settings | None = None,
    modules: Sequence[Blueprint] = (),
    clock: Clock = system_clock,
    where: Place | None = None,
) -> Flask:
    """Give the portal ``site`` (``national``, ``ministry``, ``province``).

    :param modules: blueprints of the site's modules, chosen by ``wsgi.py`` from ``sites()[site].modules``.
    :param where: what the modules are told of their neighbours; by default what the settings say.
    :raises KeyError: for a site that is not in the data.
    :raises pydantic.ValidationError: for mistakes in the settings, all at once.
    """
    it, known = sites()[site], settings or portal_settings(site)
    app = new_application("clients.portal", known, clock, home=HOME, layout=LAYOUT)
    views.install(app, it)
    mount(app, where or place_of(it, known), modules)
    return app


def place_of(it: Site, settings: Settings) -> Place:
    """Give where a site's modules stand; neighbours' addresses are settings, as every address is."""
    urls = {other.site: settings_for(other.application, demo=settings.demo).url for other in sites().values()}
    urls[it.site] = settings.url
    publishers = [urls[other.site] for other in sites().values() if "procedures" in other.modules]
    receivers = {
        other.agency: Portal(urls[other.site], other.owner) for other in sites().values() if "dossiers" in other.modules
    }
    return Place(it.agency, "" if "procedures" in it.modules else "".join(publishers[:1]), receivers)


def portal_settings(site: str, **given: Any) -> Settings:
    """Read the settings of the portal ``site`` from the environment; what is given stands above them."""
    return settings_for(sites()[site].application, **given)


def site_names() -> list[str]:
    """Give the names of all sites, in the order of the data."""
    return list(sites())
