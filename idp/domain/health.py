"""Facts about whether this installation can serve: for ``/readyz``, the supervisor and ``motcua doctor``.

Each fact says what was looked at, whether it is well, and in a sentence what to do when not. A process that cannot do
without a fact is not ready; a worker that is away delays deliveries and stops nobody from signing in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from idp.clock import Clock
from idp.domain.audit_sequencer import ALARM_AFTER
from idp.domain.work.duties import SILENT_AFTER
from idp.errors import StoreUnavailable
from idp.store import audit, outbox, workers
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from migrations import head, version_table

OVERDUE_AFTER = 60.0
"""Seconds that a due message may wait before it counts as stuck."""


@dataclass(frozen=True)
class Fact:
    """One thing that was looked at."""

    name: str
    well: bool
    required: bool
    """Whether a web process is not ready without it."""
    said: str
    """What was found, and when it is not well what to do."""


class NotReady(Exception):
    """A required fact is not well; the message says what to do."""


def facts(database: Database, ephemeral: EphemeralStore, clock: Clock) -> list[Fact]:
    """Look at everything; never raises."""
    reachable = database_answers(database)
    rest = [
        migrated(database),
        worker_alive(database, clock),
        outbox_flows(database, clock),
        trail_kept(database, clock),
    ]
    return [reachable, ephemeral_answers(ephemeral), *(rest if reachable.well else [])]


def checks(database: Database, ephemeral: EphemeralStore) -> dict[str, Callable[[], None]]:
    """Give what ``/readyz`` of a web process tries: each raises ``NotReady`` when its part cannot be used."""
    return {
        "database": lambda: _demand(database_answers(database)),
        "migrations": lambda: _demand(migrated(database)),
        "ephemeral": lambda: _demand(ephemeral_answers(ephemeral)),
    }


def database_answers(database: Database) -> Fact:
    """Whether the database answers at all."""
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    except StoreUnavailable:
        return Fact("database", False, True, "the database does not answer: see that it runs and may be reached")
    return Fact("database", True, True, "the database answers")


def migrated(database: Database) -> Fact:
    """Whether the database is at the revision of this program."""
    newest = head("idp")
    try:
        with database.read() as connection:
            found = connection.execute(text(f"SELECT version_num FROM {version_table('idp')}")).scalar_one_or_none()  # noqa: S608
    except (SQLAlchemyError, StoreUnavailable):
        found = None
    if found == newest:
        return Fact("migrations", True, True, f"the database is at {newest}, the newest revision")
    return Fact(
        "migrations", False, True, f"the database is at {found or 'nothing'}, not {newest}: run motcua db upgrade"
    )


def ephemeral_answers(ephemeral: EphemeralStore) -> Fact:
    """Whether codes and requests in flight can be kept."""
    try:
        ephemeral.born_at()
    except (SQLAlchemyError, StoreUnavailable) as error:
        where = str(error) if isinstance(error, StoreUnavailable) else "its table is not there"
        return Fact("ephemeral", False, True, f"ephemeral state cannot be kept, so nobody can sign in: {where}")
    return Fact("ephemeral", True, True, "ephemeral state is kept")


def worker_alive(database: Database, clock: Clock) -> Fact:
    """Whether any worker was seen lately."""
    try:
        with database.read() as connection:
            seen = workers.last_seen(connection)
    except (SQLAlchemyError, StoreUnavailable):
        seen = None
    if seen is not None and clock() - seen <= SILENT_AFTER:
        return Fact("worker", True, False, f"a worker was seen {max(0, round(clock() - seen))} s ago")
    ago = "for a day" if seen is None else f"for {round(clock() - seen)} s"
    return Fact(
        "worker", False, False, f"no worker was seen {ago}: start motcua worker; nothing is delivered meanwhile"
    )


def outbox_flows(database: Database, clock: Clock) -> Fact:
    """Whether messages are delivered in time."""
    try:
        with database.read() as connection:
            waits = outbox.backlog(connection)
    except (SQLAlchemyError, StoreUnavailable):
        return Fact("outbox", False, False, "the outbox cannot be read: run motcua db upgrade")
    late = clock() - waits.oldest_due_at if waits.oldest_due_at is not None else 0
    said = f"{waits.waiting} messages wait, {waits.given_up} were given up in the last thirty days"
    if late > OVERDUE_AFTER:
        return Fact(
            "outbox", False, False, f"{said}; the oldest has been due for {round(late)} s: see the worker's log"
        )
    return Fact("outbox", True, False, said)


def trail_kept(database: Database, clock: Clock) -> Fact:
    """Whether the audit trail is sequenced in time."""
    try:
        with database.read() as connection:
            late = audit.unnumbered_before(connection, clock() - ALARM_AFTER)
    except (SQLAlchemyError, StoreUnavailable):
        return Fact("audit", False, False, "the audit trail cannot be read: run motcua db upgrade")
    if late:
        return Fact("audit", False, False, f"{late} audit entries have had no number for 10 s: see that a worker runs")
    return Fact("audit", True, False, "every audit entry has its number")


def _demand(fact: Fact) -> None:
    if not fact.well:
        raise NotReady(fact.said)
