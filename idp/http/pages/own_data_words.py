"""Everything held about a person, put into words for paper. What is held is ``idp.domain.own_data.gathering``'s affair."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_datetime, gettext

from idp.domain.own_data.paper import Part
from idp.http.pages.claim_words import SHOWN, claim_words
from idp.http.pages.device_words import device_words, factor_words
from idp.words import mark

ON_PAPER = 200
"""Entries of the trail that stand on paper, the newest; the file for machines has them all."""
_HEADINGS = {
    "account": mark("Your details"),
    "authenticators": mark("Ways to sign in"),
    "certificates": mark("Certificates"),
    "sessions": mark("Devices and sessions"),
    "agreements": mark("Connected portals"),
    "subjects": mark("Numbers by which agencies know you"),
    "recoveries": mark("Recoveries of the account"),
    "trail": mark("What was done with your account, the newest first"),
}

_ACTS = {
    "signed_in": mark("Signed in"),
    "signed_up": mark("Signed up"),
    "stepped_up": mark("Confirmed once more"),
    "sign_in_refused": mark("A sign-in was refused"),
    "session_ended": mark("A session ended"),
    "token_issued": mark("A portal got a token"),
    "userinfo_read": mark("Read your details"),
    "token_introspected": mark("Had your sign-in confirmed"),
    "consent_given": mark("You agreed that it may know"),
    "consent_withdrawn": mark("You took your agreement back"),
    "personal_data_read": mark("An official looked at your account"),
    "account_added": mark("The account was made"),
    "password_changed": mark("The password was changed"),
    "contact_confirmed": mark("A phone number or e-mail address was confirmed"),
    "identity_proofed": mark("Your identity was proofed"),
    "authenticator_added": mark("A way to sign in was added"),
    "authenticator_removed": mark("A way to sign in was removed"),
    "own_data_downloaded": mark("You took a copy of your data"),
}
"""The acts that most people find about themselves; a rarer one stands as the trail has it."""

Row = list[tuple[str, str]]


def parts(held: Mapping[str, Any]) -> list[Part]:
    """Give the parts of the paper in their order."""
    none = gettext("Nothing is held.")
    made = {"account": [_account(held["account"])]}
    writers = {
        "authenticators": _authenticator,
        "certificates": _certificate,
        "sessions": _session,
        "agreements": _agreement,
        "subjects": _subject,
        "recoveries": _recovery,
        "trail": _act,
    }
    made |= {name: [write(each) for each in held[name][:ON_PAPER]] for name, write in writers.items()}
    return [Part(gettext(words), made[name], none) for name, words in _HEADINGS.items()]


def _account(account: Mapping[str, Any]) -> Row:
    facts = {**account, "address": {"formatted": account["address"] or ""}}
    shown = [claim_words(claim, facts[claim]) for claim in SHOWN if facts.get(claim)]
    return [(words.label, words.value) for words in shown]


def _authenticator(row: Mapping[str, Any]) -> Row:
    name = factor_words(row["kind"]) + (f" ({row['label']})" if row["label"] else "")
    return [(gettext("Way to sign in"), name), (gettext("Added"), _moment(row["added_at"]))]


def _certificate(row: Mapping[str, Any]) -> Row:
    until = f"{_moment(row['not_before'])} – {_moment(row['not_after'])}"
    return [(gettext("Serial number"), row["serial"]), (gettext("Valid"), until)]


def _session(row: Mapping[str, Any]) -> Row:
    used = ", ".join(factor_words(factor["kind"]) for factor in row["factors"])
    portals = ", ".join(portal["portal"] for portal in row["portals"])
    return [
        (gettext("Device"), device_words(row["browser"])),
        (gettext("Address"), row["address"]),
        (gettext("Signed in"), f"{_moment(row['began_at'])}, {used}"),
        (gettext("Last used"), _moment(row["last_used_at"])),
        *([(gettext("Portals"), portals)] if portals else []),
    ]


def _agreement(row: Mapping[str, Any]) -> Row:
    left_out = ", ".join(claim_words(claim).label for claim in row["left_out"])
    if row["withdrawn_at"]:
        return [(gettext("Portal"), row["portal"]), (gettext("Taken back on"), _moment(row["withdrawn_at"]))]
    return [
        (gettext("Portal"), row["portal"]),
        (gettext("Agreed on"), f"{_moment(row['agreed_at'])} – {_moment(row['expires_at'])}"),
        *([(gettext("Left out"), left_out)] if left_out else []),
    ]


def _subject(row: Mapping[str, Any]) -> Row:
    return [(gettext("Agency or portal"), row["sector"]), (gettext("Number"), row["subject"])]


def _recovery(row: Mapping[str, Any]) -> Row:
    return [(gettext("Begun"), _moment(row["begun_at"])), (gettext("State"), row["state"])]


def _act(row: Mapping[str, Any]) -> Row:
    portal = row["portal"] or row["agency"] or ""
    claims = ", ".join(claim_words(claim).label for claim in row.get("claims", ()))
    known = _ACTS.get(row["action"])
    act = gettext(known) if known else row["action"]
    said = ", ".join(part for part in (act, portal, claims) if part)
    return [(_moment(row["at"]), said)]


def _moment(text: str | None) -> str:
    return format_datetime(datetime.fromisoformat(text), "dd/MM/y HH:mm") if text else ""
