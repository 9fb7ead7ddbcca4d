"""``python -m bench.storm``: tokens while a crowd signs in with passwords, and how much of a core is left to their hashes.

One worker, threads and hash as by default, on PostgreSQL and Redis, all on one core. Interleaved: tokens alone, sign-ins
alone, both at once.
"""

import argparse
import json
import tempfile
import threading
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.figures import spread, table
from bench.load import Measured
from bench.peers import Peer
from bench.processes import end_in_good_order, scheduled_alike
from bench.provider import motcua
from bench.scenarios import Bench
from bench.signing_in import Cost, Crowd, SignIns, hash_ms

COST = Cost(19456, 2)
"""The default of the settings ``argon2_memory_kib`` and ``argon2_time_cost``."""
THREADS = 4
"""The default of the setting ``threads``."""
AT_ONCE = 8
"""People who wait for an answer at any moment."""
TOKENS = "client credentials, ES256 JWT"
Found = dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--json", type=Path, help="write every figure here")
    chosen = parser.parse_args()
    end_in_good_order(minutes=15)
    with ExitStack() as stack:
        stack.enter_context(scheduled_alike())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-storm-")))
        folder.chmod(0o755)
        pair = (COST.memory_kib, COST.passes)
        peer = stack.enter_context(motcua(folder, "postgresql", threads=THREADS, hash_cost=pair))
        found = storm(peer, folder, chosen.rounds, chosen.seconds)
    print(told(found))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1))


def storm(peer: Peer, folder: Path, rounds: int, seconds: int) -> Found:
    """Give what each round found, by what it is."""
    crowd, bench = Crowd(peer, AT_ONCE), Bench(peer, folder, seconds)
    # Everybody's browser is known from here on: somebody new is told of by message, which is not what comes in a storm.
    crowd.sign_in(max(seconds, 8))
    bench.measure(TOKENS)
    found: Found = defaultdict(list)
    for _ in range(rounds):
        hashing = hash_ms(peer, folder, COST)
        alone, people = bench.measure(TOKENS), crowd.sign_in(seconds)
        beside, crowded = both(crowd, bench, seconds)
        _note(found, "tokens alone", alone)
        _note(found, "tokens in the storm", beside)
        found["hash, CPU ms"].append(hashing)
        found["sign-in, CPU ms"].append(people.cpu_ms)
        found["sign-ins a second"].append(people.a_second)
        found["sign-in, p99 ms"].append(people.p99_ms)
        found["share of the core that hashes"].append(hashing / people.cpu_ms)
        found["rate of what hashes alone allow"].append(people.a_second * hashing / 1000)
        found["sign-ins a second beside tokens"].append(crowded.a_second)
        found["asked to come again, for each sign-in"].append(people.refused / people.count)
    return dict(found)


def both(crowd: Crowd, bench: Bench, seconds: int) -> tuple[Measured, SignIns]:
    """Have tokens asked for while a crowd signs in, which begins before and ends after."""
    kept: dict[str, Any] = {}

    def people() -> None:
        try:
            kept["crowd"] = crowd.sign_in(seconds + 1)
        except Exception as failure:
            kept["failure"] = failure

    signing_in = threading.Thread(target=people)
    signing_in.start()
    measured = bench.measure(TOKENS)
    signing_in.join()
    if "failure" in kept:
        raise kept["failure"]
    return measured, kept["crowd"]


def _note(found: Found, what: str, measured: Measured) -> None:
    for name, value in asdict(measured).items():
        found[f"{what}, {name}"].append(value)


def told(found: Found) -> str:
    """Write medians and spans for people."""
    lines = [f"{what:40}{spread(values)!s:>34}" for what, values in found.items()]
    waits = {TOKENS: {"alone": found["tokens alone, p99_ms"], "in the storm": found["tokens in the storm, p99_ms"]}}
    return "\n".join([*lines, table("p99 ms of tokens", ["alone", "in the storm"], waits)])


if __name__ == "__main__":
    main()
