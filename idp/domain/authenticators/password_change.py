"""A new password in place of the old one: fit for this person, hashed outside any unit of work, other sessions ended.

What makes one fit is ``password_rules``' affair; that the owner has just proved who they are, the page's.
"""

from sqlalchemy import Connection

from idp.domain import accounts, own_account
from idp.domain.authenticators import password_rules
from idp.domain.profile import load_profile
from idp.errors import NotFound
from idp.services import Services
from idp.words import mark
from keys.sealing import Sealer


def change(services: Services, account_id: str, password: str, *, kept: str) -> None:
    """Set a new password, tell the owner, and end every session but the one in use.

    :param kept: that session.
    :raises idp.domain.authenticators.password_rules.UnfitPassword: naming the one thing to mend.
    :raises NotFound: when the account is not active.
    """
    check(services, account_id, password)
    hashed = services.passwords.hash(password)
    with services.database.write() as connection:
        who = ("account", account_id)
        accounts.change_password(connection, services.sealer, account_id, hashed, at=services.clock(), actor=who)
    own_account.end_other_sessions(services, account_id, kept)


def check(services: Services, account_id: str, password: str) -> None:
    """Pass a password that is fit for this account.

    :raises idp.domain.authenticators.password_rules.UnfitPassword: naming the one thing to mend.
    :raises NotFound: when the account is gone.
    """
    with services.database.read() as connection:
        personal = personal_words(connection, services.sealer, account_id)
    password_rules.check(password, personal, minimum=services.settings.password_minimum)


def personal_words(connection: Connection, sealer: Sealer, account_id: str) -> list[str]:
    """Give what the first guesses at somebody's password are made from.

    :raises NotFound: when the account is gone.
    """
    profile = load_profile(connection, sealer, account_id)
    if profile is None:
        raise NotFound(mark("This account is not there any more."))
    known = (profile.name, profile.personal_number, profile.phone_number, profile.email)
    return [text for text in known if text] + _phone(profile.phone_number) + _dates(profile.birthdate)


def _phone(number: str | None) -> list[str]:
    """Give a phone number as people write it at home, with a zero."""
    return [f"0{number.removeprefix('+84')}"] if number and number.startswith("+84") else []


def _dates(birthdate: str | None) -> list[str]:
    """Give a date of birth in the orders that people write it in."""
    if not birthdate or birthdate.count("-") != 2:
        return []
    year, month, day = birthdate.split("-")
    orders = ((year, month, day), (day, month, year))
    return [joint.join(order) for order in orders for joint in ("-", "/", "")]
