"""What clean-up takes from a busy core: for each row, and the same load with a sweep as full as sweeps get, and without.

A sweep removes at most so many rows of each table (``idp.domain.work.duties``), every ten seconds. For the second, every
table that fills with sign-ins has that many to lose at once, which is what several cores begin.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.load import cpu_seconds
from bench.processes import pinned
from bench.provider import ROOT
from bench.scale.copies import another_hash, copies, uuid_in_time
from bench.scale.fill import libpq
from bench.scale.loads import Loads
from idp.domain.work.duties import BATCH, BATCHES, SWEEP_EVERY
from idp.store.grants import refresh_families
from idp.store.sessions import sessions

ROUNDS = 2
LONG = 7 * 86400
"""Seconds ago that everything in the backlog ended, beyond every time for which it is kept."""


def backlog() -> dict[str, tuple[str, ...]]:
    """Give, by what ends, the statements that add ``rows`` of it, over since ``long_ago``."""
    over = "%(long_ago)s"
    old = f"{over}::bigint * 1000 + row_number() OVER ()"
    oldest = "FROM (SELECT * FROM {0} ORDER BY {1} LIMIT %(rows)s) {0}"
    return {
        "sessions with a portal": (
            copies(
                sessions,
                oldest.format("sessions", "sid"),
                sid=uuid_in_time(old, "sid"),
                cookie_hash=another_hash("'ended ' || sid"),
                expires_at=over,
            ),
            """INSERT INTO session_clients (sid, client_id, sub, since) SELECT s.sid, c.client_id, c.sub, c.since
            FROM sessions s, (SELECT * FROM session_clients LIMIT 1) c WHERE s.expires_at = %(long_ago)s""",
        ),
        "families": (
            copies(
                refresh_families,
                oldest.format("refresh_families", "gid"),
                gid=uuid_in_time(old, "gid"),
                handle_hash=another_hash("'ended ' || gid"),
                expires_at=over,
            ),
        ),
        "ended things": (
            """INSERT INTO ended (kind, value, at, until)
            SELECT 'jti', md5(n::text), %(long_ago)s, %(long_ago)s FROM generate_series(1, %(rows)s) n""",
        ),
    }


@dataclass(frozen=True)
class CleanUp:
    """What was found. Shares are of one core, which the load keeps busy."""

    row_microseconds: dict[str, float]
    """CPU for each row that is removed, of the sweeping process and its connection, by what ended."""
    rows_per_sweep: float
    cpu_share: float
    """Of a core for the ten seconds between two sweeps, by the CPU that sweeper and its connection used."""
    throughput_lost: float
    """The same, by the requests that were answered in that time."""
    requests_a_second: float


class NothingRemoved(Exception):
    """A sweep did not do its work, so that what it took from the others says nothing."""


def clean_up(loads: Loads) -> CleanUp:
    """Measure, in interleaved runs of one sweep's time each.

    :raises NothingRemoved: when a sweep failed; why, it said on standard error.
    """
    installation = loads.installation
    address = libpq(installation.environment["MOTCUA_DATABASE_URL"])
    given = {"long_ago": installation.town.now - LONG, "rows": BATCH * BATCHES}
    with _sweeper(installation.environment) as sweeper, psycopg.connect(address, autocommit=True) as connection:
        each = {}
        for what, statements in backlog().items():
            _end(connection, statements, given)
            removed, spent = sweeper.sweep()
            each[what] = 1e6 * spent / removed
        for statements in backlog().values():
            _end(connection, statements, {**given, "rows": ROUNDS * given["rows"]})
        return _beside(loads, sweeper, each)


def _end(connection: "psycopg.Connection[Any]", statements: Sequence[str], given: dict[str, int]) -> None:
    for statement in statements:
        connection.execute(statement.encode(), given)
    # As autovacuum would have by then.
    connection.execute("ANALYZE sessions, session_clients, refresh_families, ended")


def _beside(loads: Loads, sweeper: "Sweeper", each: dict[str, float]) -> CleanUp:
    longer = Loads(loads.installation, loads.peer, loads.folder, SWEEP_EVERY)
    answered: dict[bool, list[float]] = {True: [], False: []}
    used, removed = [], []
    for number in range(2 * ROUNDS):
        sweeps = number % 2 == 1
        if sweeps:
            sweeper.begin()
        answered[sweeps].append(longer.measure("client credentials, opaque").requests / SWEEP_EVERY)
        if sweeps:
            rows, spent = sweeper.end()
            removed.append(rows)
            used.append(spent / SWEEP_EVERY)
    alone, beside = statistics.median(answered[False]), statistics.median(answered[True])
    return CleanUp(each, statistics.mean(removed), statistics.mean(used), 1 - beside / alone, alone)


def told(found: CleanUp, accounts: str) -> str:
    """Write it for people."""
    rows = ", ".join(f"{what} {spent:.0f}" for what, spent in found.row_microseconds.items())
    return (
        f"clean-up at {accounts} accounts, CPU microseconds a row: {rows}\n"
        f"{found.rows_per_sweep:,.0f} rows each {SWEEP_EVERY:.0f} s beside {found.requests_a_second:,.0f} requests a second: "
        f"{found.cpu_share:.1%} of the core by CPU, {found.throughput_lost:.1%} by requests answered"
    )


@dataclass
class Sweeper:
    """The sweeping process on the servers' core, and the process of its connection."""

    process: "subprocess.Popen[str]"
    backend: int
    _before: float = 0.0

    def begin(self) -> None:
        """Begin a sweep.

        :raises NothingRemoved: when the process has ended.
        """
        assert self.process.stdin is not None
        self._before = self._spent()
        try:
            print("sweep", file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise NothingRemoved("clean-up: the sweeper ended") from None

    def end(self) -> tuple[int, float]:
        """Wait for its end; give the rows that went, and the CPU seconds of both processes.

        :raises NothingRemoved: when it failed or removed nothing.
        """
        assert self.process.stdout is not None
        rows = int(self.process.stdout.readline() or 0)
        if not rows:
            raise NothingRemoved("clean-up: a sweep failed or removed nothing")
        return rows, self._spent() - self._before

    def sweep(self) -> tuple[int, float]:
        """Do one from beginning to end."""
        self.begin()
        return self.end()

    def _spent(self) -> float:
        return cpu_seconds([self.process.pid, self.backend])


@contextmanager
def _sweeper(environment: dict[str, str]) -> Iterator[Sweeper]:
    command = [sys.executable, "-m", "bench.scale.sweeping"]
    with pinned(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Sweeper(process, int(process.stdout.readline()))
