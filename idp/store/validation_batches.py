"""Keeps batches of documents to be judged, their state and their reports, for a day.

What was sent is kept sealed and only until it has been judged; reports name people and are sealed too. What a batch may
hold, and when, is decided in ``idp.domain.validations.batches``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from idp.store import bounded
from idp.store.database import insert_into, metadata

WAITING, DONE, FAILED = "waiting", "done", "failed"

validation_batches = Table(
    "validation_batches",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("client_id", String(128), nullable=False),
    Column("sector", String(255), nullable=False),
    Column("idempotency", String(64)),
    Column("request_digest", String(64), nullable=False),
    Column("items", BigInteger, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False, index=True),
    UniqueConstraint("client_id", "idempotency"),
)
validation_items = Table(
    "validation_items",
    metadata,
    Column("batch_id", String(36), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("policy", String(100), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("at", Float(53)),
    Column("report_kind", String(16), nullable=False),
    Column("state", String(8), nullable=False, index=True),
    Column("octets", BigInteger, nullable=False),
    Column("asked_sealed", LargeBinary),
    Column("indication", String(32)),
    Column("sub_indication", String(64)),
    Column("report_sealed", LargeBinary),
    Column("finished_at", Float(53)),
    Column("expires_at", Float(53), nullable=False, index=True),
)
_REASON = "a batch is kept for a day, what was sent for it until it is judged"
bounded.rows_end(validation_items, bounded.Ending(validation_items.c.expires_at), reason=_REASON)
bounded.rows_end(validation_batches, bounded.Ending(validation_batches.c.expires_at), reason=_REASON)


@dataclass(frozen=True)
class BatchRow:
    """One batch; times are Unix seconds, digests SHA-256 in hex."""

    id: str
    client_id: str
    sector: str
    idempotency: str | None
    request_digest: str
    items: int
    created_at: float
    expires_at: float


@dataclass(frozen=True)
class ItemRow:
    """One document of a batch. ``asked_sealed`` is there while it waits, ``report_sealed`` when it is done."""

    batch_id: str
    position: int
    name: str
    policy: str
    mode: str
    at: float | None
    report_kind: str
    state: str
    octets: int
    asked_sealed: bytes | None
    expires_at: float
    indication: str | None = None
    sub_indication: str | None = None
    report_sealed: bytes | None = None
    finished_at: float | None = None


def add(connection: Connection, batch: BatchRow, items: Sequence[ItemRow]) -> bool:
    """Keep a batch; False when the client has one under this idempotency key."""
    adding = insert_into(connection, validation_batches).values(batch.__dict__)
    made = connection.execute(adding.on_conflict_do_nothing().returning(validation_batches.c.id)).scalar_one_or_none()
    if made is None:
        return False
    connection.execute(insert(validation_items), [item.__dict__ for item in items])
    return True


def find(connection: Connection, batch_id: str) -> BatchRow | None:
    """Give one batch."""
    row = connection.execute(select(validation_batches).where(validation_batches.c.id == batch_id)).one_or_none()
    return None if row is None else BatchRow(**row._mapping)


def by_idempotency(connection: Connection, client_id: str, idempotency: str) -> BatchRow | None:
    """Give the batch that a client sent under an idempotency key (hashed)."""
    known = validation_batches.c
    wanted = select(validation_batches).where(known.client_id == client_id, known.idempotency == idempotency)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else BatchRow(**row._mapping)


def item(connection: Connection, batch_id: str, position: int) -> ItemRow | None:
    """Give one document."""
    known = validation_items.c
    wanted = select(validation_items).where(known.batch_id == batch_id, known.position == position)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else ItemRow(**row._mapping)


def items_after(connection: Connection, batch_id: str, after: int, limit: int) -> Sequence[ItemRow]:
    """Give up to ``limit`` documents behind a position, in their order, without what was sent."""
    known = validation_items.c
    wanted = select(*(column for column in known if column is not known.asked_sealed))
    wanted = wanted.where(known.batch_id == batch_id, known.position > after).order_by(known.position).limit(limit)
    return [ItemRow(**row._mapping, asked_sealed=None) for row in connection.execute(wanted)]


def states(connection: Connection, batch_id: str) -> dict[str, int]:
    """Give how many documents of a batch are in each state."""
    known = validation_items.c
    counted = select(known.state, func.count()).where(known.batch_id == batch_id).group_by(known.state)
    return {row.state: row[1] for row in connection.execute(counted)}


def waiting(connection: Connection, client_id: str | None = None) -> tuple[int, int]:
    """Give how many documents wait, and their octets: of one client, or of all."""
    known = validation_items.c
    counted = select(func.count(), func.coalesce(func.sum(known.octets), 0)).where(known.state == WAITING)
    if client_id is not None:
        counted = counted.where(
            known.batch_id.in_(select(validation_batches.c.id).where(validation_batches.c.client_id == client_id))
        )
    number, octets = connection.execute(counted).one()
    return int(number), int(octets)


def settle(
    connection: Connection,
    row: ItemRow,
    state: str,
    now: float,
    *,
    indication: str | None = None,
    sub_indication: str | None = None,
    report_sealed: bytes | None = None,
) -> bool:
    """Note how a waiting document ended, and forget what was sent; False when it does not wait any more."""
    known = validation_items.c
    where = (known.batch_id == row.batch_id, known.position == row.position, known.state == WAITING)
    values = {
        "state": state,
        "finished_at": now,
        "asked_sealed": None,
        "indication": indication,
        "sub_indication": sub_indication,
        "report_sealed": report_sealed,
    }
    return connection.execute(update(validation_items).where(*where).values(**values)).rowcount == 1
