"""Keeps accounts: what is personal is sealed, what must be found has a keyed hash beside it.

A personal number is *claimed* on any number of accounts and *proofed* on one: the unique index is on proofed numbers.
Who may be what is left to ``idp.domain.accounts``; sealing is done there too, these rows hold sealed bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    insert,
    or_,
    select,
    true,
    update,
)

from idp.store import bounded
from idp.store.database import metadata
from idp.store.direct import Direct, Statement, within

State = Literal["active", "frozen", "closing", "closed"]
"""How an account stands."""

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("identity_level", Integer, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("name_fingerprint", String(64), index=True),
    Column("birth_date_sealed", LargeBinary),
    Column("gender", String(8)),
    Column("address_sealed", LargeBinary),
    Column("personal_number_sealed", LargeBinary),
    Column("personal_number_claim", String(64), index=True),
    Column("personal_number_proofed", String(64), unique=True),
    Column("organisation_code_sealed", LargeBinary),
    Column("organisation_code", String(64), unique=True),
    Column("phone_sealed", LargeBinary),
    Column("phone_confirmed", Boolean, nullable=False, default=False),
    Column("email_sealed", LargeBinary),
    Column("email_confirmed", Boolean, nullable=False, default=False),
    Column("agency", String(32), index=True),
    Column("roles", Text, nullable=False, default="[]"),
    Column("locale", String(8), nullable=False, default="vi"),
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
# Whether any account is invented is asked at every start, among millions that are not.
Index("ix_accounts_demo", accounts.c.id, sqlite_where=accounts.c.demo == true(), postgresql_where=accounts.c.demo)

sign_in_names = Table(
    "sign_in_names",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("recovers_from", BigInteger),
)

authenticators = Table(
    "authenticators",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("label", String(80), nullable=False, default=""),
    Column("secret", LargeBinary),
    Column("lookup", String(128), unique=True),
    Column("state", String(16), nullable=False),
    Column("counter", BigInteger, nullable=False, default=0),
    Column("details", Text, nullable=False, default="{}"),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

bounded.grows_with(
    accounts, "one row for each person, official and organisation; a closed account keeps an emptied row"
)
bounded.grows_with(sign_in_names, "at most a phone, an e-mail address and a personal number for each account")
bounded.grows_with(authenticators, "what an account's owner enrolled; a person has a handful, and closing removes them")


class AccountRow(NamedTuple):
    """One account as kept. ``kind`` is citizen, organisation or official.

    ``*_sealed`` are bytes of ``keys.sealing``; ``name_fingerprint``, ``personal_number_claim``, ``_proofed`` and
    ``organisation_code`` are fingerprints.
    """

    id: str
    kind: str
    state: State
    identity_level: int
    name_sealed: bytes
    created_at: int
    updated_at: int
    name_fingerprint: str | None = None
    birth_date_sealed: bytes | None = None
    gender: str | None = None
    address_sealed: bytes | None = None
    personal_number_sealed: bytes | None = None
    personal_number_claim: str | None = None
    personal_number_proofed: str | None = None
    organisation_code_sealed: bytes | None = None
    organisation_code: str | None = None
    phone_sealed: bytes | None = None
    phone_confirmed: bool = False
    email_sealed: bytes | None = None
    email_confirmed: bool = False
    agency: str | None = None
    roles: tuple[str, ...] = ()
    locale: str = "vi"
    demo: bool = False


@dataclass(frozen=True)
class AuthenticatorRow:
    """One authenticator of an account; ``secret`` is a hash or sealed bytes, as its kind needs."""

    id: str
    account_id: str
    kind: str
    created_at: int
    label: str = ""
    secret: bytes | None = None
    lookup: str | None = None
    state: str = "active"
    counter: int = 0
    details: str = "{}"
    used_at: int | None = None


@dataclass(frozen=True)
class Entrance:
    """An account as a sign-in finds it by a name: its state, and its authenticator with the secret, if it has one."""

    account_id: str
    state: str
    authenticator_id: str | None
    secret: bytes | None


_ROLES = AccountRow._fields.index("roles")
_YES_OR_NO = tuple(AccountRow._fields.index(name) for name in ("phone_confirmed", "email_confirmed", "demo"))
"""Places of columns that SQLite gives as 0 or 1, and a claim must be true or false (OpenID Connect Core §5.1)."""
_ONE = f"SELECT {', '.join(AccountRow._fields)} FROM accounts WHERE id = :id"  # noqa: S608 (names of columns)
_FOUND, _HELD = Statement(_ONE), Statement(_ONE, postgresql=f"{_ONE} FOR SHARE")
_OF_KIND = "LEFT JOIN authenticators u ON u.account_id = a.id AND u.kind = :kind AND u.state = 'active'"
_ENTRANCE = Statement(
    f"""SELECT a.id, a.state, u.id, u.secret FROM sign_in_names n JOIN accounts a ON a.id = n.account_id {_OF_KIND}
    WHERE n.fingerprint = :fingerprint LIMIT 1"""  # noqa: S608 (a join of our own)
)
_ENTRANCE_OF = Statement(
    f"SELECT a.id, a.state, u.id, u.secret FROM accounts a {_OF_KIND} WHERE a.id = :account_id LIMIT 1"  # noqa: S608
)
_CHANGE_SECRET = Statement(
    """UPDATE authenticators SET secret = :secret, used_at = :used_at
    WHERE account_id = :account_id AND kind = :kind AND state = 'active' AND secret = :present RETURNING id"""
)


def find(connection: Connection, account_id: str, *, hold: bool = False) -> AccountRow | None:
    """Give one account, or None.

    :param hold: keep others from changing it until the caller's transaction ends (PostgreSQL).
    """
    row = within(connection).one(_HELD if hold else _FOUND, {"id": account_id})
    return None if row is None else account_of(row)


def account_of(values: Sequence[Any]) -> AccountRow:
    """Give the account whose columns a ``Statement`` found, in the order of ``AccountRow``'s fields."""
    account = list(values)
    account[_ROLES] = tuple(json.loads(account[_ROLES]))
    for place in _YES_OR_NO:
        account[place] = bool(account[place])
    return AccountRow(*account)


