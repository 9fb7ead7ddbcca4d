"""``/procedures``: search the catalogue and read one procedure, by whoever comes; the way on to who receives it."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import lazy_gettext as _

from clients.kit.web.modules import Way, offer, place
from clients.kit.web.pages import level_words
from clients.procedures import rules
from clients.procedures.rules import LONGEST_QUERY, Search
from clients.procedures.words import LEVELS, ONLINE, PAPERS, SIGNATURES
from templates.language import current_language

TAKES = ("full", "partial")
"""How far online a procedure must be for a dossier to be filed online."""


def procedure_pages() -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("procedures", __name__, url_prefix="/procedures")
    offer(blueprint, Way("procedures.search", _("Procedures")))

    @blueprint.get("")
    def search() -> str:
        """Search, without marks and in any order of words."""
        found = rules.find(_search())
        return render_template(
            "clients/procedures/search.html",
            found=found,
            choices=rules.choices(),
            levels=LEVELS,
            online=ONLINE,
            lang=current_language(),
            page_address=lambda page: url_for("procedures.search", **{**request.args.to_dict(), "page": page}),
        )

    @blueprint.get("/<code>")
    def procedure(code: str) -> str:
        """Show one procedure, and where a dossier for it can be filed."""
        document = rules.procedure(code)
        if document is None:
            abort(404)
        return render_template(
            "clients/procedures/procedure.html",
            it=document,
            levels=LEVELS,
            online=ONLINE,
            papers=PAPERS,
            signatures=SIGNATURES,
            acr_words=level_words(document["acr"]),
            lang=current_language(),
            receivers=_receivers(document),
        )

    return blueprint


def _search() -> Search:
    """Read the form; what makes no sense asks for nothing, since a person has typed it."""
    asked = {name: request.args.get(name, "").replace("\0", "") for name in ("q", "field", "owner", "level", "page")}
    page = asked["page"]
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    return Search(
        q=asked["q"][:LONGEST_QUERY],
        field=asked["field"][:60],
        owner=asked["owner"][:60],
        level=asked["level"][:60],
        page=max(1, number),
    )


def _receivers(document: dict[str, Any]) -> list[dict[str, str]]:
    """Give each agency that takes dossiers for this procedure online, and the form's address at its portal."""
    if document["online"] not in TAKES or document["level"] == "central":
        return []
    way = f"/dossiers/new/{document['code']}"
    return [{"name": it.owner[current_language()], "address": it.address + way} for it in place().receivers.values()]
