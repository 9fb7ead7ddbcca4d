"""``/account/certificates``: one's own certificates, how a new one is asked for, and how one is suspended or revoked.

The key is made by the page's script and never leaves the browser; only the request for its certificate is sent. The worker
issues, so a request waits here for a moment. What may be asked for is ``idp.domain.certificates``' affair.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import certificates
from idp.domain.certificates import CertificateRow, issuing
from idp.errors import NotFound, Refusal
from idp.http.entry import onwards, way
from idp.http.fresh import needs_fresh
from idp.http.interaction import interaction
from idp.http.pages.account import account_page, needs_sign_in
from idp.http.pages.certificate_words import certificate_view
from idp.http.pages.views import CertificateView
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.words import mark
from keys.store import certificates as store
from keys.store.certificates import RequestRow

CURRENT = "certificates"
LONGEST_REQUEST = 8192
RECENT = 120
"""Seconds for which a refused request is still shown."""
OWN_REASONS = ("superseded", "keyCompromise", "cessationOfOperation")
"""Reasons for which people revoke their own certificates."""


def own_certificates_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("own_certificates", __name__, url_prefix="/account/certificates")
    signed_in, fresh = needs_sign_in(services), needs_fresh(services)

    @blueprint.before_request
    def _offered() -> None:
        if not services.settings.has_authority:
            abort(404)

    @blueprint.get("", strict_slashes=False)
    @signed_in
    def listed() -> ResponseReturnValue:
        return _list(services, g.session.account_id)

    @blueprint.get("/go-on")
    @signed_in
    def go_on() -> ResponseReturnValue:
        return onwards(interaction(services))

    @blueprint.get("/new")
    @fresh
    def enrol() -> ResponseReturnValue:
        return account_page("idp/certificate_enrol.html", CURRENT, refusal="")

    @blueprint.post("/new")
    @fresh
    def ask() -> ResponseReturnValue:
        return _asked_for(services)

    _stopping_pages(blueprint, services)
    return blueprint


def _stopping_pages(blueprint: Blueprint, services: Services) -> None:
    """Add the pages that suspend, revoke and release."""
    fresh = needs_fresh(services)

    @blueprint.get("/<serial>/stop")
    @fresh
    def stop(serial: str) -> ResponseReturnValue:
        shown = _view(services, _own(services, serial))
        return account_page("idp/certificate_stop.html", CURRENT, shown=shown, refusal="")

    @blueprint.post("/<serial>/stop")
    @fresh
    def stopped(serial: str) -> ResponseReturnValue:
        return _stop(services, _own(services, serial))

    @blueprint.post("/<serial>/release")
    @fresh
    def release(serial: str) -> ResponseReturnValue:
        certificates.release(services, _own(services, serial).serial, actor=("account", g.session.account_id))
        flash(gettext("The certificate can be used again."))
        return redirect(url_for("own_certificates.listed"), 303)

    @blueprint.get("/<serial>/release")
    def back(serial: str) -> ResponseReturnValue:
        return redirect(url_for("own_certificates.listed"), 303)


def _asked_for(services: Services) -> ResponseReturnValue:
    try:
        certificates.request(services, g.session.account_id, _request(), "browser")
    except Refusal as refusal:
        words = gettext(refusal.message, **refusal.values)
        return account_page("idp/certificate_enrol.html", CURRENT, refusal=words), refusal.status_code
    onward: dict[str, Any] = way()
    return redirect(url_for("own_certificates.listed", **onward), 303)


def _stop(services: Services, row: CertificateRow) -> ResponseReturnValue:
    """Suspend or revoke a certificate for the reason that was chosen; where none was, ask again."""
    actor, chosen = ("account", g.session.account_id), request.form.get("reason", "")
    if chosen == "hold":
        certificates.hold(services, row.serial, actor=actor)
        flash(gettext("The certificate is suspended. Sessions that were opened with it have ended."))
    elif chosen in OWN_REASONS:
        certificates.revoke(services, row.serial, chosen, actor=actor)
        flash(gettext("The certificate is revoked for good. Sessions that were opened with it have ended."))
    else:
        refusal = gettext("Choose what is to happen with the certificate.")
        page = account_page("idp/certificate_stop.html", CURRENT, shown=_view(services, row), refusal=refusal)
        return page, 400
    return redirect(url_for("own_certificates.listed"), 303)


def _list(services: Services, account_id: str) -> str:
    onward: dict[str, Any] = way()
    with services.database.read() as connection:
        account = accounts_store.find(connection, account_id)
        rows, requests = store.of_account(connection, account_id), store.requests_of(connection, account_id)
    return account_page(
        "idp/certificates.html",
        CURRENT,
        shown=[_view(services, row) for row in rows],
        waiting=any(each.waits for each in requests),
        refusals=[gettext(each.refusal) for each in _recent(services, requests) if each.refusal],
        proofed=account is not None and account.identity_level >= 2,
        enrol_address=url_for("own_certificates.enrol", **onward),
        onward_address=url_for("own_certificates.go_on", **onward) if onward else "",
    )


def _recent(services: Services, requests: Sequence[RequestRow]) -> list[RequestRow]:
    return [each for each in requests if each.requested_at > services.now() - RECENT]


def _view(services: Services, row: CertificateRow) -> CertificateView:
    with services.database.read() as connection:
        found = certificates.opened(connection, services.sealer, row.serial)
    return certificate_view(row, found, services.now())


def _own(services: Services, serial: str) -> CertificateRow:
    row = certificates.get(services, serial)
    if row.account_id != g.session.account_id:
        raise NotFound(mark("There is no certificate of this serial number."))
    return row


def _request() -> bytes:
    encoded = request.form.get("request", "")[: LONGEST_REQUEST + 1]
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise issuing.NotIssued(
            mark("The request for the certificate is not in order, or not signed with its own key. Please try again.")
        ) from None
