"""Keeps the audit trail: entries, the sequencer's place in it, and signed checkpoints. Entries are only ever added.

Adding takes no lock. What an entry may hold is judged in ``idp.domain.audit``; numbering and hashing is
``idp.domain.audit_sequencer``'s.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
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
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from idp.store import bounded
from idp.store.database import insert_into, metadata
from idp.store.direct import Direct, Statement, within

READ_OF_ONE = ("userinfo_read", "token_introspected", "personal_data_read", "consent_given", "consent_withdrawn")
"""Acts by which somebody learned of a person, or was allowed or forbidden to."""
WITH_ID_TOKEN = "id_token"  # noqa: S105 (a word)
"""The reason of an entry about tokens with which an ID token went out."""

CHECKPOINTS_KEPT = 30 * 86400
"""Seconds that every checkpoint is kept; after that, one for each day."""


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

trail = Table(
    "audit_trail",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Column("peaks", Text, nullable=False),
)

checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float(53), nullable=False, index=True),
    Column("statement", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("milestone", Boolean, nullable=False),
)

bounded.grows_with(waiting, "one row per act that has no number yet: the sequencer empties it every second")
bounded.grows_with(entries, "append-only by law: one row per recorded act, kept as long as the operator must keep it")
bounded.grows_with(trail, "one row: how far the sequencer is")
bounded.rows_end(
    checkpoints,
    bounded.Ending(checkpoints.c.at, CHECKPOINTS_KEPT, only=checkpoints.c.milestone.is_(False)),
    reason="after a month only the first of each day is kept, as long as the trail itself",
)


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
_MEMBERS = ", ".join(_COLUMNS)
_INSERT = f"INSERT INTO audit_waiting ({_MEMBERS}) VALUES (:{', :'.join(_COLUMNS)})"  # noqa: S608
ADD = Statement(_INSERT)
_ADD_MISSING = Statement(f"{_INSERT} ON CONFLICT DO NOTHING")


@dataclass(frozen=True)
class Numbered:
    """An entry with its place in the trail, counted from 1, and the chain hash there."""

    number: int
    chain: bytes
    entry: Entry


@dataclass(frozen=True)
class Place:
    """How far the trail is sequenced: its size, the chain hash there, and the peaks of its Merkle tree."""

    size: int
    chain: bytes
    peaks: tuple[bytes, ...]


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement of the trail's size and hashes (a compact JWS), with the public key that verifies it."""

    size: int
    at: float
    statement: str
    key: str
    """The public JWK: our keys are forgotten a year after they retire, checkpoints are not."""
    milestone: bool
    """Whether it is the first of its day, and so kept as long as the trail."""


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


