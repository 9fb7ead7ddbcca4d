"""``python -m bench``: our provider beside the certified Node provider, interleaved rounds, one table of ratios."""

import argparse
import json
import statistics
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from bench.load import Measured, resident_mib
from bench.peers import motcua, oidc_provider
from bench.scenarios import AT_LEAST, SCENARIOS, Bench


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run")
    parser.add_argument("--algorithm", choices=("RS256", "ES256"), default="RS256", help="of ID tokens")
    parser.add_argument("--json", type=Path, help="write every figure here")
    chosen = parser.parse_args()
    figures: dict[str, dict[str, list[Measured]]] = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-bench-")))
        folder.chmod(0o755)
        benches = []
        for name, make in (
            ("oidc-provider", lambda at: oidc_provider(at, chosen.algorithm)),
            ("motcua-sqlite", lambda at: motcua(at, "sqlite", chosen.algorithm)),
            ("motcua-postgresql", lambda at: motcua(at, "postgresql", chosen.algorithm)),
        ):
            own = folder / name
            own.mkdir(mode=0o755)
            benches.append(Bench(stack.enter_context(make(own)), own, chosen.seconds))
        for bench in benches:  # warm-up: what is compiled, cached or connected at first use
            warm = Bench(bench.peer, bench.folder, 2)
            for scenario in SCENARIOS:
                warm.measure(scenario)
        for _ in range(chosen.rounds):
            for scenario in SCENARIOS:
                for bench in benches:
                    figures[scenario][bench.peer.name].append(bench.measure(scenario))
        _print(figures, {bench.peer.name: resident_mib(bench.peer.pids) for bench in benches})
    if chosen.json:
        plain = {s: {p: [m.__dict__ for m in ms] for p, ms in by.items()} for s, by in figures.items()}
        chosen.json.write_text(json.dumps(plain, indent=1))


def _print(figures: dict[str, dict[str, list[Measured]]], memory: dict[str, float]) -> None:
    peers = list(memory)
    print(
        f"{'CPU ms per request, median (min-max)':38}"
        + "".join(f"{peer:>28}" for peer in peers)
        + "   ratios   at least"
    )
    for scenario, by_peer in figures.items():
        medians = {peer: statistics.median(m.cpu_ms for m in by_peer[peer]) for peer in peers}
        cells = ""
        for peer in peers:
            costs = [m.cpu_ms for m in by_peer[peer]]
            cells += f"{medians[peer]:>12.3f} ({min(costs):.3f}-{max(costs):.3f})"
        ratios = " ".join(f"{medians[peers[0]] / medians[peer]:6.2f}" for peer in peers[1:])
        print(f"{scenario:38}{cells}  {ratios}   {AT_LEAST[scenario]}")
    print()
    for scenario, by_peer in figures.items():
        p99 = "".join(f"{statistics.median(m.p99_ms for m in by_peer[peer]):>28.1f}" for peer in peers)
        errors = "".join(f"{sum(m.errors for m in by_peer[peer]):>6}" for peer in peers)
        print(f"{scenario + ', p99 ms':38}{p99}   errors {errors}")
    print(f"{'resident MiB':38}" + "".join(f"{memory[peer]:>28.0f}" for peer in peers))


if __name__ == "__main__":
    main()
