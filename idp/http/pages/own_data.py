"""``/account/download``: everything held about one, as JSON or PDF, for whoever has just proved who they are.

What is held is ``idp.domain.own_data``'s affair; that it was taken is recorded there.
"""

from flask import Blueprint, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.own_data import gathering, paper
from idp.http.fresh import needs_fresh
from idp.http.pages.account import account_page
from idp.http.pages.own_data_words import parts
from idp.services import Services
from templates.language import current_language

_TYPES = {"json": "application/json", "pdf": "application/pdf"}


def own_data_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("own_data", __name__, url_prefix="/account")

    @blueprint.get("/download")
    @needs_fresh(services)
    def offered() -> ResponseReturnValue:
        return account_page("idp/own_data.html", "home")

    @blueprint.post("/download")
    @needs_fresh(services)
    def taken() -> ResponseReturnValue:
        kind = request.form.get("kind", "")
        if kind not in _TYPES:
            return account_page("idp/own_data.html", "home"), 400
        held = gathering.gather(services, g.session.account_id)
        written = gathering.as_json(held) if kind == "json" else _on_paper(held, services.clock())
        response = make_response(written)
        response.headers["Content-Type"] = _TYPES[kind]
        response.headers["Content-Disposition"] = f'attachment; filename="motcua-{held["made_at"][:10]}.{kind}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def _on_paper(held: dict[str, object], at: float) -> bytes:
    title = gettext("Everything that Motcua holds about you")
    return paper.pdf(title, current_language(), at, parts(held))
