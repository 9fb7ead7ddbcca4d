"""``/dossiers`` of the national portal: a person follows their dossiers at every agency, wherever they were filed.

Nothing of them is kept here: each agency is asked through its API with the person's token for that agency, and one that
does not answer is said so beside the others.
"""

from typing import Any

from flask import Blueprint, abort, render_template
from flask_babel import lazy_gettext as _

from clients.kit.errors import NeighbourRefused, NeighbourSilent
from clients.kit.web.modules import Portal, Way, offer, place
from clients.kit.web.neighbours import Neighbour
from clients.kit.web.step_up import requires
from templates.language import current_language

API = "/api/dossiers"


def my_dossiers() -> list[Blueprint]:
    """Give the pages."""
    blueprint = Blueprint("my_dossiers", __name__, url_prefix="/dossiers")
    offer(blueprint, Way("my_dossiers.mine", _("My dossiers")))
    blueprint.get("")(mine)
    blueprint.get("/<agency>/<code>")(dossier)
    return [blueprint]


@requires()
def mine() -> str:
    """List the person's dossiers, agency by agency."""
    found = [_at(agency, portal) for agency, portal in place().receivers.items()]
    return render_template("clients/portal/my_dossiers.html", agencies=found, lang=current_language())


@requires()
def dossier(agency: str, code: str) -> str:
    """Show one dossier as its agency tells it."""
    portal = place().receivers.get(agency)
    if portal is None or not all(letter.isalnum() or letter in ".-" for letter in code):
        abort(404)
    try:
        found = Neighbour(portal.address).get(f"{API}/{code}")
    except NeighbourRefused as refused:
        if refused.answered != 404:
            raise
        abort(404)
    return render_template("clients/portal/my_dossier.html", it=found, portal=portal, lang=current_language())


def _at(agency: str, portal: Portal) -> dict[str, Any]:
    try:
        answer = Neighbour(portal.address).get(API)
    except NeighbourSilent:
        return {"agency": agency, "portal": portal, "silent": True, "dossiers": []}
    return {"agency": agency, "portal": portal, "silent": False, "dossiers": answer.get("dossiers", [])}
