"""``python -m bench``: our provider beside the certified Node provider, interleaved rounds, one table of ratios."""

import argparse
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.load import Measured, resident_mib
from bench.peers import oidc_provider
from bench.provider import motcua
from bench.scenarios import SCENARIOS, Bench

PEERS = {
    "oidc-provider": oidc_provider,
    "motcua-sqlite": lambda at: motcua(at, "sqlite"),
    "motcua-postgresql": lambda at: motcua(at, "postgresql"),
}
"""The first is the one that the others are compared with."""
Figures = dict[str, dict[str, list[Measured]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run")
    parser.add_argument("--json", type=Path, help="write every figure here")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-bench-")))
        folder.chmod(0o755)
        benches = []
        for name, make in PEERS.items():
            own = folder / name
            own.mkdir(mode=0o755)
            benches.append(Bench(stack.enter_context(make(own)), own, chosen.seconds))
        figures = measure(benches, chosen.rounds)
        once = {
            "resident MiB after the load": [resident_mib(bench.peer.pids) for bench in benches],
            "seconds from start to first answer": [bench.peer.start_seconds for bench in benches],
        }
    _print(figures)
    for label, values in once.items():
        print(f"{label:38}" + "".join(f"{value:>28.2f}" for value in values))
    if chosen.json:
        plain = {s: {p: [m.__dict__ for m in ms] for p, ms in by.items()} for s, by in figures.items()}
        chosen.json.write_text(json.dumps({"scenarios": plain, **once}, indent=1))


def measure(benches: Sequence[Bench], rounds: int) -> Figures:
    """Run every scenario on every peer in turn, after a warm-up: what is compiled, cached or connected at first use."""
    for bench in benches:
        warm = Bench(bench.peer, bench.folder, 2)
        for scenario in SCENARIOS:
            warm.measure(scenario)
    figures: Figures = defaultdict(lambda: defaultdict(list))
    for _ in range(rounds):
        for scenario in SCENARIOS:
            for bench in benches:
                figures[scenario][bench.peer.name].append(bench.measure(scenario))
    return figures


def _print(figures: Figures) -> None:
    peers = list(PEERS)
    print(
        f"{'CPU ms per request, median (min-max)':38}"
        + "".join(f"{peer:>28}" for peer in peers)
        + "   ratios   at least"
    )
    for scenario, by_peer in figures.items():
        costs = {peer: [m.cpu_ms for m in by_peer[peer]] for peer in peers}
        medians = [statistics.median(costs[peer]) for peer in peers]
        cells = "".join(
            f"{middle:>13.3f} ({min(each):.3f}-{max(each):.3f})"
            for middle, each in zip(medians, costs.values(), strict=True)
        )
        ratios = " ".join(f"{medians[0] / middle:6.2f}" for middle in medians[1:])
        print(f"{scenario:38}{cells}  {ratios}   {SCENARIOS[scenario].at_least}")
    print()
    for scenario, by_peer in figures.items():
        p99 = "".join(f"{statistics.median(m.p99_ms for m in by_peer[peer]):>28.1f}" for peer in peers)
        errors = "".join(f"{sum(m.errors for m in by_peer[peer]):>6}" for peer in peers)
        print(f"{scenario + ', p99 ms':38}{p99}   errors {errors}")


if __name__ == "__main__":
    main()
