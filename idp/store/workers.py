"""Keeps the heartbeat of each worker, so that others can tell whether one is alive."""

from sqlalchemy import Column, Connection, Float, String, Table, func, select

from idp.store import bounded
from idp.store.database import insert_into, metadata

FORGOTTEN_AFTER = 86400
"""Seconds after its last beat that a worker is forgotten."""

workers = Table(
    "workers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("started_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False, index=True),
)
bounded.rows_end(workers, bounded.Ending(workers.c.seen_at, FORGOTTEN_AFTER), reason="a day after a worker's last beat")


def beat(connection: Connection, worker_id: str, now: float) -> None:
    """Note that a worker is alive at ``now``."""
    first = insert_into(connection, workers).values(id=worker_id, started_at=now, seen_at=now)
    connection.execute(first.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now}))


def leave(connection: Connection, worker_id: str) -> None:
    """Forget a worker that stopped in good order."""
    connection.execute(workers.delete().where(workers.c.id == worker_id))


def last_seen(connection: Connection) -> float | None:
    """Give when any worker was last seen, in Unix seconds; ``None`` when none has been for a day."""
    seen: float | None = connection.execute(select(func.max(workers.c.seen_at))).scalar_one()
    return seen
