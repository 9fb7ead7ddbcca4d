"""``/certificates``: finding one, suspending or revoking it, and watching what follows."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from clients.console import finding, words
from clients.console.following import steps
from clients.console.management import act, one, read, send
from clients.console.roles import administrator, administrator_now
from clients.kit.errors import NeighbourRefused
from clients.kit.extension import relying_party

blueprint = Blueprint("certificates", __name__, url_prefix="/certificates")
WAYS = {"subject": _("Whole name"), "serial": _("Serial number"), "account": _("Account identifier")}
CONFLICT = 409


@blueprint.get("")
@administrator
def search() -> str:
    """Show the form, and what was found last."""
    sought = finding.last("certificates")
    found = None if sought is None else send("/certificates/search", {"by": sought.by, "value": sought.value})
    return render_template("clients/console/certificates.html", ways_to_search=WAYS, sought=sought, found=found)


@blueprint.post("")
@administrator
def sought() -> Response:
    """Keep what to look for, and go to the page that shows it."""
    finding.keep("certificates", tuple(WAYS))
    return redirect(url_for("certificates.search"), 303)


@blueprint.get("/<serial>")
@administrator
def shown(serial: str) -> str:
    """Show one: whom it names, how it stands, and what rests on it."""
    return _page("certificate", serial)


@blueprint.get("/<serial>/revoke")
@administrator_now
def revoking(serial: str) -> str:
    """Ask for the reason, and say what will happen."""
    return _page("revoke", serial)


@blueprint.post("/<serial>/revoke")
@administrator_now
def revoke(serial: str) -> Response | tuple[str, int]:
    """Revoke it for good, with everything that follows."""
    reason = request.form.get("reason", "")
    if reason not in words.REVOCATION:
        return _page("revoke", serial, no_reason=True), 422
    act(f"{_one(serial)}/revoke", {"reason": reason})
    return redirect(url_for("certificates.followed", serial=serial), 303)


@blueprint.get("/<serial>/hold")
@administrator_now
def holding(serial: str) -> str:
    """Ask once more, and say what will happen."""
    return _page("hold", serial)


@blueprint.post("/<serial>/hold")
@administrator_now
def hold(serial: str) -> Response:
    """Suspend it, with everything that follows."""
    return _act(serial, "hold", "certificates.followed")


@blueprint.post("/<serial>/release")
@administrator_now
def release(serial: str) -> Response:
    """End a suspension."""
    return _act(serial, "release", "certificates.shown")


@blueprint.get("/<serial>/consequences")
@administrator
def followed(serial: str) -> str:
    """Show each consequence turning done; the page looks again until all are."""
    followed = read(f"{_one(serial)}/consequences")
    return _page("consequences", serial, steps=steps(followed["items"]), waiting=not followed["done"])


def _act(serial: str, which: str, then: str) -> Response:
    """Do it; where somebody was quicker and it cannot be done any more, the certificate's page shows how it stands."""
    try:
        act(f"{_one(serial)}/{which}", {})
    except NeighbourRefused as refused:
        if refused.answered != CONFLICT:
            raise
        then = "certificates.shown"
    return redirect(url_for(then, serial=serial), 303)


def _page(name: str, serial: str, **values: Any) -> str:
    certificate = read(_one(serial))
    status = words.status_of(certificate, relying_party().now)
    return render_template(f"clients/console/{name}.html", it=certificate, status=status, **values)


def _one(serial: str) -> str:
    return one("/certificates", serial)
