"""``python -m bench.scale``: what requests cost as accounts grow, what clean-up takes, and what a second worker adds.

Fills private databases by COPY, one for each size, and asks all of them in interleaved rounds.
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
from bench.processes import end_in_good_order
from bench.provider import Databases, databases
from bench.scale.cleanup import NothingRemoved, clean_up, told
from bench.scale.fill import settle
from bench.scale.loads import KINDS, Loads
from bench.scale.plan import SIZES, DiskTooSmall, Plan, gib, parse_sizes, seconds_expected
from bench.scale.town import Installation, installation, served

POSTGRESQL = (
    "listen_addresses=127.0.0.1",
    "max_connections=60",
    "shared_buffers=1GB",
    "max_wal_size=4GB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "log_min_messages=fatal",
)
"""Commits wait for the disk as everywhere. No log of what COPY writes; no vacuum that would start while others measure:
what clean-up costs is measured by itself."""
Rounds = dict[str, dict[str, list[Measured]]]


def main() -> None:
    """Fill, measure and print."""
    chosen = _options()
    end_in_good_order(chosen.limit)
    plan = Plan(chosen.accounts)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-scale-")))
        folder.chmod(0o755)
        try:
            print(plan.check(folder), flush=True)
        except DiskTooSmall as small:
            raise SystemExit(f"too little room: {small}") from None
        both = stack.enter_context(databases(POSTGRESQL))
        until = time.monotonic() + 60 * chosen.minutes
        loads = grown(stack, folder, both, plan, until, chosen.seconds)
        found: dict[str, Any] = {"filled": filled(loads), "load average": os.getloadavg()}
        rounds = measure(loads, chosen.rounds)
        found["growth"] = tell("accounts", rounds, loads)
        keep(found, chosen.json)
        try:
            swept = clean_up(max(loads[:2], key=lambda each: each.installation.town.accounts))
            print(told(swept), end="\n\n", flush=True)
            found["clean-up"] = asdict(swept)
        except NothingRemoved as failed:
            print(failed, end="\n\n", flush=True)
        keep(found, chosen.json)
        pair = two_workers(stack, folder, both, chosen.seconds)
        found["workers"] = tell("workers on one core", measure(pair, chosen.rounds, WORKERS_KINDS), pair)
        keep(found, chosen.json)


def keep(found: dict[str, Any], path: Path | None) -> None:
    """Write what was found so far: what comes later may be stopped."""
    if path:
        path.write_text(json.dumps(found, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--accounts", type=parse_sizes, default=SIZES, help="sizes, separated by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run")
    parser.add_argument(
        "--minutes", type=float, default=12.0, help="in which filling ends: a size that would not is left out"
    )
    parser.add_argument("--limit", type=float, default=25.0, help="minutes after which everything is stopped")
    parser.add_argument("--json", type=Path, help="write every figure here")
    return parser.parse_args()


def grown(stack: ExitStack, folder: Path, both: Databases, plan: Plan, until: float, seconds: float) -> list[Loads]:
    """Fill and serve each size, the smallest first, and leave out what would not be filled in time."""
    done: list[tuple[int, float]] = []
    made: list[tuple[Installation, Path]] = []
    for number, size in enumerate(plan.sizes):
        expected = seconds_expected(done, size)
        if done and done[-1][0] >= LARGE and time.monotonic() + expected > until:
            print(f"{size:,} accounts left out: filling would take about {expected / 60:.0f} minutes (--minutes)")
            break
        began = time.monotonic()
        home = folder / str(size)
        filled = stack.enter_context(installation(home, both, number, size))
        done.append((size, time.monotonic() - began))
        made.append((filled, home))
        took = f"{filled.filled.copying:.0f} s of COPY, {filled.filled.indexing:.0f} s of indexes"
        print(f"{size:>12,} accounts filled: {took}, {gib(filled.filled.disk)}", flush=True)
    began = time.monotonic()
    settle(made[-1][0].services.settings.database_url)
    print(f"{'':>12} on disk after another {time.monotonic() - began:.0f} s", flush=True)
    both.pin()
    return [Loads(filled, stack.enter_context(served(home, both, filled)), home, seconds) for filled, home in made]


LARGE = 100_000
"""Accounts from which the time that filling took tells how long the next size will take."""


WORKERS_KINDS = (
    "client credentials, opaque",
    "authorize with a session",
    "code exchange, ES256",
    "refresh with rotation, ES256",
)


def two_workers(stack: ExitStack, folder: Path, both: Databases, seconds: float) -> list[Loads]:
    """Serve one small installation twice: by one worker and by two, all on the one core."""
    home = folder / "workers"
    shared = stack.enter_context(installation(home, both, 15, SIZES[0]))
    settle(shared.services.settings.database_url)
    loads = []
    for workers in (1, 2):
        own = home / str(workers)
        own.mkdir()
        peer = stack.enter_context(served(own, both, shared, workers))
        peer.name = str(workers)
        loads.append(Loads(shared, peer, own, seconds, (workers - 1, 2)))
    return loads


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


def filled(loads: Sequence[Loads]) -> dict[str, dict[str, float]]:
    """Give how filling went."""
    return {each.peer.name: asdict(each.installation.filled) for each in loads}


if __name__ == "__main__":
    main()
