"""Claims and scopes in words that a citizen understands (OpenID Connect Core §5.1, §5.4).

Owns the words and how a value is shown. Which claims a scope releases is data of ``idp.domain.release``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext

from idp.domain.release import ONE_CLAIM
from idp.words import mark
from templates.look import day_words

CLAIMS = {
    "sub": mark("A number that stands for you at this portal only"),
    "name": mark("Full name"),
    "family_name": mark("Family name"),
    "middle_name": mark("Middle name"),
    "given_name": mark("Given name"),
    "gender": mark("Sex"),
    "birthdate": mark("Date of birth"),
    "locale": mark("Preferred language"),
    "updated_at": mark("When your details last changed"),
    "email": mark("E-mail address"),
    "email_verified": mark("Whether the e-mail address is confirmed"),
    "phone_number": mark("Phone number"),
    "phone_number_verified": mark("Whether the phone number is confirmed"),
    "address": mark("Address"),
    "identity_level": mark("Identity level"),
    "personal_number": mark("Personal number"),
    "organisation": mark("Organisation"),
    "agency": mark("Agency"),
    "roles": mark("Roles"),
}
"""Each claim by its specification's name."""

SCOPES = {
    "openid": mark("That it is you, by a number that only this portal gets"),
    "profile": mark("Your name, date of birth and sex"),
    "email": mark("Your e-mail address"),
    "phone": mark("Your phone number"),
    "address": mark("Your address"),
    "offline_access": mark("To keep working for you while you are away"),
    "citizen": mark("Your identity level and, once it is proofed, your personal number"),
    "organisation": mark("The organisation whose account this is"),
    "official": mark("Your agency and your roles there"),
    "dossier:read": mark("See your dossiers at the agencies where you filed them"),
    "dossier:submit": mark("File dossiers for you at agencies"),
}
"""Each scope by its name."""

SHOWN = ("name", "gender", "birthdate", "email", "phone_number", "address", "identity_level", "personal_number",
         "organisation", "agency", "roles")  # fmt: skip
"""Claims that a page lists one by one, in this order; the rest follow from these or say nothing to a person."""

ROLES = {
    "administrator": mark("Administrator"),
    "central_administrator": mark("Central administrator"),
    "receiver": mark("Receiving officer"),
    "processor": mark("Processing officer"),
    "signer": mark("Signer"),
    "counter_official": mark("Official at the counter"),
}
"""Each role that an official may have."""

_WORDS = {"female": mark("Female"), "male": mark("Male"), **ROLES}


@dataclass(frozen=True, slots=True)
class ClaimWords:
    """One claim as a page shows it: ``value`` and ``note`` may be empty."""

    claim: str
    label: str
    value: str = ""
    note: str = ""


def scope_words(scope: str) -> str:
    """Give a scope, or a claim agreed to by itself, in words; one that is not about a person is named as it is."""
    if (claim := scope.removeprefix(ONE_CLAIM)) != scope and claim in CLAIMS:
        return str(gettext(CLAIMS[claim]))
    if scope in SCOPES:
        return str(gettext(SCOPES[scope]))
    return str(gettext("Work at a service with the right “%(scope)s”", scope=scope))


def claim_words(claim: str, value: Any = None) -> ClaimWords:
    """Give a claim and, where the person has one, its value."""
    label = gettext(CLAIMS[claim]) if claim in CLAIMS else claim
    missing = gettext("You have none on record.") if value in (None, "", [], {}) else ""
    return ClaimWords(claim, label, value_words(claim, value), missing)


def value_words(claim: str, value: Any) -> str:
    """Give a claim's value as a person would write it."""
    match claim, value:
        case _, None | "":
            return ""
        case "birthdate", str():
            return _day(value)
        case "identity_level", _:
            return str(gettext("Level %(level)s", level=value))
        case "personal_number", str():
            return " ".join((value[:3], value[3:6], value[6:9], value[9:]))
        case "phone_number", str():
            return _phone(value)
        case _, Mapping():
            return str(value.get("formatted", ""))
        case "roles", list() | tuple():
            return ", ".join(_word(str(part)) for part in value)
        case "gender", str():
            return _word(value)
    return str(value)


def _word(word: str) -> str:
    """Give a word of ours in the reader's language, and any other as it is."""
    return str(gettext(_WORDS[word])) if word in _WORDS else word


def _phone(text: str) -> str:
    """Write a number of this country as people do, 0912 345 678; a foreign one stays as it is (E.164)."""
    national = "0" + text.removeprefix("+84")
    return " ".join((national[:4], national[4:7], national[7:])).strip() if text.startswith("+84") else text


def _day(text: str) -> str:
    try:
        return day_words(date.fromisoformat(text))
    except ValueError:
        return text
