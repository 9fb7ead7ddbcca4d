"""What every page is given: who is signed in, the demo's banner, and whether and why they were signed out everywhere."""

from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from clients.kit import assurance
from clients.kit.extension import relying_party
from clients.kit.person import Person
from clients.kit.records.database import DatabaseUnusable
from clients.kit.web.sessions import signed_in, visit

TOLD = "told_of_end"
REASONS = {
    "certificate_revoked": lazy_gettext(
        "The certificate that you signed in with has been revoked, so you were signed out. Sign in another way."
    ),
    "certificate_on_hold": lazy_gettext(
        "The certificate that you signed in with is suspended, so you were signed out. Sign in another way."
    ),
    "account_frozen": lazy_gettext(
        "Your account has been frozen, so you were signed out. The sign-in service says how to open it again."
    ),
}
"""Why a session was ended, in words (``logout_token.REASONS``)."""
USUAL = lazy_gettext("Your sign-in was ended at the sign-in service, so it ended here too.")


def ended_elsewhere() -> str:
    """Say, once, that the provider ended this browser's session, and why; empty where it did not."""
    row = visit().row if visit().content is not None else None
    if row is None or row.ended_at is None or TOLD in visit():
        return ""
    visit()[TOLD] = True
    return str(REASONS.get(row.end_reason, USUAL))


def level_in_words(person: Person) -> str:
    """Name the level of a person's sign-in."""
    return level_words(person.acr)


def level_words(acr: str) -> str:
    """Name a level of assurance for people: how well they are known, and how strongly they signed in."""
    level = assurance.level(acr)
    if level is None:
        return str(_("Not known"))
    identity = {1: _("Level 1: registered, not proofed"), 2: _("Level 2: identity proofed")}[level.identity]
    factor = {1: _("one factor"), 2: _("two factors"), 3: _("phishing-resistant")}[level.authenticator]
    return f"{identity}, {factor}"


def _signed_in() -> Person | None:
    """Give who is signed in; nobody while the database is away, so that the page which says so can be shown."""
    try:
        return signed_in()
    except DatabaseUnusable:
        return None


def _for_pages() -> dict[str, Any]:
    party = relying_party()
    return {
        "person": _signed_in(),
        "layout": party.layout,
        "home_address": url_for(party.home),
        "demo": party.settings.demo,
        "issuer": party.settings.issuer,
        "ended_elsewhere": ended_elsewhere,
        "level_in_words": level_in_words,
        "level_words": level_words,
    }


def install(app: Flask) -> None:
    """Give it to every template of ``app``."""
    app.context_processor(_for_pages)
