"""Makes the administrators' console: a relying party of its own, for officials with an administrator's role."""

from typing import Any

from flask import Flask

from clients.console import views
from clients.kit.clock import Clock, system_clock
from clients.kit.settings import Application, Settings, settings_for
from clients.kit.web.application import new_application

CONSOLE = Application("console", "MOTCUA_CONSOLE_", "console", port_offset=9)


def console_application(settings: Settings | None = None, clock: Clock = system_clock) -> Flask:
    """Give the console.

    :raises pydantic.ValidationError: for mistakes in the settings, all at once.
    """
    known = settings or console_settings()
    app = new_application("clients.console", known, clock, home="console.front", layout="clients/console/layout.html")
    views.install(app)
    return app


def console_settings(**given: Any) -> Settings:
    """Read the console's settings from the environment; what is given stands above them."""
    return settings_for(CONSOLE, **{"scope": views.SCOPE, **given})