def hold_place(connection: Connection, start: Place) -> Place | None:
    """Give the sequencer's place and hold it until the transaction ends; ``None`` when another worker holds it."""
    first = {"id": 1, **_place_values(start)}
    connection.execute(insert_into(connection, trail).values(first).on_conflict_do_nothing())
    row = connection.execute(select(trail).where(trail.c.id == 1).with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    return Place(row.size, row.chain, tuple(bytes.fromhex(peak) for peak in json.loads(row.peaks)))


def place(connection: Connection) -> Place | None:
    """Give how far the trail is sequenced; ``None`` before its first entry."""
    row = connection.execute(select(trail).where(trail.c.id == 1)).one_or_none()
    return Place(row.size, row.chain, tuple(bytes.fromhex(peak) for peak in json.loads(row.peaks))) if row else None


def unnumbered(connection: Connection, limit: int) -> list[Entry]:
    """Give committed entries without a number, the oldest first."""
    found = select(waiting).order_by(waiting.c.at, waiting.c.id).limit(limit)
    return [_entry(row) for row in connection.execute(found)]


_REPEATED = Statement("SELECT 1 FROM audit_entries WHERE id IN (SELECT value FROM json_each(:ids)) LIMIT 1")


def drop_repeated(connection: Connection, found: Sequence[Entry]) -> Sequence[Entry]:
    """Give those of the waiting entries that have no number, and drop the others: they came twice, because whoever
    brought them did not hear that they had been taken."""
    ids = [entry.id for entry in found]
    if within(connection).one(_REPEATED, {"ids": json.dumps(ids)}) is None:
        return found
    known = set(connection.scalars(select(entries.c.id).where(entries.c.id.in_(ids))))
    connection.execute(delete(waiting).where(waiting.c.id.in_(known)))
    return [entry for entry in found if entry.id not in known]


_MOVE = (
    text(
        f"INSERT INTO audit_entries ({_MEMBERS}, number, chain)"  # noqa: S608
        f" SELECT {_MEMBERS}, :number, :chain FROM audit_waiting WHERE at = :at AND id = :id"
    ),
    text("DELETE FROM audit_waiting WHERE at = :at AND id = :id"),
)
_MOVE_MANY = text(
    "WITH moved AS (DELETE FROM audit_waiting USING unnest("  # noqa: S608
    "CAST(:at AS float8[]), CAST(:id AS text[]), CAST(:number AS bigint[]), CAST(:chain AS bytea[])"
    ") AS given (given_at, given_id, number, chain)"
    f" WHERE at = given_at AND id = given_id RETURNING {_MEMBERS}, number, chain)"
    f" INSERT INTO audit_entries ({_MEMBERS}, number, chain) SELECT {_MEMBERS}, number, chain FROM moved"
)
"""On PostgreSQL one statement for a whole batch: the sequencer is alone, so its pace is the trail's."""


def number(connection: Connection, numbered: Sequence[Numbered], reached: Place) -> None:
    """Move entries that wait into the trail, with their numbers and chain hashes, and write the place that they reach."""
    rows = [{"at": each.entry.at, "id": each.entry.id, "number": each.number, "chain": each.chain} for each in numbered]
    if connection.dialect.name == "postgresql":
        connection.execute(_MOVE_MANY, {name: [row[name] for row in rows] for name in rows[0]})
    else:
        for statement in _MOVE:
            connection.execute(statement, rows)
    connection.execute(update(trail).where(trail.c.id == 1).values(_place_values(reached)))


def unnumbered_before(connection: Connection, before: float) -> int:
    """Count the entries older than ``before`` that have no number: an alarm when there are any."""
    late = select(func.count()).select_from(waiting).where(waiting.c.at < before)
    return int(connection.execute(late).scalar_one())


def add_checkpoint(connection: Connection, checkpoint: Checkpoint) -> None:
    """Keep a signed checkpoint."""
    connection.execute(insert_into(connection, checkpoints).values(checkpoint.__dict__).on_conflict_do_nothing())


def last_checkpoint(connection: Connection) -> Checkpoint | None:
    """Give the newest checkpoint."""
    row = connection.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).one_or_none()
    return Checkpoint(**row._mapping) if row else None


def all_checkpoints(connection: Connection) -> list[Checkpoint]:
    """Give every checkpoint, the oldest first."""
    return [Checkpoint(**row._mapping) for row in connection.execute(select(checkpoints).order_by(checkpoints.c.size))]


def walk(connection: Connection, up_to: int, batch: int = 1000) -> Iterator[Numbered]:
    """Give the numbered entries in their order up to number ``up_to``, read in batches so any trail fits in memory."""
    after = 0
    while after < up_to:
        page = select(entries).where(entries.c.number > after, entries.c.number <= up_to)
        rows = connection.execute(page.order_by(entries.c.number).limit(batch)).all()
        if not rows:
            return
        yield from (Numbered(row.number, row.chain, _entry(row)) for row in rows)
        after = rows[-1].number


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
        found.update((row.id, _entry(row)) for row in connection.execute(newest_first))
    return sorted(found.values(), key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def values_of(entry: Entry) -> dict[str, Any]:
    """Give an entry's columns for a ``Statement``."""
    return dict(zip(_COLUMNS, _values(entry), strict=True))


def _values(entry: Entry) -> tuple[Any, ...]:
    return (*entry[:-1], orjson.dumps(entry.details).decode() if entry.details else "{}")


def _entry(row: Any) -> Entry:
    values = row[: len(_COLUMNS)]
    return Entry._make((*values[:-1], orjson.loads(values[-1])))


def _place_values(place: Place) -> dict[str, Any]:
    return {"size": place.size, "chain": place.chain, "peaks": json.dumps([peak.hex() for peak in place.peaks])}
