"""Keeps the audit trail: entries, the sequencer's place in it, and signed checkpoints. Entries are only ever added.

Adding takes no lock. What an entry may hold is judged in ``idp.domain.audit``; numbering and hashing is
``idp.domain.audit_sequencer``'s.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
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

entries = Table(
    "audit_entries",
    metadata,
    Column("id", String(36), primary_key=True),
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
    Column("number", BigInteger, unique=True),
    Column("chain", LargeBinary(32)),
)
# What clients do for themselves concerns no account, and is most of what is written.
Index(
    "ix_audit_entries_account_id_at",
    entries.c.account_id,
    entries.c.at,
    sqlite_where=entries.c.account_id.is_not(None),
    postgresql_where=entries.c.account_id.is_not(None),
)
Index(
    "ix_audit_entries_unnumbered",
    entries.c.at,
    sqlite_where=entries.c.number.is_(None),
    postgresql_where=entries.c.number.is_(None),
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


_quoted = json.encoder.encode_basestring_ascii
_COLUMNS = Entry._fields
ADD = Statement(f"INSERT INTO audit_entries ({', '.join(_COLUMNS)}) VALUES (:{', :'.join(_COLUMNS)})")  # noqa: S608


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
    direct.insert_many(entries.name, _COLUMNS, [_values(entry) for entry in added])


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
    found = select(entries).where(entries.c.number.is_(None)).order_by(entries.c.at, entries.c.id).limit(limit)
    return [_entry(row) for row in connection.execute(found)]


_NUMBER_MANY = text(
    "UPDATE audit_entries SET number = given.number, chain = given.chain"
    " FROM unnest(CAST(:ids AS text[]), CAST(:numbers AS bigint[]), CAST(:chains AS bytea[]))"
    " AS given (id, number, chain) WHERE audit_entries.id = given.id AND audit_entries.number IS NULL"
)
"""On PostgreSQL one statement for a whole batch: the sequencer is alone, so its pace is the trail's."""


def number(connection: Connection, numbered: Sequence[Numbered], reached: Place) -> None:
    """Write the numbers and chain hashes of entries, and the place that they reach."""
    if connection.dialect.name == "postgresql":
        ids, numbers = [each.entry.id for each in numbered], [each.number for each in numbered]
        chains = [each.chain for each in numbered]
        connection.execute(_NUMBER_MANY, {"ids": ids, "numbers": numbers, "chains": chains})
    else:
        change = update(entries).where(entries.c.id == bindparam("entry_id"), entries.c.number.is_(None))
        values: dict[str, Any] = {"number": bindparam("number_given"), "chain": bindparam("chain_given")}
        rows = [
            {"entry_id": each.entry.id, "number_given": each.number, "chain_given": each.chain} for each in numbered
        ]
        connection.execute(change.values(values), rows)
    connection.execute(update(trail).where(trail.c.id == 1).values(_place_values(reached)))


def unnumbered_before(connection: Connection, before: float) -> int:
    """Count the entries older than ``before`` that have no number: an alarm when there are any."""
    late = select(func.count()).where(entries.c.number.is_(None), entries.c.at < before)
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
    found = select(entries).where(entries.c.account_id == account_id)
    if before is not None:
        found = found.where(entries.c.at < before)
    if actions:
        found = found.where(entries.c.action.in_(actions))
    newest_first = found.order_by(entries.c.at.desc(), entries.c.id.desc()).limit(limit)
    return [_entry(row) for row in connection.execute(newest_first)]


def releases_about(
    connection: Connection, account_id: str, *, before: tuple[float, str] | None = None, limit: int = 50
) -> list[Entry]:
    """Give the newest entries by which somebody learned of an account's owner, numbered or not yet.

    :param before: time and identifier of the last entry of the page before.
    """
    found = select(entries).where(entries.c.account_id == account_id, RELEASED)
    if before is not None:
        at, last = before
        found = found.where(entries.c.at <= at, or_(entries.c.at < at, entries.c.id < last))
    newest_first = found.order_by(entries.c.at.desc(), entries.c.id.desc()).limit(limit)
    return [_entry(row) for row in connection.execute(newest_first)]


def values_of(entry: Entry) -> dict[str, Any]:
    """Give an entry's columns for a ``Statement``."""
    return dict(zip(_COLUMNS, _values(entry), strict=True))


def _values(entry: Entry) -> tuple[Any, ...]:
    return (*entry[:-1], _written(entry.details))


def _written(details: Mapping[str, Any]) -> str:
    """Give an entry's details as JSON, for those of frequent acts at a third of what ``json.dumps`` costs."""
    return "{" + ", ".join([f"{_quoted(name)}: {_written_value(value)}" for name, value in details.items()]) + "}"


def _written_value(value: Any) -> str:
    if type(value) is str:
        return _quoted(value)
    if type(value) is list and all(type(each) is str for each in value):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    return json.dumps(value)


def _entry(row: Any) -> Entry:
    values = {name: value for name, value in row._mapping.items() if name not in ("number", "chain")}
    return Entry(**{**values, "details": json.loads(row.details)})


def _place_values(place: Place) -> dict[str, Any]:
    return {"size": place.size, "chain": place.chain, "peaks": json.dumps([peak.hex() for peak in place.peaks])}
