"""What every page needs around its content: names, the demo's banner, static files that may be kept, where it was met.

Owns the names that ``base.html`` uses. The look itself is in ``templates``.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, abort, request, url_for

from idp.http.addresses import here
from idp.http.middleware.body_limit import REFUSED
from idp.http.middleware.metrics import WHERE
from idp.settings import Settings
from templates.catalogs import STATIC

STATIC_LIFETIME = 86400


def set_up_view(app: Flask, settings: Settings) -> None:
    """Give templates their common names, and metrics the name of each page."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_LIFETIME
    app.before_request(_name_for_metrics)
    app.before_request(_refuse_long_body)
    app.jinja_env.globals.update(here=here, static_file=static_file)
    app.context_processor(lambda: _common(settings))


def static_file(name: str) -> str:
    """Give the address of a static file, which changes with its content so that browsers may keep it."""
    return url_for("static", filename=name, v=_fingerprint(STATIC / name))


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _common(settings: Settings) -> dict[str, Any]:
    return {"demo": settings.demo, "site_title": "Motcua", "layout": "idp/layout.html"}


def _name_for_metrics() -> None:
    request.environ[WHERE] = request.endpoint or "other"


def _refuse_long_body() -> None:
    if status := request.environ.get(REFUSED):
        abort(status)
