"""Starts our own provider as an operator runs it: on SQLite alone, or on PostgreSQL and Redis."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import CHEAP, PEOPLE, Peer
from bench.processes import free_port, listening_pid, pin, pinned, wait_for
from tests.support import services as private
from tests.support.services import PostgresqlServer

ROOT = Path(__file__).parent.parent
DURABLE = ("listen_addresses=127.0.0.1", "max_connections=50", "shared_buffers=128MB", "log_min_messages=fatal")
"""PostgreSQL's own defaults where it matters: every commit waits for the disk."""
PATHS = {
    "jwks": "/jwks",
    "authorize": "/authorize",
    "token": "/token",
    "userinfo": "/userinfo",
    "introspect": "/introspect",
}


@dataclass(frozen=True)
class Databases:
    """A PostgreSQL cluster and a Redis with an append-only file, asked through their sockets as on a machine of one's own."""

    postgresql: PostgresqlServer
    redis_socket: Path
    pids: tuple[int, int]
    """The cluster's and Redis's."""

    def redis_url(self, number: int = 0) -> str:
        """Give the URL of one of Redis's databases."""
        return f"unix://{self.redis_socket}?db={number}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of a new database that is dropped afterwards."""
        with self.postgresql.database() as url:
            yield self.postgresql.through_socket(url)

    def pin(self) -> None:
        """Put both on the servers' core, with every connection that is made from now on."""
        for pid in self.pids:
            pin(pid)


@contextmanager
def databases(settings: Sequence[str] = DURABLE) -> Iterator[Databases]:
    """Run both in temporary folders."""
    with private.temporary_folder("sockets") as folder, private.postgresql_server(settings) as server:
        socket = folder / "redis.sock"
        options = ("--appendonly", "yes", "--appendfsync", "everysec", "--unixsocket", str(socket))
        with private.redis_server(options) as redis_url:
            pids = listening_pid(server.port), listening_pid(int(redis_url.rpartition(":")[2]))
            yield Databases(server, socket, pids)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Give the settings of a provider of its own in a folder; further ones by name, in small letters."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    chosen = {
        "home": str(folder / "home"),
        "issuer": "https://dangnhap.example",
        "console_url": "https://dieuhanh.example",
        "key_encryption_key_file": str(folder / "key" / "key-encryption-key"),
        **settings,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")}
    return {
        **inherited,
        **{f"MOTCUA_{name.upper()}": value for name, value in chosen.items()},
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def serving(
    folder: Path, settings: Mapping[str, str], port: int, workers: int = 1, threads: int = 2
) -> Iterator[tuple[list[int], float]]:
    """Serve on a port of loopback; gives the processes, and the seconds from the command to the first answer."""
    command = [sys.executable, "-m", "wsgi", "serve", "idp", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--threads", str(threads)]
    with (folder / "idp.log").open("w") as log:
        began = time.monotonic()
        with pinned(command, env=settings, stdout=log, stderr=log, cwd=ROOT) as process:
            wait_for(f"http://127.0.0.1:{port}/jwks")
            yield [process.pid], time.monotonic() - began


@contextmanager
def motcua(
    folder: Path, storage: str = "sqlite", workers: int = 1, threads: int = 2, hash_cost: tuple[int, int] = CHEAP
) -> Iterator[Peer]:
    """A provider with people, an open session and the clients that the scenarios ask with."""
    settings: dict[str, str] = {}
    port = free_port()
    with ExitStack() as stack:
        pids: tuple[int, ...] = ()
        if storage == "postgresql":
            both = stack.enter_context(databases())
            both.pin()
            settings["database_url"] = stack.enter_context(both.database())
            settings["redis_url"], pids = both.redis_url(), both.pids
        cost = dict(zip(("argon2_memory_kib", "argon2_time_cost"), map(str, hash_cost), strict=True))
        whole = environment(folder, **cost, **settings)
        seed = [sys.executable, "-m", "bench.seed"]
        said = subprocess.run(seed, env=whole, check=True, capture_output=True, text=True, timeout=60).stdout
        known = json.loads(said)
        served, took = stack.enter_context(serving(folder, whole, port, workers, threads))
        clients = {name: (pair[0], pair[1]) for name, pair in known["clients"].items()}
        yield Peer(f"motcua-{storage}", port, served, clients, known["cookie"], PATHS, list(pids), took, PEOPLE)
