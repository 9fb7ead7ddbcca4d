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

from bench.load import cpu_seconds
from bench.processes import pinned
from bench.provider import ROOT
from bench.scale.fill import libpq
from bench.scale.loads import Loads
from idp.domain.work.duties import BATCH, BATCHES, SWEEP_EVERY

ROUNDS = 2
BACKLOG = (
    """INSERT INTO sessions SELECT md5(sid)::uuid::text, md5(cookie_hash) || md5(sid), account_id, created_at, auth_time,
    seen_at, %(long_ago)s, identity_level, factors, device, place, NULL, NULL FROM sessions LIMIT %(rows)s""",
    """INSERT INTO session_clients (sid, client_id, sub, since) SELECT s.sid, c.client_id, c.sub, c.since
    FROM sessions s, (SELECT * FROM session_clients LIMIT 1) c WHERE s.expires_at = %(long_ago)s""",
    """INSERT INTO refresh_families SELECT md5(gid)::uuid::text, md5(handle_hash) || md5(gid), current_hash, previous_hash,
    generation, account_id, client_id, sid, bound_to_session, "grant", created_at, rotated_at, idle_at, %(long_ago)s, NULL,
    NULL FROM refresh_families LIMIT %(rows)s""",
    """INSERT INTO access_tokens SELECT md5(n::text) || md5(n::text), '{}', %(long_ago)s
    FROM generate_series(1, %(rows)s) n""",
    """INSERT INTO ended SELECT 'jti', md5(n::text), %(long_ago)s, %(long_ago)s FROM generate_series(1, %(rows)s) n""",
)
LONG = 7 * 86400
"""Seconds ago that everything in the backlog ended, beyond every time for which it is kept."""


@dataclass(frozen=True)
class CleanUp:
    """What was found. Shares are of one core, which the load keeps busy."""

    rows_per_sweep: float
    cpu_share: float
    """Of a core for the ten seconds between two sweeps, by the CPU that sweeper and its connection used."""
    throughput_lost: float
    """The same, by the requests that were answered in that time."""
    requests_a_second: float


def clean_up(loads: Loads) -> CleanUp:
    """Measure, in interleaved runs of one sweep's time each."""
    installation = loads.installation
    long_ago = installation.town.now - LONG
    with psycopg.connect(libpq(installation.environment["MOTCUA_DATABASE_URL"]), autocommit=True) as connection:
        for statement in BACKLOG:
            connection.execute(statement, {"long_ago": long_ago, "rows": BATCH * BATCHES * ROUNDS})
    longer = Loads(installation, loads.peer, loads.folder, SWEEP_EVERY)
    answered: dict[bool, list[float]] = {True: [], False: []}
    used, removed = [], []
    with _sweeper(installation.environment) as (sweeper, backend):
        assert sweeper.stdin is not None
        assert sweeper.stdout is not None
        for number in range(2 * ROUNDS):
            sweeps, before = number % 2 == 1, cpu_seconds([sweeper.pid, backend])
            if sweeps:
                print("sweep", file=sweeper.stdin, flush=True)
            answered[sweeps].append(longer.measure("client credentials, opaque").requests / SWEEP_EVERY)
            if sweeps:
                removed.append(int(sweeper.stdout.readline()))
                used.append((cpu_seconds([sweeper.pid, backend]) - before) / SWEEP_EVERY)
    if not all(removed):
        raise RuntimeError(f"a sweep removed nothing: {removed}")
    alone, beside = statistics.median(answered[False]), statistics.median(answered[True])
    return CleanUp(statistics.mean(removed), statistics.mean(used), 1 - beside / alone, alone)


def told(found: CleanUp) -> str:
    """Write it for people."""
    return (
        f"clean-up, {found.rows_per_sweep:,.0f} rows each {SWEEP_EVERY:.0f} s beside {found.requests_a_second:,.0f} "
        f"requests a second: {found.cpu_share:.1%} of the core by CPU, {found.throughput_lost:.1%} by requests answered"
    )


@contextmanager
def _sweeper(environment: dict[str, str]) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Give the sweeping process on the servers' core, and the process of its connection."""
    command = [sys.executable, "-m", "bench.scale.sweeping"]
    with pinned(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
