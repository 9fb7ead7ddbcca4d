"""``python -m bench.scale``: what requests cost as accounts grow, what clean-up takes, and what a second worker adds.

Fills private databases by COPY, one for each size, and asks all of them in interleaved rounds. Clean-up and the second
worker are measured at the size nearest to a million.
"""

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import figures
from bench.load import Measured
from bench.processes import end_in_good_order, scheduled_alike
from bench.provider import Databases, databases
from bench.scale.cleanup import NothingRemoved, clean_up, told
from bench.scale.fill import hurried, settle
from bench.scale.loads import KINDS, Loads
from bench.scale.plan import (
    PARTS,
    SIZES,
    DiskTooSmall,
    Plan,
    gib,
    memory,
    parse_parts,
    parse_sizes,
    seconds_expected,
)
from bench.scale.running_in import run_in
from bench.scale.town import Installation, installation, served

POSTGRESQL = (
    "listen_addresses=127.0.0.1",
    "max_connections=60",
    f"shared_buffers={memory() // 2 >> 20}MB",
    "checkpoint_timeout=30min",
    "max_wal_size=16GB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "log_min_messages=fatal",
)
"""While it is measured, commits wait for the disk as everywhere. No log of what COPY writes; no vacuum that would start
while others measure: what clean-up costs is measured by itself. Half of the memory, which is more than its manual advises for
one database, so that what the active have in all of them is in it; checkpoints as far apart as large installations have them.
"""
Rounds = dict[str, dict[str, list[Measured]]]
Filling = tuple[Installation, Path]
"""What was filled, and the folder of its provider."""


def main() -> None:
    """Fill, measure and print."""
    chosen = _options()
    end_in_good_order(chosen.limit)
    plan = Plan(chosen.sizes)
    with ExitStack() as stack:
        stack.enter_context(scheduled_alike())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-scale-")))
        folder.chmod(0o755)
        try:
            print(plan.check(folder), flush=True)
        except DiskTooSmall as small:
            raise SystemExit(f"too little room: {small}") from None
        both = stack.enter_context(databases(POSTGRESQL))
        fillings = grown(stack, folder, both, plan, time.monotonic() + 60 * chosen.minutes)
        settled(both, () if chosen.cold else fillings)
        found: dict[str, Any] = {"filled": filled(fillings)}
        for part in PARTS:
            if part in chosen.parts:
                found[part] = MEASURES[part](both, fillings, chosen)
                found["load average"] = os.getloadavg()
                keep(found, chosen.json)


