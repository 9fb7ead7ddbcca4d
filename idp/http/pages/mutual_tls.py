"""``/signin/mtls``: signing in with a certificate that the device shows in TLS, at the address ``MOTCUA_MTLS_URL``.

Begins and ends at the issuer's own address; in between the browser goes to the other one, whose terminator asks it for
a certificate. What is accepted, and why three steps, is ``idp.domain.certificates.mutual_tls``'s affair.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.certificates import mutual_tls
from idp.errors import Refusal
from idp.http.entry import device_cookie, let_in, way
from idp.http.interaction import interaction
from idp.http.middleware.client_certificate import SHOWN
from idp.http.pages.certificate_sign_in import place_of
from idp.services import Services


def mutual_tls_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("mutual_tls", __name__)
    settings = services.settings

    @blueprint.before_request
    def _offered() -> None:
        if not settings.mtls_url:
            abort(404)

    @blueprint.get("/signin/mtls")
    def begin() -> ResponseReturnValue:
        ticket = mutual_tls.begin(services, place_of(interaction(services)), way())
        return redirect(f"{settings.mtls_url}/signin/mtls/show?{urlencode({'ticket': ticket})}", 303)

    @blueprint.get("/signin/mtls/show")
    def show() -> ResponseReturnValue:
        if SHOWN not in request.environ:
            abort(404)
        try:
            voucher, onward = mutual_tls.show(services, request.args.get("ticket", ""), request.environ[SHOWN])
        except Refusal as refusal:
            return _refused(services, refusal)
        back = urlencode({"voucher": voucher, **onward})
        return redirect(f"{settings.issuer}/signin/mtls/done?{back}", 303)

    @blueprint.get("/signin/mtls/done")
    def done() -> ResponseReturnValue:
        here = interaction(services)
        try:
            voucher = request.args.get("voucher", "")
            signed_in = mutual_tls.finish(services, voucher, place_of(here), device=device_cookie())
            return let_in(services, here, signed_in)
        except Refusal as refusal:
            return _refused(services, refusal, **way())

    return blueprint


def _refused(services: Services, refusal: Refusal, **onward: Any) -> Response:
    words = gettext(refusal.message, **refusal.values)
    back = f"{services.settings.issuer}/signin" + (f"?{urlencode(onward)}" if onward else "")
    page = render_template("idp/certificate_refused.html", refusal=words, back_address=back)
    return make_response(page, refusal.status_code)
