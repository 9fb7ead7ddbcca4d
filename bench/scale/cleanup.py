"""What clean-up takes from a busy core: the same load with a sweep as full as sweeps get, and without.

A sweep removes at most so many rows of each table (``idp.domain.work.duties``), every ten seconds. Here every table that
fills with sign-ins has that many to lose, as if all that a saturated core begins ended as fast.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Table

from bench.load import cpu_seconds
from bench.processes import pinned
from bench.provider import ROOT
from bench.scale.fill import libpq
from bench.scale.loads import Loads
from idp.domain.work.duties import BATCH, BATCHES, SWEEP_EVERY
from idp.store.grants import refresh_families
from idp.store.sessions import sessions

ROUNDS = 2
LONG = 7 * 86400
"""Seconds ago that everything in the backlog ended, beyond every time for which it is kept."""


def backlog() -> tuple[str, ...]:
    """Give the statements that add ``rows`` rows to each table that sign-ins fill, over since ``long_ago``."""
    over = "%(long_ago)s"
    return (
        _copies(sessions, "sid", sid=_ANOTHER.format("sid"), cookie_hash=_HASH.format("sid"), expires_at=over),
        """INSERT INTO session_clients (sid, client_id, sub, since) SELECT s.sid, c.client_id, c.sub, c.since
        FROM sessions s, (SELECT * FROM session_clients LIMIT 1) c WHERE s.expires_at = %(long_ago)s""",
        _copies(refresh_families, "gid", gid=_ANOTHER.format("gid"), handle_hash=_HASH.format("gid"), expires_at=over),
        """INSERT INTO ended (kind, value, at, until)
        SELECT 'jti', md5(n::text), %(long_ago)s, %(long_ago)s FROM generate_series(1, %(rows)s) n""",
    )


_ANOTHER, _HASH = "md5({0})::uuid::text", "md5({0}) || md5({0} || 'x')"


def _copies(table: Table, key: str, **changed: str) -> str:
    """Give the statement that copies rows with some columns changed, whatever columns the table has."""
    columns = [f'"{column.name}"' for column in table.columns]
    given = [changed.get(column.name, f'"{column.name}"') for column in table.columns]
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(given)} FROM {table.name} "
        f"ORDER BY {key} LIMIT %(rows)s"
    )


@dataclass(frozen=True)
class CleanUp:
    """What was found. Shares are of one core, which the load keeps busy."""

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
    long_ago = installation.town.now - LONG
    with psycopg.connect(libpq(installation.environment["MOTCUA_DATABASE_URL"]), autocommit=True) as connection:
        for statement in backlog():
            connection.execute(statement.encode(), {"long_ago": long_ago, "rows": BATCH * BATCHES * ROUNDS})
        # As autovacuum would have by then.
        connection.execute("ANALYZE sessions, session_clients, refresh_families, ended")
    longer = Loads(installation, loads.peer, loads.folder, SWEEP_EVERY)
    answered: dict[bool, list[float]] = {True: [], False: []}
    used, removed = [], []
    with _sweeper(installation.environment) as (sweeper, backend):
        assert sweeper.stdin is not None
        assert sweeper.stdout is not None
        for number in range(2 * ROUNDS):
            sweeps, before = number % 2 == 1, cpu_seconds([sweeper.pid, backend])
            if sweeps:
                try:
                    print("sweep", file=sweeper.stdin, flush=True)
                except BrokenPipeError:
                    raise NothingRemoved("clean-up: the sweeper ended") from None
            answered[sweeps].append(longer.measure("client credentials, opaque").requests / SWEEP_EVERY)
            if sweeps:
                removed.append(int(sweeper.stdout.readline() or 0))
                used.append((cpu_seconds([sweeper.pid, backend]) - before) / SWEEP_EVERY)
    if not all(removed):
        raise NothingRemoved(f"clean-up: a sweep failed or removed nothing (rows: {removed})")
    alone, beside = statistics.median(answered[False]), statistics.median(answered[True])
    return CleanUp(statistics.mean(removed), statistics.mean(used), 1 - beside / alone, alone)


def told(found: CleanUp, accounts: str) -> str:
    """Write it for people."""
    return (
        f"clean-up at {accounts} accounts, {found.rows_per_sweep:,.0f} rows each {SWEEP_EVERY:.0f} s beside "
        f"{found.requests_a_second:,.0f} requests a second: {found.cpu_share:.1%} of the core by CPU, "
        f"{found.throughput_lost:.1%} by requests answered"
    )


@contextmanager
def _sweeper(environment: dict[str, str]) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Give the sweeping process on the servers' core, and the process of its connection."""
    command = [sys.executable, "-m", "bench.scale.sweeping"]
    with pinned(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
