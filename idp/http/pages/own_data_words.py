"""Everything held about a person, put into words for paper. What is held is ``idp.domain.own_data.gathering``'s affair."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_datetime, gettext, ngettext

from idp.domain.authenticators import ways
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
    "signed_in": mark("A sign-in"),
    "sign_in_approved": mark("A computer was let in by your phone"),
    "sign_in_refused": mark("A sign-in was refused"),
    "sign_in_throttled": mark("Many sign-ins failed; the next ones were made harder"),
    "signed_up": mark("Signed up"),
    "signed_out": mark("Signed out"),
    "stepped_up": mark("Confirmed once more"),
    "step_up_refused": mark("A confirmation was refused"),
    "session_ended": mark("A session ended"),
    "logout_notified": mark("A portal was told that a session ended"),
    "logout_notice_given_up": mark("A portal could not be told that a session ended"),
    "code_issued": mark("A portal was let in"),
    "code_replayed": mark("A portal's code was used twice; what it had got was revoked"),
    "token_issued": mark("A portal got a token"),
    "token_refreshed": mark("A portal got a further token"),
    "token_revoked": mark("A portal gave a token back"),
    "refresh_token_reused": mark("A portal's token was used twice; what it had got was revoked"),
    "userinfo_read": mark("Read your details"),
    "token_introspected": mark("Had your sign-in confirmed"),
    "consent_given": mark("You agreed that it may know"),
    "consent_refused": mark("You refused to let it know"),
    "consent_withdrawn": mark("You took your agreement back"),
    "personal_data_read": mark("An official looked at your account"),
    "account_added": mark("The account was made"),
    "account_changed": mark("The account was changed"),
    "account_frozen": mark("The account was frozen"),
    "account_thawed": mark("The account was opened again"),
    "account_recovered": mark("The account was recovered: every way to sign in was taken away"),
    "closing_begun": mark("You asked for the account to be closed"),
    "closing_stopped": mark("The closing was stopped"),
    "everything_stopped": mark("Everything was stopped by the link of a message"),
    "recovery_begun": mark("Somebody asked to recover the account"),
    "recovery_stopped": mark("The recovery was stopped"),
    "recovery_refused": mark("A recovery was refused"),
    "recovery_contact_confirmed": mark("A phone number or e-mail address was confirmed for a recovery"),
    "password_changed": mark("The password was changed"),
    "contact_confirmed": mark("A phone number or e-mail address was confirmed"),
    "contact_removed": mark("A phone number or e-mail address was removed"),
    "identity_proofed": mark("Your identity was proofed"),
    "personal_number_claim_ended": mark("The personal number was taken off the account"),
    "authenticator_added": mark("A way to sign in was added"),
    "authenticator_removed": mark("A way to sign in was removed"),
    "authenticator_copied": mark("A passkey showed signs of being copied and was stopped"),
    "recovery_code_used": mark("A recovery code was used"),
    "certificate_requested": mark("A certificate was asked for"),
    "certificate_issued": mark("A certificate was issued"),
    "certificate_held": mark("A certificate was suspended"),
    "certificate_released": mark("A certificate can be used again"),
    "certificate_revoked": mark("A certificate was revoked"),
    "role_granted": mark("You were given a role"),
    "role_withdrawn": mark("A role was taken from you"),
    "own_data_downloaded": mark("You took a copy of your data"),
}
"""What is done with an account, in words."""
IN_OFFICE = frozenset(
    {
        *("client_added", "client_changed", "client_removed", "client_refused", "initial_access_token_issued"),
        *("key_made", "key_rotated", "key_retired", "admin_invited", "admin_enrolled", "demo_seeded"),
        *("authority_made", "responder_renewed", "crl_published", "agencies_loaded", "audit_exported"),
        "account_closed",
    }
)
"""Acts that are done in an office, or leave nobody to read of them: these stand as the trail has them."""

Row = list[tuple[str, str]]


def parts(held: Mapping[str, Any]) -> list[Part]:
    """Give the parts of the paper in their order."""
    none = gettext("Nothing is held.")
    written = [(gettext("Written"), _moment(held["made_at"]))]
    made = {"account": [[*_account(held["account"]), *written]]}
    writers = {
        "authenticators": _authenticator,
        "certificates": _certificate,
        "sessions": _session,
        "agreements": _agreement,
        "subjects": _subject,
        "recoveries": _recovery,
        "trail": _act,
    }
    on_paper = {**held, "authenticators": _counted(held["authenticators"])}
    made |= {name: [write(each) for each in on_paper[name][:ON_PAPER]] for name, write in writers.items()}
    return [Part(gettext(words), made[name], none) for name, words in _HEADINGS.items()]


def _account(account: Mapping[str, Any]) -> Row:
    facts = {**account, "address": {"formatted": account["address"]} if account["address"] else None}
    shown = [claim_words(claim, facts[claim]) for claim in SHOWN if facts.get(claim)]
    return [(words.label, words.value) for words in shown]


def _counted(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give the authenticators with a person's recovery codes as one row, which says how many there are."""
    codes = [row for row in rows if row["kind"] == ways.RECOVERY]
    left = ngettext("%(num)s is left", "%(num)s are left", len(codes))
    return [row for row in rows if row["kind"] != ways.RECOVERY] + [{**row, "label": left} for row in codes[:1]]


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
