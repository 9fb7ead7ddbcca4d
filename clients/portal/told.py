"""What a portal was told of a person, in words: every claim that is about them, none left out.

A claim without words of its own is shown under its name, so that nothing is known silently.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _

from clients.kit.person import Person
from clients.kit.phone_numbers import at_home
from templates.look import day_words

OF_THE_PROTOCOL = (
    *("iss", "sub", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash"),
    *("sid", "auth_time", "acr", "amr", "representing", "updated_at", "locale"),
)
"""Claims that are about the sign-in or the account, not the person; those that matter are shown beside."""


def told(person: Person) -> list[tuple[str, str]]:
    """Give each claim as a label and a value, both in the reader's language."""
    known = _words()
    shown = [(label, person.claims[name], say) for name, (label, say) in known.items() if name in person.claims]
    others = sorted(set(person.claims) - {*known, *OF_THE_PROTOCOL})
    return [(label, say(value)) for label, value, say in shown] + [
        (name, _plain(person.claims[name])) for name in others
    ]


def _words() -> dict[str, tuple[str, Callable[[Any], str]]]:
    return {
        "name": (_("Name"), _plain),
        "family_name": (_("Family name"), _plain),
        "middle_name": (_("Middle name"), _plain),
        "given_name": (_("Given name"), _plain),
        "gender": (_("Sex"), _gender),
        "birthdate": (_("Date of birth"), _day),
        "personal_number": (_("Personal number"), _plain),
        "identity_level": (_("Identity level"), _level),
        "email": (_("E-mail"), _plain),
        "email_verified": (_("E-mail confirmed"), _yes_or_no),
        "phone_number": (_("Phone"), _phone),
        "phone_number_verified": (_("Phone confirmed"), _yes_or_no),
        "address": (_("Address"), _address),
        "organisation": (_("Organisation"), _plain),
        "agency": (_("Agency"), _plain),
        "roles": (_("Roles"), _roles),
    }


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _yes_or_no(value: Any) -> str:
    return str(_("yes") if value is True else _("no"))


def _gender(value: Any) -> str:
    return str({"male": _("Male"), "female": _("Female")}.get(value, value))


def _level(value: Any) -> str:
    return str(_("Level %(level)s", level=value))


def _phone(value: Any) -> str:
    return at_home(str(value))


def _roles(value: Any) -> str:
    known = {
        "administrator": _("Administrator"),
        "central_administrator": _("Central administrator"),
        "receiver": _("Receiving officer"),
        "processor": _("Processing officer"),
        "signer": _("Signer"),
    }
    return _plain([known.get(each, each) for each in value] if isinstance(value, list) else value)


def _day(value: Any) -> str:
    """Give an ISO date in the reader's language; anything else as it came (Core §5.1 allows a year alone)."""
    try:
        return day_words(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _address(value: Any) -> str:
    return str(value.get("formatted", "") if isinstance(value, dict) else value)
