"""Keeps messages that wait to be delivered: written in the transaction of the act they tell of.

A message is leased by moving its due time ahead, so a worker that dies gives it back by itself. Which handler it goes
to, and when it is tried again, is decided in ``idp.domain.outbox``.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    select,
    update,
)

from idp.store import bounded
from idp.store.database import insert_into, metadata

CHANNEL = "motcua_outbox"
"""The PostgreSQL channel on which a commit with messages wakes the workers."""

GIVEN_UP_KEPT = 30 * 86400
"""Seconds that a message given up is kept for the operator to see."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("unique_key", String(200)),
    Column("payload", Text, nullable=False),
    Column("posted_at", Float(53), nullable=False),
    Column("due_at", Float(53)),
    Column("attempts", BigInteger, nullable=False),
    Column("trouble", String(200)),
    Column("given_up_at", Float(53), index=True),
    UniqueConstraint("kind", "unique_key"),
    Index("ix_outbox_due_at", "due_at"),
)
bounded.rows_end(
    outbox,
    bounded.Ending(outbox.c.given_up_at, GIVEN_UP_KEPT),
    reason="a message goes when it is delivered, or thirty days after it was given up",
)


@dataclass(frozen=True)
class Message:
    """One message, leased to a worker. Times are Unix seconds."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    posted_at: float
    attempts: int
    """How often it was handed out, this time included; also what shows that the lease is still ours."""


def post(
    connection: Connection, kind: str, payload: Mapping[str, Any], now: float, due_at: float, unique_key: str | None
) -> str | None:
    """Keep a message and wake the workers when the transaction commits; give its id.

    :param unique_key: of several messages of one kind with the same key, the first is kept and ``None`` given for the
        others, until the first is handed out: what is posted after that may be news to its handler.
    """
    message_id = str(uuid.uuid4())
    row = {
        "id": message_id,
        "kind": kind,
        "unique_key": unique_key,
        "payload": json.dumps(payload),
        "posted_at": now,
        "due_at": due_at,
        "attempts": 0,
    }
    adding = insert_into(connection, outbox).values(row).on_conflict_do_nothing().returning(outbox.c.id)
    added = connection.execute(adding).scalar_one_or_none()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))
    return added


def any_due(connection: Connection, kinds: Sequence[str], now: float) -> bool:
    """Say whether a message of ``kinds`` is due."""
    due = select(outbox.c.id).where(outbox.c.due_at <= now, outbox.c.kind.in_(kinds)).limit(1)
    return connection.execute(due).first() is not None


def lease(connection: Connection, kinds: Sequence[str], now: float, until: float, limit: int) -> list[Message]:
    """Hand out at most ``limit`` due messages of ``kinds``, the longest due first, to nobody else before ``until``.

    On PostgreSQL messages that another worker is leasing are passed over, so workers never wait for one another.
    """
    due = and_(outbox.c.due_at <= now, outbox.c.kind.in_(kinds))
    found = select(outbox.c.id).where(due).order_by(outbox.c.due_at).limit(limit).with_for_update(skip_locked=True)
    # As a common table expression the search runs once; as a subquery PostgreSQL may repeat it and lease too many.
    leased = update(outbox).where(outbox.c.id.in_(select(found.cte("found").c.id)))
    values = {"due_at": until, "attempts": outbox.c.attempts + 1, "unique_key": None}
    columns = (outbox.c.id, outbox.c.kind, outbox.c.payload, outbox.c.posted_at, outbox.c.attempts)
    rows = connection.execute(leased.values(values).returning(*columns))
    messages = [Message(row.id, row.kind, json.loads(row.payload), row.posted_at, row.attempts) for row in rows]
    return sorted(messages, key=lambda message: message.posted_at)


def delivered(connection: Connection, message: Message) -> bool:
    """Remove a message whose lease is still ours; False when another worker has it by now."""
    return connection.execute(delete(outbox).where(_ours(message))).rowcount == 1


def postpone(connection: Connection, message: Message, due_at: float, trouble: str) -> bool:
    """Let a message wait until ``due_at``; ``trouble`` says in a word what went wrong, never with personal data."""
    values = {"due_at": due_at, "trouble": trouble[:200]}
    return connection.execute(update(outbox).where(_ours(message)).values(values)).rowcount == 1


def give_up(connection: Connection, message: Message, now: float, trouble: str) -> bool:
    """Mark a message that is not tried any more."""
    values = {"due_at": None, "given_up_at": now, "trouble": trouble[:200]}
    return connection.execute(update(outbox).where(_ours(message)).values(values)).rowcount == 1


@dataclass(frozen=True)
class Backlog:
    """What waits, for the operator."""

    waiting: int
    given_up: int
    oldest_due_at: float | None
    """Since when the longest waiting message has been due, or leased until; ``None`` when nothing waits."""


def backlog(connection: Connection) -> Backlog:
    """Count what waits and what was given up."""
    counts = select(func.count(outbox.c.due_at), func.count(outbox.c.given_up_at), func.min(outbox.c.due_at))
    waiting, given_up, oldest = connection.execute(counts).one()
    return Backlog(waiting, given_up, oldest)


def _ours(message: Message) -> Any:
    """The lease is ours while nobody else was handed the message since."""
    still = and_(outbox.c.attempts == message.attempts, outbox.c.given_up_at.is_(None))
    return and_(outbox.c.id == message.id, still)
