"""Many people signing in with passwords at once, and what the password's hash alone costs in each language.

What is told of a sign-in is what it costs beyond its hash: the hash is the same work for everybody, and dear on purpose.
"""

import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.browser import AskedToWait, Browser
from bench.figures import percentile
from bench.load import CLIENT_CORE, SERVER_CORE, cpu_seconds
from bench.peers import REDIRECT_URI, Peer
from bench.scenarios import CHALLENGE

AGAIN_AFTER = 2.0
"""Seconds after which somebody comes again at the latest, as ``Retry-After`` says."""
PYTHON_HASHES = """
import sys, time
from argon2 import PasswordHasher
memory, passes, count = map(int, sys.argv[1:])
hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1, hash_len=32, salt_len=16)
kept = hasher.hash("x")
hasher.verify(kept, "x")
began = time.process_time()
for _ in range(count):
    hasher.verify(kept, "x")
print(1000 * (time.process_time() - began) / count)
"""


@dataclass(frozen=True)
class Cost:
    """What a password's hash is made at: KiB of memory and passes over it."""

    memory_kib: int
    passes: int


@dataclass(frozen=True)
class SignIns:
    """What people signing in for some seconds found. Rates a second, CPU in milliseconds each."""

    count: int
    a_second: float
    cpu_ms: float
    p99_ms: float
    refused: int = 0
    """How often somebody was asked to come again."""


def hash_ms(peer: Peer, folder: Path, cost: Cost, count: int = 40) -> float:
    """Give the CPU milliseconds of verifying one hash with the library that a peer uses, on the servers' core."""
    numbers = [str(cost.memory_kib), str(cost.passes), str(count)]
    if peer.name == "oidc-provider":
        command, at = ["node", "hashing.mjs", *numbers], folder / "oidc_provider"
    else:
        command, at = [sys.executable, "-c", PYTHON_HASHES, *numbers], folder
    whole = ["taskset", "-c", SERVER_CORE, *command]
    return float(subprocess.run(whole, cwd=at, check=True, capture_output=True, text=True, timeout=60).stdout)


def browsers(peer: Peer) -> list[Browser]:
    """Give each person of a peer a browser of their own."""
    query = {
        "client_id": peer.clients["ES256"][0],
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid profile",
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    path = f"{peer.paths['authorize']}?{urlencode(query)}"
    return [Browser(peer.port, path, name, peer.password) for name in peer.people]


class Crowd:
    """People who sign in again and again, so many at once.

    :raises bench.browser.DidNotSignIn: from ``sign_in``, the first that anybody met.
    """

    def __init__(self, peer: Peer, at_once: int) -> None:
        self._peer = peer
        everybody = browsers(peer)
        self._groups = [everybody[place::at_once] for place in range(at_once)]

    def sign_in(self, seconds: float) -> SignIns:
        """Let everybody sign in for some seconds, one after the other in each group."""
        took: list[float] = []
        self._refused = 0
        failures: list[BaseException] = []
        until = time.monotonic() + seconds
        before, began = cpu_seconds(self._peer.all_pids), time.monotonic()
        threads = [threading.Thread(target=self._go_on, args=(group, until, took, failures)) for group in self._groups]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)
        passed, spent = time.monotonic() - began, cpu_seconds(self._peer.all_pids) - before
        if failures:
            raise failures[0]
        return SignIns(
            len(took), len(took) / passed, 1000 * spent / len(took), 1000 * percentile(took, 0.99), self._refused
        )

    def _go_on(self, group: list[Browser], until: float, took: list[float], failures: list[BaseException]) -> None:
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
        place = 0
        try:
            while time.monotonic() < until and not failures:
                try:
                    took.append(group[place % len(group)].sign_in())
                    place += 1
                except AskedToWait:
                    self._refused += 1
                    time.sleep(AGAIN_AFTER * random.uniform(0.5, 1))
        except Exception as failure:
            failures.append(failure)
