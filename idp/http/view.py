"""What every page of the provider needs around its content: its names, the demo's banner, where it was met.

The look itself, shared with the portals, is in ``templates``.
"""

from flask import Flask, abort, request
from flask_babel import gettext

from idp.http.middleware.access_log import LOGGED_PATH
from idp.http.middleware.metrics import WHERE
from idp.http.middleware.request_body import REFUSED
from idp.settings import Settings

STATIC_FILES = frozenset({"static", "bootstrap.static"})


def set_up_view(app: Flask, settings: Settings) -> None:
    """Give templates their common names, and metrics the name of each page."""
    app.before_request(_name_for_observing)
    app.before_request(_refuse_long_body)

    @app.context_processor
    def _common() -> dict[str, object]:
        return {
            "demo": settings.demo,
            "has_authority": settings.has_authority,
            "site_title": "Motcua",
            "site_subtitle": gettext("Sign-in for public services"),
            "home_address": request.script_root + "/",
            "layout": "idp/layout.html",
        }


def _name_for_observing() -> None:
    """Name the page for the metrics; for the log, name an address that holds something by its pattern alone."""
    request.environ[WHERE] = request.endpoint or "other"
    if request.url_rule is not None and request.view_args and request.endpoint not in STATIC_FILES:
        request.environ[LOGGED_PATH] = request.script_root + request.url_rule.rule


def _refuse_long_body() -> None:
    if status := request.environ.get(REFUSED):
        abort(status)
