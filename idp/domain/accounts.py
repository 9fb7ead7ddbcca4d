"""Accounts: how they come to be, are found, change what they can be reached by, are frozen and closed.

What is personal is sealed here and nowhere else (``profile`` opens it). Raising an account's identity is left to
``proofing``, proving that somebody is its owner to ``sign_in``; every act stands in the caller's transaction.
"""

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.domain.profile import SealedColumns
from idp.domain.sign_in_names import SignInName, parse
from idp.errors import Refusal
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.words import mark
from keys.sealing import Sealer

Kind = Literal["citizen", "organisation", "official"]
KINDS: tuple[Kind, ...] = ("citizen", "organisation", "official")
GENDERS = ("female", "male")
LOCALES = ("vi", "en")
NAME_LENGTH = 200

Actor = tuple[str, str]
"""Who does it, as the audit trail names them: a kind (account, operator, system …) and an identifier."""


@dataclass(frozen=True)
class NewAccount:
    """What an account is made from. Phone and e-mail are confirmed ones, in the form of ``sign_in_names``.

    A personal number is claimed at level 1 and proofed at level 2 (design, identity).
    """

    name: str
    kind: Kind = "citizen"
    identity_level: int = 1
    personal_number: str | None = None
    organisation_code: str | None = None
    birthdate: str | None = None
    gender: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    agency: str | None = None
    roles: Sequence[str] = ()
    locale: str = "vi"
    demo: bool = False


class NameTaken(Refusal):
    """Another account signs in with this phone, e-mail address or proofed number already."""

    status_code = 409


def create(connection: Connection, sealer: Sealer, new: NewAccount, *, at: float, actor: Actor) -> str:
    """Make an account and give its identifier.

    :param at: Unix seconds.
    :raises NameTaken: when another account has one of its names.
    :raises Refusal: when a part of it cannot be right.
    """
    _check(new)
    row = _row(sealer, new, int(at))
    try:
        with connection.begin_nested():
            store.add(connection, row)
            for name in _names(new):
                store.add_name(connection, name.fingerprint(sealer), row.id, name.kind)
    except IntegrityError:
        raise NameTaken(mark("Another account has this phone number, e-mail address or personal number.")) from None
    return row.id


def find_by_name(connection: Connection, sealer: Sealer, typed: str) -> AccountRow | None:
    """Give the account that signs in with what was typed: a confirmed phone or e-mail, or a proofed number."""
    name = parse(typed)
    return None if name is None else store.named(connection, name.fingerprint(sealer))


def clean_name(text: str) -> str:
    """Give a person's or organisation's name in one form: composed letters, single spaces.

    :raises Refusal: when it is empty, too long or holds what no name has.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise Refusal(mark("Please enter a full name."), "name")
    if len(name) > NAME_LENGTH or any(unicodedata.category(letter)[0] == "C" or letter in "<>" for letter in name):
        raise Refusal(mark("This name is too long or holds signs that names do not have."), "name")
    return name


def _check(new: NewAccount) -> None:
    """Refuse what cannot be right, before anything is kept."""
    clean_name(new.name)
    if new.birthdate is not None:
        _check_birthdate(new.birthdate)
    known = new.gender in (None, *GENDERS) and new.locale in LOCALES and new.kind in KINDS
    if not known or new.identity_level not in (1, 2):
        raise Refusal(mark("Kind, sex, language or identity level is not one of those that exist."))
    if new.identity_level == 1 and not (new.phone or new.email):
        raise Refusal(mark("An account of level 1 needs a confirmed phone number or e-mail address."))
    if new.identity_level == 2 and not (new.personal_number or new.organisation_code):
        raise Refusal(mark("An account of level 2 needs the number that was proofed."), "personal_number")


def _check_birthdate(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refusal(mark("Please give the date of birth as year, month and day."), "birthdate") from None


def _names(new: NewAccount) -> list[SignInName]:
    """Give the names the account signs in with: never a number that is only claimed."""
    names = [SignInName("phone", new.phone)] if new.phone else []
    names += [SignInName("email", new.email)] if new.email else []
    if new.identity_level == 2 and new.personal_number:
        names.append(SignInName("personal_number", new.personal_number))
    return names


def _row(sealer: Sealer, new: NewAccount, now: int) -> AccountRow:
    account_id = str(uuid.uuid4())
    sealed = SealedColumns(sealer, account_id)
    number = new.personal_number and sealer.fingerprint(new.personal_number, "personal_number")
    proofed = new.identity_level == 2
    return AccountRow(
        id=account_id,
        kind=new.kind,
        state="active",
        identity_level=new.identity_level,
        name_sealed=sealed.seal(clean_name(new.name), "name"),
        created_at=now,
        updated_at=now,
        birth_date_sealed=sealed.seal_or_none(new.birthdate, "birth date"),
        gender=new.gender,
        address_sealed=sealed.seal_or_none(new.address, "address"),
        personal_number_sealed=sealed.seal_or_none(new.personal_number, "personal number"),
        personal_number_claim=None if proofed else number,
        personal_number_proofed=number if proofed else None,
        organisation_code_sealed=sealed.seal_or_none(new.organisation_code, "organisation code"),
        organisation_code=new.organisation_code and sealer.fingerprint(new.organisation_code, "organisation_code"),
        phone_sealed=sealed.seal_or_none(new.phone, "phone"),
        phone_confirmed=new.phone is not None,
        email_sealed=sealed.seal_or_none(new.email, "email"),
        email_confirmed=new.email is not None,
        agency=new.agency,
        roles=tuple(new.roles),
        locale=new.locale,
        demo=new.demo,
    )
