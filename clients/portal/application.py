"""Makes a portal's application: the kit's relying party, the site's look, and the portal's own pages.

The site's modules are mounted by ``wsgi.py``, which alone may know them.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask

from clients.kit.clock import Clock, system_clock
from clients.kit.settings import Settings, settings_for
from clients.kit.web.application import new_application
from clients.portal import views
from clients.portal.sites import sites

HOME, LAYOUT = "portal.home", "clients/portal/layout.html"


def portal_application(
    site: str, settings: Settings | None = None, modules: Sequence[Blueprint] = (), clock: Clock = system_clock
) -> Flask:
    """Give the portal ``site`` (``national``, ``ministry``, ``province``).

    :param modules: blueprints of the site's modules, chosen by ``wsgi.py`` from ``sites()[site].modules``.
    :raises KeyError: for a site that is not in the data.
    :raises pydantic.ValidationError: for mistakes in the settings, all at once.
    """
    it = sites()[site]
    app = new_application("clients.portal", settings or portal_settings(site), clock, home=HOME, layout=LAYOUT)
    views.install(app, it)
    for module in modules:
        app.register_blueprint(module)
    return app


def portal_settings(site: str, **given: Any) -> Settings:
    """Read the settings of the portal ``site`` from the environment; what is given stands above them."""
    return settings_for(sites()[site].application, **given)


def site_names() -> list[str]:
    """Give the names of all sites, in the order of the data."""
    return list(sites())
