"""``/account/authenticators``: the ways that a person has to sign in, what they can add, and how one is removed.

Each kind is added on a page of its own; what may be removed, and who is told, is ``idp.domain.authenticators.life``'s.
"""

from collections.abc import Collection, Sequence

from flask import Blueprint, current_app, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.authenticators import life, ways
from idp.errors import NotFound, Refusal
from idp.http.fresh import needs_fresh
from idp.http.pages.account import account_page, needs_sign_in
from idp.http.pages.device_words import factor_words
from idp.http.pages.views import AuthenticatorView, WayView
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import AuthenticatorRow
from idp.words import mark

COUNTED = frozenset({ways.RECOVERY})
"""Kinds of which a person has many at once, shown together."""


def authenticators_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("authenticators", __name__, url_prefix="/account/authenticators")

    @blueprint.get("", strict_slashes=False)
    @needs_sign_in(services)
    def listed() -> ResponseReturnValue:
        rows = _rows(services, g.session.account_id)
        return account_page(
            "idp/authenticators.html",
            "authenticators",
            shown=_views(list(rows)),
            enrol=_enrol_views(services, {row.kind for row in rows}),
        )

    @blueprint.get("/<authenticator_id>/remove")
    @needs_fresh(services, recovery=True)
    def ask(authenticator_id: str) -> ResponseReturnValue:
        rows = _rows(services, g.session.account_id)
        row = _one(rows, authenticator_id)
        refusal = ""
        try:
            life.check_removable(row, [each for each in rows if each.id != row.id], services.now())
        except Refusal as refused:
            refusal = gettext(refused.message)
        (shown,) = _views([row])
        return account_page("idp/authenticator_remove.html", "authenticators", shown=shown, refusal=refusal)

    @blueprint.post("/<authenticator_id>/remove")
    @needs_fresh(services, recovery=True)
    def remove(authenticator_id: str) -> ResponseReturnValue:
        life.remove(services, g.session.account_id, authenticator_id, kept=g.session.sid)
        flash(gettext("It is removed. Every confirmed phone and e-mail address of yours is being told."))
        return redirect(url_for("authenticators.listed"), 303)

    return blueprint


def _rows(services: Services, account_id: str) -> Sequence[AuthenticatorRow]:
    with services.database.read() as connection:
        return store.authenticators_of(connection, account_id)


def _one(rows: Sequence[AuthenticatorRow], authenticator_id: str) -> AuthenticatorRow:
    row = next((each for each in rows if each.id == authenticator_id), None)
    if row is None:
        raise NotFound(mark("This way to sign in is not there any more."))
    return row


def _views(rows: Sequence[AuthenticatorRow]) -> list[AuthenticatorView]:
    """Give what stands in the list: one line for each, and one for all of a kind that is only counted."""
    single = [_view(row) for row in rows if row.kind not in COUNTED]
    counted = {row.kind: [each for each in rows if each.kind == row.kind] for row in rows if row.kind in COUNTED}
    return single + [_view(many[0], len(many)) for many in counted.values()]


def _view(row: AuthenticatorRow, number: int = 0) -> AuthenticatorView:
    found = ways.way(row.kind)
    own_page = found.enrols if found and found.enrols in current_app.view_functions else ""
    removable = row.kind not in COUNTED and found is not None and found.removable
    return AuthenticatorView(
        kind=factor_words(row.kind),
        label=row.label,
        added=row.created_at,
        used=row.used_at,
        left=number,
        page_address=url_for(own_page) if own_page and not removable else "",
        remove_address=url_for("authenticators.ask", authenticator_id=row.id) if removable else "",
    )


def _enrol_views(services: Services, owned: Collection[str]) -> list[WayView]:
    """Give what can be added; where a kind is only counted, new ones are made on the page that manages it."""
    return [
        WayView(gettext(each.enrol_words), url_for(each.enrols))
        for each in ways.WAYS
        if each.enrols in current_app.view_functions
        and each.enrol_words
        and each.offered(services.settings)
        and not (each.kind in COUNTED and each.kind in owned)
    ]
