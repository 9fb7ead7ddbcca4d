"""Keeps the messages that the demo shows instead of sending: sealed, the newest few hundred, for a day."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Float, LargeBinary, String, Table, delete, func, select

from idp.store import bounded
from idp.store.database import insert_into, metadata

KEPT_FOR = 86400
"""Seconds that a message is shown."""
KEPT = 200
"""How many are shown at most: the oldest go when a new one comes."""

demo_messages = Table(
    "demo_messages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("sent_at", Float(53), nullable=False, index=True),
)
bounded.rows_end(
    demo_messages,
    bounded.Ending(demo_messages.c.sent_at, KEPT_FOR),
    reason="a message of the demo is shown for a day",
)


@dataclass(frozen=True)
class DemoMessageRow:
    """One message as kept; ``sent_at`` in Unix seconds."""

    id: str
    sealed: bytes
    sent_at: float


def add(connection: Connection, row: DemoMessageRow) -> None:
    """Keep a message, unless it is there already, and let the oldest go beyond ``KEPT``."""
    connection.execute(insert_into(connection, demo_messages).values(row.__dict__).on_conflict_do_nothing())
    excess = connection.execute(select(func.count()).select_from(demo_messages)).scalar_one() - KEPT
    if excess > 0:
        oldest = select(demo_messages.c.id).order_by(demo_messages.c.sent_at).limit(excess)
        connection.execute(delete(demo_messages).where(demo_messages.c.id.in_(oldest.scalar_subquery())))


def newest(connection: Connection, limit: int) -> Sequence[DemoMessageRow]:
    """Give at most ``limit`` messages, the newest first."""
    rows = connection.execute(select(demo_messages).order_by(demo_messages.c.sent_at.desc()).limit(limit))
    return [DemoMessageRow(**row._mapping) for row in rows]