def named(connection: Connection, fingerprint: str) -> AccountRow | None:
    """Give the account with a sign-in name of that fingerprint, or None."""
    join = accounts.join(sign_in_names, sign_in_names.c.account_id == accounts.c.id)
    wanted = select(accounts).select_from(join).where(sign_in_names.c.fingerprint == fingerprint)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _row(row._mapping)


def entrance(direct: Direct, fingerprint: str, kind: str) -> Entrance | None:
    """Give what a sign-in with one kind of authenticator needs, in one look whether or not the name is somebody's."""
    row = direct.one(_ENTRANCE, {"fingerprint": fingerprint, "kind": kind})
    return None if row is None else Entrance(*row)


def entrance_of(direct: Direct, account_id: str, kind: str) -> Entrance | None:
    """Give the same for an account that is known by its identifier."""
    row = direct.one(_ENTRANCE_OF, {"account_id": account_id, "kind": kind})
    return None if row is None else Entrance(*row)


def add(connection: Connection, row: AccountRow) -> None:
    """Keep a new account.

    :raises sqlalchemy.exc.IntegrityError: when its personal number is proofed for another account.
    """
    connection.execute(insert(accounts).values(_values(row)))


def change(connection: Connection, account_id: str, **values: Any) -> bool:
    """Change columns of an account; False when there is none."""
    if "roles" in values:
        values["roles"] = json.dumps(values["roles"])
    return connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values)).rowcount == 1


def claiming(connection: Connection, fingerprint: str) -> Sequence[AccountRow]:
    """Give the accounts that only claim a personal number."""
    rows = connection.execute(select(accounts).where(accounts.c.personal_number_claim == fingerprint))
    return [_row(row._mapping) for row in rows]


def page(connection: Connection, after: str = "", limit: int = 50) -> Sequence[AccountRow]:
    """Give up to ``limit`` accounts whose identifier sorts behind ``after``."""
    wanted = select(accounts).where(accounts.c.id > after).order_by(accounts.c.id).limit(limit)
    return [_row(row._mapping) for row in connection.execute(wanted)]


def search(
    connection: Connection,
    *,
    name_fingerprint: str | None = None,
    agency: str | None = None,
    within: str | None = None,
    after: str = "",
    limit: int = 50,
) -> Sequence[AccountRow]:
    """Give up to ``limit`` accounts behind ``after`` of that name or agency (with those below it), closed ones left out.

    :param within: only those of this agency and of those below it.
    """
    where = [accounts.c.id > after, accounts.c.state != "closed"]
    where += [_belongs(code) for code in (agency, within) if code is not None]
    if name_fingerprint is not None:
        where.append(accounts.c.name_fingerprint == name_fingerprint)
    rows = connection.execute(select(accounts).where(*where).order_by(accounts.c.id).limit(limit))
    return [_row(row._mapping) for row in rows]


def _belongs(agency: str) -> ColumnElement[bool]:
    return or_(accounts.c.agency == agency, accounts.c.agency.startswith(f"{agency}.", autoescape=True))


def add_name(
    connection: Connection, fingerprint: str, account_id: str, kind: str, *, recovers_from: int | None = None
) -> None:
    """Give an account a sign-in name: ``phone``, ``email`` or ``personal_number``.

    :param recovers_from: Unix seconds before which no code that recovers the account is sent there; None for never so.
    :raises sqlalchemy.exc.IntegrityError: when another account has it.
    """
    values = {"fingerprint": fingerprint, "account_id": account_id, "kind": kind, "recovers_from": recovers_from}
    connection.execute(insert(sign_in_names).values(values))


def names_that_wait(connection: Connection, account_id: str, now: int) -> Mapping[str, tuple[str, int]]:
    """Give by kind an account's names that do not recover it yet: the fingerprint, and when they will."""
    columns = (sign_in_names.c.kind, sign_in_names.c.fingerprint, sign_in_names.c.recovers_from)
    where = (sign_in_names.c.account_id == account_id, sign_in_names.c.recovers_from > now)
    rows = connection.execute(select(*columns).where(*where))
    return {row.kind: (row.fingerprint, row.recovers_from) for row in rows}


