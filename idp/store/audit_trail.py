"""Keeps the order of the audit trail: the sequencer's place, the numbers that entries get there, signed checkpoints.

One sequencer at a time holds the place and moves what waits into the trail. What numbers and hashes mean is
``idp.domain.audit_chain``'s and ``audit_sequencer``'s, the entries themselves ``audit``'s.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    select,
    text,
    update,
)

from idp.store import bounded
from idp.store.audit import MEMBERS, Entry, entries, entry_of, waiting
from idp.store.database import insert_into, metadata
from idp.store.direct import Statement, within

CHECKPOINTS_KEPT = 30 * 86400
"""Seconds that every checkpoint is kept; after that, one for each day."""


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

bounded.grows_with(trail, "one row: how far the sequencer is")
bounded.rows_end(
    checkpoints,
    bounded.Ending(checkpoints.c.at, CHECKPOINTS_KEPT, only=checkpoints.c.milestone.is_(False)),
    reason="after a month only the first of each day is kept, as long as the trail itself",
)


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
    return [entry_of(row) for row in connection.execute(found)]


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
        f"INSERT INTO audit_entries ({MEMBERS}, number, chain)"  # noqa: S608
        f" SELECT {MEMBERS}, :number, :chain FROM audit_waiting WHERE at = :at AND id = :id"
    ),
    text("DELETE FROM audit_waiting WHERE at = :at AND id = :id"),
)
_MOVE_MANY = text(
    "WITH moved AS (DELETE FROM audit_waiting USING unnest("  # noqa: S608
    "CAST(:at AS float8[]), CAST(:id AS text[]), CAST(:number AS bigint[]), CAST(:chain AS bytea[])"
    ") AS given (given_at, given_id, number, chain)"
    f" WHERE at = given_at AND id = given_id RETURNING {MEMBERS}, number, chain)"
    f" INSERT INTO audit_entries ({MEMBERS}, number, chain) SELECT {MEMBERS}, number, chain FROM moved"
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
        yield from (Numbered(row.number, row.chain, entry_of(row)) for row in rows)
        after = rows[-1].number


def _place_values(place: Place) -> dict[str, Any]:
    return {"size": place.size, "chain": place.chain, "peaks": json.dumps([peak.hex() for peak in place.peaks])}
