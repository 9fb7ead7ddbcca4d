"""Keeps the entries of the audit trail: added as they happen, read by whom they are about. Entries are only ever added.

Adding takes no lock. What an entry may hold is judged in ``idp.domain.audit``; its number, and how far the trail is,
is ``audit_trail``'s.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    Text,
    or_,
    select,
    text,
)

from idp.store import bounded
from idp.store.database import metadata
from idp.store.direct import Direct, Statement, within

READ_OF_ONE = ("userinfo_read", "token_introspected", "personal_data_read", "consent_given", "consent_withdrawn")
"""Acts by which somebody learned of a person, or was allowed or forbidden to."""
WITH_ID_TOKEN = "id_token"  # noqa: S105 (a word)
"""The reason of an entry about tokens with which an ID token went out."""


def _members() -> list[Column[Any]]:
    """Give the columns of an entry, named as its members."""
    return [
        Column("id", String(36), nullable=False),
        Column("at", Float(53), nullable=False),
        Column("actor_kind", String(16), nullable=False),
        Column("actor_id", String(255), nullable=False),
        Column("action", String(64), nullable=False),
        Column("object_kind", String(32), nullable=False),
        Column("object_id", String(255), nullable=False),
        Column("account_id", String(36)),
        Column("agency", String(32)),
        Column("client_id", String(255)),
        Column("session", String(36)),
        Column("reason", String(64)),
        Column("outcome", String(16), nullable=False),
        Column("details", Text, nullable=False),
    ]


waiting = Table("audit_waiting", metadata, *_members(), PrimaryKeyConstraint("at", "id"))
"""Entries from their act until the sequencer numbers them: one index, in the order of their time, is all that an act pays
for. Entries about one account are found here by reading it whole, which is what happened within about a second."""

entries = Table(
    "audit_entries",
    metadata,
    *_members(),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("chain", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("id"),
)
# What clients do for themselves concerns no account, and is most of what is written.
Index(
    "ix_audit_entries_account_id_at",
    entries.c.account_id,
    entries.c.at,
    sqlite_where=entries.c.account_id.is_not(None),
    postgresql_where=entries.c.account_id.is_not(None),
)

# Said in literals, so that the database sees that the partial index answers the question; frequent refreshes stay out.
RELEASED = text(f"(action IN {READ_OF_ONE} OR reason = '{WITH_ID_TOKEN}')")
Index(
    "ix_audit_entries_released",
    entries.c.account_id,
    entries.c.at,
    entries.c.id,
    sqlite_where=RELEASED,
    postgresql_where=RELEASED,
)

bounded.grows_with(waiting, "one row per act that has no number yet: the sequencer empties it every second")
bounded.grows_with(entries, "append-only by law: one row per recorded act, kept as long as the operator must keep it")


class Entry(NamedTuple):
    """One act. All members are identifiers or words of our own: no names, numbers, addresses or secrets."""

    id: str
    at: float
    """Unix seconds, to the microsecond."""
    actor_kind: str
    actor_id: str
    action: str
    object_kind: str
    object_id: str
    account_id: str | None = None
    """The account whose owner finds this entry in their access log."""
    agency: str | None = None
    client_id: str | None = None
    session: str | None = None
    reason: str | None = None
    outcome: str = "done"
    details: Mapping[str, Any] = MappingProxyType({})


_COLUMNS = Entry._fields
MEMBERS = ", ".join(_COLUMNS)
"""The columns of an entry, for SQL."""
_INSERT = f"INSERT INTO audit_waiting ({MEMBERS}) VALUES (:{', :'.join(_COLUMNS)})"  # noqa: S608
ADD = Statement(_INSERT)
_ADD_MISSING = Statement(f"{_INSERT} ON CONFLICT DO NOTHING")


def add(connection: Connection, added: Sequence[Entry]) -> None:
    """Add entries in the caller's transaction, without waiting for anybody."""
    unit = within(connection)
    for entry in added:
        unit.one(ADD, values_of(entry))


def add_many(direct: Direct, added: Sequence[Entry]) -> None:
    """Add entries in a transaction of their own, by the shortest way there is."""
    direct.insert_many(waiting.name, _COLUMNS, [_values(entry) for entry in added])


def add_missing(direct: Direct, added: Sequence[Entry]) -> None:
    """Add those that are not there yet, all or none, where it is not known whether they were taken before."""
    with direct.transaction() as unit:
        for entry in added:
            unit.one(_ADD_MISSING, values_of(entry))


def entries_about(
    connection: Connection,
    account_id: str,
    *,
    actions: Sequence[str] = (),
    before: float | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Give the newest entries that concern an account, numbered or not yet.

    :param actions: only these, or all when empty.
    :param before: only entries older than this, for the next page.
    """

    def asked(table: Table) -> Select[Any]:
        found = select(table).where(table.c.account_id == account_id)
        if before is not None:
            found = found.where(table.c.at < before)
        return found.where(table.c.action.in_(actions)) if actions else found

    return _newest(connection, asked, limit)


def releases_about(
    connection: Connection, account_id: str, *, before: tuple[float, str] | None = None, limit: int = 50
) -> list[Entry]:
    """Give the newest entries by which somebody learned of an account's owner, numbered or not yet.

    :param before: time and identifier of the last entry of the page before.
    """

    def asked(table: Table) -> Select[Any]:
        found = select(table).where(table.c.account_id == account_id, RELEASED)
        if before is None:
            return found
        at, last = before
        return found.where(table.c.at <= at, or_(table.c.at < at, table.c.id < last))

    return _newest(connection, asked, limit)


def _newest(connection: Connection, asked: Callable[[Table], Select[Any]], limit: int) -> list[Entry]:
    """Give the newest of both tables; who waits is asked first, so that what moves meanwhile is seen twice, never missed."""
    found: dict[str, Entry] = {}
    for table in (waiting, entries):
        newest_first = asked(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
        found.update((row.id, entry_of(row)) for row in connection.execute(newest_first))
    return sorted(found.values(), key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def values_of(entry: Entry) -> dict[str, Any]:
    """Give an entry's columns for a ``Statement``."""
    return dict(zip(_COLUMNS, _values(entry), strict=True))


def _values(entry: Entry) -> tuple[Any, ...]:
    return (*entry[:-1], orjson.dumps(entry.details).decode() if entry.details else "{}")


def entry_of(row: Any) -> Entry:
    """Give the entry in a row whose first columns are its members."""
    values = row[: len(_COLUMNS)]
    return Entry._make((*values[:-1], orjson.loads(values[-1])))
