"""``/account/access-log``: who saw one's data, in words. What there is to see is ``idp.domain.access_log``'s affair."""

from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import access_log
from idp.domain.access_log import OPERATOR, Look
from idp.domain.audit import Action
from idp.domain.release import UNSTATED_BASIS
from idp.http.pages.account import account_page, needs_sign_in
from idp.http.pages.agency_words import agency_name
from idp.http.pages.claim_words import SHOWN, claim_words, value_words
from idp.services import Services
from idp.words import mark
from templates.language import current_language

_WHAT = {
    Action.USERINFO_READ: mark("Read your details"),
    Action.TOKEN_ISSUED: mark("You signed in there"),
    Action.TOKEN_INTROSPECTED: mark("Had your sign-in confirmed"),
    Action.CONSENT_GIVEN: mark("You agreed that it may know"),
    Action.CONSENT_WITHDRAWN: mark("You took your agreement back"),
    Action.PERSONAL_DATA_READ: mark("An official looked at your account"),
}
_OFFICIAL_SAW = {
    "search": mark("Your name and how you can be reached, in part, in a list"),
    "shown": mark("Your name, how you can be reached, in part, and your ways to sign in"),
    "sessions": mark("Where you are signed in"),
    "certificate": mark("Your certificates"),
    "counter": mark("Your name, date of birth and how you can be reached, in part, at a counter"),
    OPERATOR: mark("Everything that the account holds, in full"),
}
_FIRST_PARTY = mark("A public service that you used")
_AGREED = mark("What you agreed to")
_OFFICE = mark("Keeping accounts and helping their owners")


@dataclass(frozen=True, slots=True)
class LookView:
    """One row; ``times`` that it happened without a break, ``at`` the last of them in Unix seconds."""

    what: str
    who: str
    agency: str
    role: str
    purpose: str
    claims: tuple[str, ...]
    at: float
    times: int


def access_log_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("access_log", __name__, url_prefix="/account")

    @blueprint.get("/access-log")
    @needs_sign_in(services)
    def seen() -> ResponseReturnValue:
        before = request.args.get("before", "")[:80]
        found = access_log.looks(services, g.session.account_id, before)
        onwards = url_for("access_log.seen", before=found.next) if found.next else ""
        rows = _rows(services, found.shown)
        return account_page("idp/access_log.html", "access_log", looks=rows, next_address=onwards, later=bool(before))

    return blueprint


def _rows(services: Services, looks: tuple[Look, ...]) -> list[LookView]:
    """Put what happened again and again without a break into one row: a person reads it, not a machine."""
    alike = groupby(looks, key=lambda look: (look.action, look.client_id, look.agency, look.claims, look.reason))
    return [_row(services, list(group)) for _, group in alike]


def _row(services: Services, group: list[Look]) -> LookView:
    look = group[0]
    client = services.clients.get(look.client_id) if look.client_id else None
    return LookView(
        what=gettext(_WHAT[look.action]),
        who=client.name(current_language()) if client else "",
        agency=agency_name(services, look.agency or (client.agency if client else None)),
        role=str(value_words("roles", look.roles)),
        purpose=_purpose(services, look),
        claims=_claims(look),
        at=look.at,
        times=len(group),
    )


def _purpose(services: Services, look: Look) -> str:
    if look.action is Action.PERSONAL_DATA_READ:
        return str(gettext(_OFFICE))
    client = services.clients.get(look.client_id) if look.client_id else None
    basis = client.metadata.get("legal_basis") if client else None
    if look.by_law and basis == UNSTATED_BASIS:
        return str(gettext("The portal has not said by which law it asks"))
    if look.by_law and basis:
        return str(gettext("By law: %(basis)s", basis=basis))
    return str(gettext(_FIRST_PARTY if client and client.first_party else _AGREED))


def _claims(look: Look) -> tuple[str, ...]:
    if look.action is Action.PERSONAL_DATA_READ:
        return (str(gettext(_OFFICIAL_SAW.get(look.reason, _OFFICIAL_SAW["shown"]))),)
    listed = tuple(claim_words(claim).label for claim in SHOWN if claim in look.claims)
    return listed or (str(gettext("Only that it is you")),)
