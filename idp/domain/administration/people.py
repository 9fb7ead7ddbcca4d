"""Accounts as administrators see them: found by a whole name or a sign-in name, never listed for everybody, numbers masked.

Each account that is shown leaves an entry about its owner in the audit trail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from idp.domain import sign_in_names
from idp.domain.administration.administrator import Administrator
from idp.domain.audit import Action
from idp.domain.profile import Profile, name_fingerprint, open_profile
from idp.errors import NotFound
from idp.services import Services
from idp.store import accounts as store
from idp.store import audit as audit_store
from idp.store.accounts import AccountRow, AuthenticatorRow
from idp.words import mark

By = Literal["name", "sign_in_name", "agency"]


@dataclass(frozen=True)
class Wanted:
    """What accounts are looked for by: a whole name, a sign-in name, or the agency of officials; in pages."""

    by: By
    value: str
    after: str = ""
    limit: int = 50


@dataclass(frozen=True)
class Found:
    """Some accounts in the clear, and behind which one to go on; None at the end."""

    people: Sequence[tuple[AccountRow, Profile]]
    next: str | None = None


def search(services: Services, by: Administrator, wanted: Wanted) -> Found:
    """Give the accounts that fit and that the administrator reaches, each leaving an entry in the trail."""
    with services.database.write() as connection:
        rows = _rows(connection, services, by, wanted)
        shown = rows[: wanted.limit]
        log_look(connection, services, by, [row.id for row in shown], "search")
    people = [(row, open_profile(row, services.sealer)) for row in shown]
    return Found(people, shown[-1].id if len(rows) > wanted.limit else None)


def _rows(connection: Connection, services: Services, by: Administrator, wanted: Wanted) -> Sequence[AccountRow]:
    if wanted.by == "sign_in_name":
        name = sign_in_names.parse(wanted.value)
        row = None if name is None else store.named(connection, name.fingerprint(services.sealer))
        return [row] if row is not None and by.reaches(row.agency) else []
    return store.search(
        connection,
        name_fingerprint=name_fingerprint(services.sealer, wanted.value) if wanted.by == "name" else None,
        agency=wanted.value if wanted.by == "agency" else None,
        within=by.limited_to,
        after=wanted.after,
        limit=wanted.limit + 1,
    )


def reached(connection: Connection, by: Administrator, account_id: str) -> AccountRow:
    """Give an account that the administrator reaches.

    :raises NotFound: when there is none, or it is out of reach; which of the two is not told.
    """
    row = store.find(connection, account_id)
    if row is None or not by.reaches(row.agency):
        raise NotFound(mark("There is no such account."))
    return row


@dataclass(frozen=True)
class Shown:
    """One account with its authenticators, which hold no secret here."""

    row: AccountRow
    profile: Profile
    authenticators: Sequence[AuthenticatorRow]


def show(services: Services, by: Administrator, account_id: str) -> Shown:
    """Give one account; this leaves an entry.

    :raises NotFound: as ``reached`` says.
    """
    with services.database.write() as connection:
        row = reached(connection, by, account_id)
        own = store.authenticators_of(connection, account_id)
        log_look(connection, services, by, [row.id], "shown")
    return Shown(row, open_profile(row, services.sealer), own)


def log_look(
    connection: Connection, services: Services, by: Administrator, account_ids: Iterable[str], reason: str
) -> None:
    """Leave an entry about each person whose data the administrator was shown.

    :param reason: one word for what was shown.
    """
    now = services.clock()
    read = [by.entry(Action.PERSONAL_DATA_READ, now, object=("account", each), reason=reason) for each in account_ids]
    audit_store.add(connection, read)
