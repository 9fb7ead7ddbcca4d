"""The provider as one WSGI callable: middleware, then machine endpoints, then pages, in the order a request meets them.

The composition root (``wsgi.py``) makes the parts; this is the list that joins them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from wsgiref.types import WSGIApplication

from flask import Blueprint, Flask

from idp.http.browser import set_up_cookies
from idp.http.csrf import set_up_csrf
from idp.http.error_pages import set_up_error_pages
from idp.http.front import Endpoint, Find, front
from idp.http.health import Check, health_endpoints
from idp.http.helpful import Sees, set_up_details
from idp.http.middleware.access_log import access_log
from idp.http.middleware.client_certificate import client_certificate
from idp.http.middleware.cross_origin import cross_origin
from idp.http.middleware.issuer_address import issuer_address
from idp.http.middleware.metrics import metrics
from idp.http.middleware.proxy_headers import proxy_headers
from idp.http.middleware.request_body import TIME_OUT, Bounds, request_body
from idp.http.middleware.request_id import request_id
from idp.http.middleware.security_headers import security_headers
from idp.http.pages_app import Pages
from idp.http.view import set_up_view
from idp.settings import Settings
from templates.catalogs import FOLDER, STATIC
from templates.language import set_up_language
from templates.look import set_up_look


def _as_they_are(pages: WSGIApplication) -> WSGIApplication:
    return pages


def _nobody(_origin: str) -> bool:
    return False


def _nobody_sees(_client_id: str | None) -> bool:
    return False


def _nowhere(_path: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    """What the frame is filled with: the endpoints and pages of the protocol, and what the operator asks after."""

    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    find: Find = _nowhere
    blueprints: Sequence[Blueprint] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    body_seconds: float = TIME_OUT
    is_registered_origin: Callable[[str], bool] = _nobody
    sees_details: Sees = _nobody_sees
    before_pages: Callable[[WSGIApplication], WSGIApplication] = _as_they_are


def create_application(settings: Settings, secret: bytes, parts: Parts) -> WSGIApplication:
    """Give the provider.

    :param secret: signs the per-browser cookie; the same in every process, 32 random bytes.
    """
    endpoints = {**health_endpoints(parts.checks), **parts.endpoints}
    open_paths = {path: endpoint.allow for path, endpoint in endpoints.items() if endpoint.cross_origin}

    pages = create_pages(settings, secret, parts.blueprints, parts.sees_details).wsgi_app
    application = front(endpoints, parts.before_pages(pages), parts.find)
    application = request_body(application, Bounds(parts.limits, parts.body_seconds))
    application = cross_origin(application, open_paths, parts.is_registered_origin)
    application = security_headers(application, settings.secure)
    application = issuer_address(application, settings.issuer)
    application = metrics(application)
    application = access_log(application)
    application = request_id(application)
    application = client_certificate(application, settings.mtls_secret())
    return proxy_headers(application, settings.trusted_proxies)


def create_pages(
    settings: Settings, secret: bytes, blueprints: Sequence[Blueprint], sees_details: Sees = _nobody_sees
) -> Flask:
    """Give the Flask application of everything that people see.

    :param sees_details: who may read on an error page what a portal did wrong.
    """
    app = Pages("idp", template_folder=str(FOLDER), static_folder=str(STATIC), static_url_path="/static")
    set_up_cookies(app, secret, settings.secure)
    set_up_language(app, "idp", "motcua_idp_language")
    set_up_look(app)
    set_up_view(app, settings)
    set_up_csrf(app)
    set_up_details(app, sees_details)
    set_up_error_pages(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app
