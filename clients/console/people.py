"""``/people``: accounts found by a whole name, a sign-in name or an agency, and what one person has."""

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from clients.console import finding
from clients.console.management import one, read, send
from clients.console.roles import administrator

blueprint = Blueprint("people", __name__, url_prefix="/people")
WAYS = {
    "sign_in_name": _("Phone, e-mail or number"),
    "name": _("Whole name"),
    "agency": _("Code of the agency"),
}


@blueprint.get("")
@administrator
def search() -> str:
    """Show the form, and what was found last."""
    sought = finding.last("people")
    found = None if sought is None else send("/accounts/search", {"by": sought.by, "value": sought.value})
    return render_template("clients/console/people.html", ways_to_search=WAYS, sought=sought, found=found)


@blueprint.post("")
@administrator
def sought() -> Response:
    """Keep what to look for, and go to the page that shows it."""
    finding.keep("people", tuple(WAYS))
    return redirect(url_for("people.search"), 303)


@blueprint.get("/<account_id>")
@administrator
def shown(account_id: str) -> str:
    """Show one person with their sessions and certificates."""
    path = one("/accounts", account_id)
    return render_template(
        "clients/console/person.html",
        it=read(path),
        sessions=read(f"{path}/sessions")["items"],
        certificates=send("/certificates/search", {"by": "account", "value": account_id})["items"],
    )
