"""The provider put together for a process: its machine endpoints and its pages, on the parts of ``idp.services``."""

from collections.abc import Callable, Sequence
from functools import cache
from wsgiref.types import WSGIApplication

from flask import Blueprint

from idp.domain import health
from idp.http.api.addresses import BATCHES, PREFIX, VALIDATIONS
from idp.http.application import Parts, create_application
from idp.http.below import below, first_of
from idp.http.browser_cookie import BrowserCookie
from idp.http.front import Endpoint, Find
from idp.http.helpful import administrators_see
from idp.http.pages.access_log import access_log_pages
from idp.http.pages.account import account_pages
from idp.http.pages.authenticators import authenticators_pages
from idp.http.pages.authorize import authorize_pages
from idp.http.pages.certificate_sign_in import certificate_sign_in_pages
from idp.http.pages.change_password import change_password_pages
from idp.http.pages.closing import closing_pages
from idp.http.pages.consent import consent_pages
from idp.http.pages.contacts import contacts_pages
from idp.http.pages.freeze import freeze_pages
from idp.http.pages.home import home_pages
from idp.http.pages.identity_level import identity_level_pages
from idp.http.pages.invitation import invitation_pages
from idp.http.pages.logout import logout_pages
from idp.http.pages.look import look_pages
from idp.http.pages.messages import message_pages
from idp.http.pages.mutual_tls import mutual_tls_pages
from idp.http.pages.own_certificates import own_certificates_pages
from idp.http.pages.own_data import own_data_pages
from idp.http.pages.own_passkeys import own_passkeys_pages
from idp.http.pages.passkeys import passkeys_pages
from idp.http.pages.phone import phone_pages
from idp.http.pages.recovery import recovery_pages
from idp.http.pages.recovery_codes import recovery_codes_pages
from idp.http.pages.signatures import PATH as SIGNATURES
from idp.http.pages.signatures import signature_pages
from idp.http.pages.signin import signin_pages
from idp.http.pages.signup import signup_pages
from idp.http.pages.step_up import step_up_pages
from idp.http.pages.step_up_code import step_up_code_pages
from idp.http.pages.step_up_password import step_up_password_pages
from idp.http.pages.totp import totp_pages
from idp.http.straight_through import straight_through
from idp.protocol.certificate_status import status_endpoints
from idp.protocol.endpoints import machine_endpoints
from idp.protocol.exchange import MachineRequest, Reply, json_reply
from idp.services import Services

METHODS: dict[str, tuple[str, ...]] = {
    "/token": ("POST",),
    "/introspect": ("POST",),
    "/revoke": ("POST",),
    "/userinfo": ("GET", "POST"),
    "/register": ("GET", "POST", "PUT", "DELETE"),
}
"""Methods of the endpoints that are not documents; a document takes GET."""

DOCUMENT = (("Cache-Control", "public, max-age=300"),)

SAME_ORIGIN_ONLY = frozenset({"/introspect", "/register", "/api/ended"})
"""Endpoints that scripts of other origins have no business with."""

PAGES: tuple[Callable[[Services], Blueprint], ...] = (
    home_pages,
    authorize_pages,
    signin_pages,
    signup_pages,
    consent_pages,
    step_up_pages,
    passkeys_pages,
    own_passkeys_pages,
    phone_pages,
    step_up_password_pages,
    step_up_code_pages,
    logout_pages,
    account_pages,
    contacts_pages,
    identity_level_pages,
    access_log_pages,
    own_data_pages,
    closing_pages,
    authenticators_pages,
    totp_pages,
    recovery_codes_pages,
    change_password_pages,
    recovery_pages,
    freeze_pages,
    own_certificates_pages,
    certificate_sign_in_pages,
    mutual_tls_pages,
    invitation_pages,
    signature_pages,
    message_pages,
    look_pages,
)
"""What makes each group of pages."""


def provider_application(
    services: Services, pages: Sequence[Callable[[Services], Blueprint]] = PAGES
) -> WSGIApplication:
    """Give the provider as one WSGI callable."""
    endpoints = {
        path: Endpoint(handler, METHODS.get(path, ("GET",)), cross_origin=path not in SAME_ORIGIN_ONLY)
        for path, handler in machine_endpoints(services).items()
    }
    endpoints["/api/openapi.json"] = Endpoint(_described(services), ("GET",), cross_origin=True)
    secret = services.sealer.derive("browser cookie")
    parts = Parts(
        endpoints=endpoints,
        find=first_of(below(status_endpoints(services)), _operations(services)),
        limits=_limits(services),
        blueprints=[make(services) for make in pages],
        checks={
            **health.checks(services.database, services.ephemeral),
            "keys": lambda: services.key_ring.get().signing["RS256"],
        },
        sees_details=administrators_see(services),
        before_pages=lambda pages: straight_through(services, BrowserCookie(secret), pages),
        is_registered_origin=lambda origin: origin in services.clients.origins(),
    )
    return create_application(services.settings, secret, parts)


def _limits(services: Services) -> dict[str, int]:
    """Give the paths whose longest body is a setting."""
    return dict.fromkeys((SIGNATURES, VALIDATIONS, BATCHES), services.settings.validation_limit)


def _operations(services: Services) -> Find:
    """Give what finds the API's operations: imported at the first call, since no sign-in needs them and the start would wait."""

    @cache
    def find() -> Find:
        from idp.http.api.operations import OPERATIONS
        from idp.http.api.routes import Routes

        return Routes(services, OPERATIONS).find

    return lambda path: find()(path) if path.startswith(PREFIX) else None


def _described(services: Services) -> Callable[[MachineRequest], Reply]:
    """Give what answers with the API's document, which is the same for everybody and made when first asked for."""

    @cache
    def described() -> Reply:
        from idp.http.api.openapi import document
        from idp.http.api.operations import OPERATIONS

        return json_reply(200, document(services.settings.issuer, OPERATIONS), DOCUMENT)

    return lambda _request: described()
