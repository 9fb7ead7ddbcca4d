"""Accounts: how they come to be, are found, change what they can be reached by, are frozen and closed.

What is personal is sealed here and nowhere else (``profile`` opens it). Raising an account's identity is left to
``proofing``, proving that somebody is its owner to ``sign_in``; every act stands in the caller's transaction.
"""

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.domain import audit, contacts, messages
from idp.domain.audit import Action
from idp.domain.authenticators import password
from idp.domain.messages import Channel
from idp.domain.profile import SealedColumns, name_fingerprint
from idp.domain.sign_in_names import SignInName, parse
from idp.errors import NotFound, Refusal
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.words import mark
from keys.sealing import Sealer

Kind = Literal["citizen", "organisation", "official"]
KINDS: tuple[Kind, ...] = ("citizen", "organisation", "official")
GENDERS = ("female", "male")
LOCALES = ("vi", "en")
NAME_LENGTH = 200
CLOSING = "closing"
"""The state of an account that waits to be erased (``idp.domain.closing``)."""

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


ERASED: dict[str, Any] = {
    "name_fingerprint": None,
    "birth_date_sealed": None,
    "gender": None,
    "address_sealed": None,
    "personal_number_sealed": None,
    "personal_number_claim": None,
    "personal_number_proofed": None,
    "organisation_code_sealed": None,
    "organisation_code": None,
    "phone_sealed": None,
    "phone_confirmed": False,
    "email_sealed": None,
    "email_confirmed": False,
    "roles": (),
}
"""What closing leaves of an account's personal columns; a test compares it with the table."""


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
    entry = audit.entry(Action.ACCOUNT_ADDED, at, actor=actor, object=("account", row.id), level=new.identity_level)
    audit.record(connection, entry)
    if row.personal_number_proofed:
        end_claims(connection, sealer, row.personal_number_proofed, at=at)
    return row.id


def end_claims(connection: Connection, sealer: Sealer, fingerprint: str, *, at: float) -> None:
    """End every mere claim to a number that has been proofed, and tell the claims' owners."""
    for claim in store.claiming(connection, fingerprint):
        store.change(connection, claim.id, personal_number_claim=None, personal_number_sealed=None, updated_at=int(at))
        entry = audit.entry(
            Action.PERSONAL_NUMBER_CLAIM_ENDED, at, actor=("system", "proofing"), object=("account", claim.id)
        )
        audit.record(connection, entry)
        messages.notify(connection, sealer, claim, "personal_number_claim_ended", now=at)


def find_by_name(connection: Connection, sealer: Sealer, typed: str) -> AccountRow | None:
    """Give the account that signs in with what was typed: a confirmed phone or e-mail, or a proofed number."""
    name = parse(typed)
    return None if name is None else store.named(connection, name.fingerprint(sealer))


def change_contact(
    connection: Connection, sealer: Sealer, account_id: str, channel: Channel, address: str, *, at: float, actor: Actor
) -> None:
    """Make a confirmed phone or e-mail the account's one of that kind; the channels it had before are told.

    :param address: in the form of ``sign_in_names``, and confirmed: whoever asks for this has shown its code.
    :raises NameTaken: when another account signs in with it.
    """
    account = _active(connection, account_id)
    messages.announce(connection, sealer, account, "contact_changed", now=at)
    recovers_from = contacts.recovers_from(connection, sealer, account, channel, address, at=int(at))
    _keep_contact(connection, sealer, account_id, channel, address, at, recovers_from)
    entry = audit.entry(Action.CONTACT_CONFIRMED, at, actor=actor, object=("account", account_id), channel=channel)
    audit.record(connection, entry)


def remove_contact(
    connection: Connection, sealer: Sealer, account_id: str, channel: Channel, *, at: float, actor: Actor
) -> None:
    """Take an account's phone or e-mail away, and the sign-in name with it; every channel is told, this one too.

    :raises NotFound: when it has none.
    :raises Refusal: when no other is left that the account is recovered by.
    """
    # Changed before it is looked at: of two removals at once, the second sees what the first has left.
    store.change(connection, account_id, updated_at=int(at))
    account = _active(connection, account_id)
    contacts.check_removable(connection, sealer, account, channel, now=int(at))
    messages.announce(connection, sealer, account, "contact_removed", now=at)
    store.remove_name(connection, account_id, channel)
    emptied = {f"{channel}_{column}": value for column, value in _NO_CONTACT.items()}
    store.change(connection, account_id, **emptied, updated_at=int(at))
    entry = audit.entry(Action.CONTACT_REMOVED, at, actor=actor, object=("account", account_id), channel=channel)
    audit.record(connection, entry)