def keep(found: dict[str, Any], path: Path | None) -> None:
    """Write what was found so far: what comes later may be stopped."""
    if path:
        path.write_text(json.dumps(found, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--sizes", type=parse_sizes, default=SIZES, help="accounts, separated by commas")
    parser.add_argument("--parts", type=parse_parts, default=PARTS, help=f"any of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run")
    parser.add_argument(
        "--minutes", type=float, default=20.0, help="in which filling ends: a size that would not is left out"
    )
    parser.add_argument("--limit", type=float, default=40.0, help="minutes after which everything is stopped")
    parser.add_argument("--cold", action="store_true", help="measure right after a checkpoint, with nothing in memory")
    parser.add_argument("--json", type=Path, help="write every figure here")
    return parser.parse_args()


def grown(stack: ExitStack, folder: Path, both: Databases, plan: Plan, until: float) -> list[Filling]:
    """Fill each size, the smallest first, and leave out what would not be filled in time."""
    done: list[tuple[int, float]] = []
    made: list[Filling] = []
    with hurried(both.postgresql.url("postgres")):
        for number, size in enumerate(plan.sizes):
            expected = seconds_expected(done, size)
            if done and done[-1][0] >= LARGE and time.monotonic() + expected > until:
                print(f"{size:,} accounts left out: filling would take about {expected / 60:.0f} minutes (--minutes)")
                break
            home = folder / str(size)
            whole = stack.enter_context(installation(home, both, number, size))
            done.append((size, whole.filled.seconds))
            made.append((whole, home))
            told = f"COPY {whole.filled.copying:.0f} s, indexes {whole.filled.indexing:.0f} s, {gib(whole.filled.disk)}"
            print(f"{size:>12,} accounts filled in {whole.filled.seconds:.0f} s: {told}", flush=True)
    return made


def settled(both: Databases, fillings: Sequence[Filling]) -> None:
    """Have everything on disk and those databases run in, and put the cluster on the servers' core."""
    began = time.monotonic()
    settle(both.postgresql.url("postgres"))
    on_disk = time.monotonic()
    # The smallest last, so that where memory is short, the largest has to read again.
    for whole, _ in reversed(fillings):
        run_in(whole.services.settings.database_url, whole.town.now)
    print(f"on disk after another {on_disk - began:.0f} s, run in after {time.monotonic() - on_disk:.0f} s", flush=True)
    both.pin()


LARGE = 100_000
"""Accounts from which the time that filling took tells how long the next size will take."""


WORKERS_KINDS = (
    "client credentials, opaque",
    "authorize with a session",
    "code exchange, ES256",
    "refresh with rotation, ES256",
)


def growth(both: Databases, fillings: Sequence[Filling], chosen: argparse.Namespace) -> dict[str, Any]:
    """Serve every size and ask all of them."""
    with ExitStack() as stack:
        loads = [
            Loads(whole, stack.enter_context(served(home, both, whole)), home, chosen.seconds, (0, SHARES))
            for whole, home in fillings
        ]
        return tell("accounts", measure(loads, chosen.rounds), loads)


def clean_up_share(both: Databases, fillings: Sequence[Filling], chosen: argparse.Namespace) -> dict[str, Any]:
    """Sweep beside a load."""
    whole, home = nearest_to_a_million(fillings)
    with served(home, both, whole) as peer:
        try:
            found = clean_up(Loads(whole, peer, home, chosen.seconds))
        except NothingRemoved as failed:
            print(failed, end="\n\n", flush=True)
            return {"failed": str(failed)}
    print(told(found, peer.name), end="\n\n", flush=True)
    return asdict(found)


def two_workers(both: Databases, fillings: Sequence[Filling], chosen: argparse.Namespace) -> dict[str, Any]:
    """Serve one installation twice: by one worker and by two, all on the one core."""
    whole, home = nearest_to_a_million(fillings)
    with ExitStack() as stack:
        loads = []
        for workers in (1, 2):
            own = home / f"{workers}-workers"
            own.mkdir()
            peer = stack.enter_context(served(own, both, whole, workers))
            peer.name = str(workers)
            loads.append(Loads(whole, peer, own, chosen.seconds, (workers, SHARES)))
        return tell("workers on one core", measure(loads, chosen.rounds, WORKERS_KINDS), loads)


SHARES = 3
"""Loads that refresh tokens of one installation share none: growth, one worker, two workers."""
MEASURES: dict[str, Callable[[Databases, Sequence[Filling], argparse.Namespace], dict[str, Any]]] = {
    "growth": growth,
    "clean-up": clean_up_share,
    "workers": two_workers,
}


def nearest_to_a_million(fillings: Sequence[Filling]) -> Filling:
    """Give the largest that has no more than a million accounts, or else the smallest."""
    return max((each for each in fillings if each[0].town.accounts <= 1_000_000), key=_accounts, default=fillings[0])


def _accounts(filling: Filling) -> int:
    return filling[0].town.accounts


def measure(loads: Sequence[Loads], rounds: int, kinds: Iterable[str] = KINDS) -> Rounds:
    """Run every kind of request on each in turn, once to warm up and then ``rounds`` times."""
    found: Rounds = defaultdict(lambda: defaultdict(list))
    kinds = tuple(kinds)
    for number in range(rounds + 1):
        for kind in kinds:
            for each in loads:
                measured = each.measure(kind)
                if number:
                    found[kind][each.peer.name].append(measured)
    return found


def tell(what: str, rounds: Rounds, loads: Sequence[Loads]) -> dict[str, Any]:
    """Print the tables and give the figures as JSON members."""
    names = [each.peer.name for each in loads]
    for title, read in TOLD.items():
        rows = {kind: {name: [read(m) for m in by[name]] for name in names} for kind, by in rounds.items()}
        print(figures.table(f"{title}, by {what}", names, rows), end="\n\n", flush=True)
    return {kind: {name: [asdict(m) for m in ms] for name, ms in by.items()} for kind, by in rounds.items()}


TOLD: dict[str, Callable[[Measured], float]] = {
    "CPU ms": lambda measured: measured.cpu_ms,
    "p99 ms": lambda measured: measured.p99_ms,
}


def filled(fillings: Sequence[Filling]) -> dict[str, dict[str, float]]:
    """Give how filling went."""
    return {f"{whole.town.accounts:,}": asdict(whole.filled) for whole, _ in fillings}


if __name__ == "__main__":
    main()