def put_off(connection: Connection, account_id: str, now: int, until: int) -> int:
    """Let the names that do not recover the account yet wait until ``until``; gives how many there were."""
    where = (sign_in_names.c.account_id == account_id, sign_in_names.c.recovers_from > now)
    return connection.execute(update(sign_in_names).where(*where).values(recovers_from=until)).rowcount


def kinds_of_names(connection: Connection, account_id: str) -> Sequence[str]:
    """Give of which kinds an account has sign-in names."""
    wanted = select(sign_in_names.c.kind).where(sign_in_names.c.account_id == account_id)
    return list(connection.execute(wanted).scalars())


def remove_name(connection: Connection, account_id: str, kind: str) -> None:
    """Take an account's sign-in names of one kind away."""
    where = (sign_in_names.c.account_id == account_id, sign_in_names.c.kind == kind)
    connection.execute(delete(sign_in_names).where(*where))


def authenticators_of(connection: Connection, account_id: str, kind: str | None = None) -> Sequence[AuthenticatorRow]:
    """Give an account's active authenticators, the oldest first."""
    where = [authenticators.c.account_id == account_id, authenticators.c.state == "active"]
    if kind is not None:
        where.append(authenticators.c.kind == kind)
    rows = connection.execute(select(authenticators).where(*where).order_by(authenticators.c.created_at))
    return [AuthenticatorRow(**row._mapping) for row in rows]


def proofed(connection: Connection, fingerprint: str) -> AccountRow | None:
    """Give the one account for which a personal number is proofed, or None."""
    row = connection.execute(select(accounts).where(accounts.c.personal_number_proofed == fingerprint)).one_or_none()
    return None if row is None else _row(row._mapping)


def remove_names(connection: Connection, account_id: str) -> None:
    """Take every sign-in name of an account away."""
    connection.execute(delete(sign_in_names).where(sign_in_names.c.account_id == account_id))


def remove_authenticators(connection: Connection, account_id: str, kind: str | None = None) -> int:
    """Remove an account's authenticators, all or of one kind; gives how many."""
    where = [authenticators.c.account_id == account_id]
    if kind is not None:
        where.append(authenticators.c.kind == kind)
    return connection.execute(delete(authenticators).where(*where)).rowcount


def add_authenticator(connection: Connection, row: AuthenticatorRow) -> None:
    """Keep a new authenticator.

    :raises sqlalchemy.exc.IntegrityError: when its ``lookup`` is taken.
    """
    connection.execute(insert(authenticators).values(row.__dict__))


def remove_authenticator(connection: Connection, authenticator_id: str) -> bool:
    """Remove one authenticator; False when it was not there: of two at once, one removes it."""
    return connection.execute(delete(authenticators).where(authenticators.c.id == authenticator_id)).rowcount == 1


def advance(connection: Connection, authenticator_id: str, counter: int, *, used_at: int) -> bool:
    """Raise an authenticator's counter; False when it stands as high already: of two uses at once, one raises it."""
    higher = (authenticators.c.id == authenticator_id, authenticators.c.counter < counter)
    raised = update(authenticators).where(*higher, authenticators.c.state == "active")
    return connection.execute(raised.values(counter=counter, used_at=used_at)).rowcount == 1


def spend(connection: Connection, account_id: str, kind: str, lookup: str) -> bool:
    """Remove the account's authenticator of a kind that is found by ``lookup``; of two at once, one does."""
    where = (
        authenticators.c.account_id == account_id,
        authenticators.c.kind == kind,
        authenticators.c.lookup == lookup,
    )
    return connection.execute(delete(authenticators).where(*where)).rowcount == 1


def change_authenticator(connection: Connection, authenticator_id: str, **values: Any) -> bool:
    """Change an authenticator; False when there is none."""
    where = authenticators.c.id == authenticator_id
    return connection.execute(update(authenticators).where(where).values(**values)).rowcount == 1


def change_secret(direct: Direct, account_id: str, kind: str, present: bytes, *, secret: bytes, used_at: int) -> bool:
    """Note a use of the account's active authenticator that still has this secret, and keep ``secret`` in its place;
    False for none."""
    values = {"account_id": account_id, "kind": kind, "present": present, "secret": secret, "used_at": used_at}
    return direct.one(_CHANGE_SECRET, values) is not None


def change_authenticator_of(connection: Connection, lookup: str, **values: Any) -> bool:
    """Change the authenticator with that ``lookup``; False when there is none."""
    where = authenticators.c.lookup == lookup
    return connection.execute(update(authenticators).where(where).values(**values)).rowcount == 1


def _values(row: AccountRow) -> dict[str, Any]:
    return {**row._asdict(), "roles": json.dumps(row.roles)}


def _row(mapping: Any) -> AccountRow:
    return AccountRow(**{**mapping, "roles": tuple(json.loads(mapping["roles"]))})