def replace_contacts(
    connection: Connection, sealer: Sealer, account_id: str, channel: Channel, address: str, *, at: float, actor: Actor
) -> None:
    """Make one confirmed phone or e-mail all that an account is reached by: the others are lost, and told of it.

    Whoever holds a lost phone reads what is sent there, so no lost channel stays beside the new one.

    :raises NameTaken: when another account signs in with it.
    """
    account = _active(connection, account_id)
    messages.announce(connection, sealer, account, "contacts_replaced", now=at)
    for other in messages.CHANNELS:
        store.remove_name(connection, account_id, other)
    emptied = {f"{other}_{column}": value for other in messages.CHANNELS for column, value in _NO_CONTACT.items()}
    store.change(connection, account_id, **emptied, updated_at=int(at))
    _keep_contact(connection, sealer, account_id, channel, address, at)
    entry = audit.entry(Action.CONTACT_CONFIRMED, at, actor=actor, object=("account", account_id), channel=channel)
    audit.record(connection, entry)


_NO_CONTACT: dict[str, Any] = {"sealed": None, "confirmed": False}


def _keep_contact(
    connection: Connection,
    sealer: Sealer,
    account_id: str,
    channel: Channel,
    address: str,
    at: float,
    recovers_from: int | None = None,
) -> None:
    try:
        with connection.begin_nested():
            store.remove_name(connection, account_id, channel)
            name = SignInName(channel, address)
            fingerprint = name.fingerprint(sealer)
            store.add_name(connection, fingerprint, account_id, channel, recovers_from=recovers_from)
    except IntegrityError:
        raise NameTaken(mark("Another account has this phone number, e-mail address or personal number.")) from None
    sealed = SealedColumns(sealer, account_id).seal(address, channel)
    values = {f"{channel}_sealed": sealed, f"{channel}_confirmed": True}
    store.change(connection, account_id, **values, updated_at=int(at))


def change_password(
    connection: Connection, sealer: Sealer, account_id: str, hashed: str, *, at: float, actor: Actor
) -> None:
    """Keep a new password's hash in place of the old one and tell the owner; that it is fit was checked before."""
    account = _active(connection, account_id)
    password.keep(connection, sealer, account_id, hashed, at=int(at))
    messages.announce(connection, sealer, account, "password_changed", now=at)
    audit.record(connection, audit.entry(Action.PASSWORD_CHANGED, at, actor=actor, object=("account", account_id)))


def freeze(connection: Connection, sealer: Sealer, account_id: str, *, at: float, actor: Actor, reason: str) -> None:
    """Stop an account from signing in until it is thawed; ending its sessions is left to the caller's transaction.

    The notice has no link that stops everything: everything is stopped, and only a desk opens it again.

    :param reason: one word for the audit trail.
    """
    account = _active(connection, account_id)
    store.change(connection, account_id, state="frozen", updated_at=int(at))
    messages.notify(connection, sealer, account, "account_frozen", now=at)
    entry = audit.entry(Action.ACCOUNT_FROZEN, at, actor=actor, object=("account", account_id), reason=reason)
    audit.record(connection, entry)


def thaw(connection: Connection, sealer: Sealer, account_id: str, *, at: float, actor: Actor, reason: str) -> None:
    """Let a frozen account, or one that waits to be closed, sign in again."""
    account = store.find(connection, account_id)
    if account is None or account.state not in ("frozen", CLOSING):
        raise NotFound(mark("There is no frozen account of this identifier."))
    store.change(connection, account_id, state="active", updated_at=int(at))
    messages.announce(connection, sealer, account, "account_thawed", now=at)
    entry = audit.entry(Action.ACCOUNT_THAWED, at, actor=actor, object=("account", account_id), reason=reason)
    audit.record(connection, entry)


def close(connection: Connection, sealer: Sealer, account_id: str, *, at: float, actor: Actor, reason: str) -> None:
    """Close an account for good: its names and authenticators go, and what is personal in it is erased.

    The emptied row stays, so that the audit trail's identifier still stands for one account and never for another.
    Ending its sessions is left to the caller's transaction.
    """
    account = store.find(connection, account_id)
    if account is None or account.state == "closed":
        raise NotFound(mark("There is no open account of this identifier."))
    messages.notify(connection, sealer, account, "account_closed", now=at)
    nameless = SealedColumns(sealer, account_id).seal("", "name")
    # The account first, as whoever signs in looks at it first: neither waits for what the other holds.
    store.change(connection, account_id, **ERASED, name_sealed=nameless, state="closed", updated_at=int(at))
    store.remove_names(connection, account_id)
    store.remove_authenticators(connection, account_id)
    entry = audit.entry(Action.ACCOUNT_CLOSED, at, actor=actor, object=("account", account_id), reason=reason)
    audit.record(connection, entry)


def _active(connection: Connection, account_id: str) -> AccountRow:
    account = store.find(connection, account_id)
    if account is None or account.state != "active":
        raise NotFound(mark("There is no active account of this identifier."))
    return account


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
        name_fingerprint=name_fingerprint(sealer, clean_name(new.name)),
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
