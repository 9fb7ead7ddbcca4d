"""The duties that belong to nobody else: clean-up of every registered table, and the worker's own heartbeat."""

from idp.clock import Clock
from idp.domain.work.loop import Duty
from idp.store import bounded, tables, workers
from idp.store.database import Database

SWEEP_EVERY = 10.0
BATCH = 500
"""Rows removed in one transaction, so that nobody waits for a sweep."""
BATCHES = 20
"""Transactions for one table in one sweep; what is left goes with the next."""

BEAT_EVERY = 5.0
SILENT_AFTER = 30.0
"""Seconds after which a worker that was not seen counts as gone."""


def sweep(database: Database, clock: Clock) -> int:
    """Remove what has ended from every registered table, in small batches; give how many rows went."""
    total = 0
    for bound in tables.bounds():
        for _ in range(BATCHES if bound.endings else 0):
            with database.write() as connection:
                gone = bounded.sweep(connection, bound, clock(), BATCH)
            total += gone
            if gone < BATCH:
                break
    return total


def sweeping(database: Database, clock: Clock) -> Duty:
    """Give the duty of cleaning up."""
    return Duty("sweep", SWEEP_EVERY, lambda: sweep(database, clock))


def heartbeat(database: Database, clock: Clock, worker_id: str) -> Duty:
    """Give the duty of showing that this worker is alive."""

    def beat() -> None:
        with database.write() as connection:
            workers.beat(connection, worker_id, clock())

    return Duty("heartbeat", BEAT_EVERY, beat)
