"""``python -m bench``: our provider beside the certified Node provider, interleaved rounds, one table of ratios.

Ends within ten minutes: a round that would not end in time is left out, and said so.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.bare import LIMITS, bare
from bench.figures import spread
from bench.load import Measured, resident_mib
from bench.peers import CHEAP, oidc_provider
from bench.processes import end_in_good_order, scheduled_alike
from bench.provider import motcua
from bench.scenarios import SCENARIOS, Bench
from bench.signing_in import Cost, Crowd, hash_ms

PEERS: dict[str, Callable[[Path], Any]] = {
    "oidc-provider": oidc_provider,
    "motcua-sqlite": lambda at: motcua(at, "sqlite"),
    "motcua-postgresql": lambda at: motcua(at, "postgresql"),
}
"""The first is the one that the others are compared with."""
SIGN_IN, SIGN_IN_AT_LEAST = "password sign-in, beyond its hash", 1.5
HASH = "the hash alone, CPU ms"
PEOPLE_AT_ONCE = 4
Figures = dict[str, dict[str, list[Measured]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run")
    parser.add_argument("--minutes", type=float, default=9.5, help="after which no further round begins")
    parser.add_argument("--json", type=Path, help="write every figure here")
    chosen = parser.parse_args()
    end_in_good_order(minutes=15)
    until = time.monotonic() + 60 * chosen.minutes
    with ExitStack() as stack:
        stack.enter_context(scheduled_alike())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-bench-")))
        folder.chmod(0o755)
        benches = []
        for name, make in PEERS.items():
            own = folder / name
            own.mkdir(mode=0o755)
            benches.append(Bench(stack.enter_context(make(own)), own, chosen.seconds))
        limits = [
            Bench(stack.enter_context(bare(folder, name, *how)), folder, chosen.seconds) for name, how in LIMITS.items()
        ]
        figures = measure(benches, limits, chosen.rounds, until)
        once = {
            "resident MiB after the load": [resident_mib(bench.peer.pids) for bench in benches],
            "seconds from start to first answer": [bench.peer.start_seconds for bench in benches],
            "load average of the machine": list(os.getloadavg()),
        }
    show(figures)
    for label, values in once.items():
        print(f"{label:38}" + "".join(f"{value:>28.2f}" for value in values))
    if chosen.json:
        plain = {s: {p: [asdict(m) for m in ms] for p, ms in by.items()} for s, by in figures.items()}
        chosen.json.write_text(json.dumps({"scenarios": plain, **once}, indent=1))


def measure(benches: Sequence[Bench], limits: Sequence[Bench], rounds: int, until: float) -> Figures:
    """Run every scenario on every peer in turn, after a warm-up: what is compiled, cached or connected at first use.

    :param until: of the monotonic clock; no round begins that would not end before.
    """
    crowds = [Crowd(bench.peer, PEOPLE_AT_ONCE) for bench in benches]
    for bench, crowd in zip(benches, crowds, strict=True):
        warm = Bench(bench.peer, bench.folder, 2)
        for scenario in SCENARIOS:
            warm.measure(scenario)
        crowd.sign_in(4)
    figures: Figures = defaultdict(lambda: defaultdict(list))
    took = 0.0
    for number in range(rounds):
        began = time.monotonic()
        if began + took > until:
            print(f"{rounds - number} of {rounds} rounds left out: they would not have ended in time")
            break
        for scenario in SCENARIOS:
            for bench in [*benches, *(limits if scenario == "discovery" else ())]:
                figures[scenario][bench.peer.name].append(bench.measure(scenario))
        for bench, crowd in zip(benches, crowds, strict=True):
            hashing, beyond = sign_in(bench, crowd)
            figures[SIGN_IN][bench.peer.name].append(beyond)
            figures[HASH][bench.peer.name].append(hashing)
        took = time.monotonic() - began
    return figures


def sign_in(bench: Bench, crowd: Crowd) -> tuple[Measured, Measured]:
    """Give what a hash costs, and what a whole sign-in costs beyond it: the portal's request, page, form, code."""
    hashing = hash_ms(bench.peer, bench.folder, Cost(*CHEAP))
    people = crowd.sign_in(2 * bench.seconds)
    return Measured(0, 0, hashing, 0), Measured(people.count, 0, people.cpu_ms - hashing, people.p99_ms)


def show(figures: Figures) -> None:
    """Print the table: how many times cheaper ours is stands behind the costs."""
    peers = list(PEERS)
    print(f"{'CPU ms, median (min-max)':38}" + "".join(f"{peer:>28}" for peer in peers) + "   ratios   at least")
    for scenario, by_peer in figures.items():
        spreads = [spread([m.cpu_ms for m in by_peer[peer]]) for peer in peers]
        ratios = " ".join(f"{spreads[0].middle / each.middle:6.2f}" for each in spreads[1:])
        least = SCENARIOS[scenario].at_least if scenario in SCENARIOS else SIGN_IN_AT_LEAST * (scenario == SIGN_IN)
        print(f"{scenario:38}" + "".join(f"{each!s:>28}" for each in spreads) + f"  {ratios}   {least or ''}")
    for limit in LIMITS:
        print(f"{'limit: ' + limit:38}{spread([m.cpu_ms for m in figures['discovery'][limit]])!s:>28}")
    print("client credentials, RS256 JWT: not applicable, access tokens are ES256 JWTs or opaque\n")
    for scenario, by_peer in figures.items():
        if scenario == HASH:
            continue
        p99 = "".join(f"{statistics.median(m.p99_ms for m in by_peer[peer]):>28.1f}" for peer in peers)
        errors = "".join(f"{sum(m.errors for m in by_peer[peer]):>6}" for peer in peers)
        print(f"{scenario + ', p99 ms':38}{p99}   errors {errors}")


if __name__ == "__main__":
    main()
