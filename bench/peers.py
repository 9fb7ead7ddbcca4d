"""Starts what is measured: our provider, the certified Node provider, and bare callables that show the limit."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from joserfc.jwk import ECKey, RSAKey

from bench.load import SERVER_CORE
from tests.support import services as private

HERE = Path(__file__).parent
REDIRECT_URI = "https://portal.example/callback"
ALGORITHMS = ("RS256", "ES256")
"""Of ID tokens; a client for each."""
DURABLE = ("listen_addresses=127.0.0.1", "max_connections=50", "shared_buffers=128MB", "log_min_messages=fatal")
"""PostgreSQL's own defaults where it matters: every commit waits for the disk."""


@dataclass
class Peer:
    """Something that listens, and what a load needs to know to speak to it."""

    name: str
    port: int
    pids: list[int]
    clients: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Identifier and secret by what is particular: the ID token's algorithm, or ``opaque`` access tokens."""
    cookie: str = ""
    paths: dict[str, str] = field(default_factory=dict)
    databases: list[int] = field(default_factory=list)
    start_seconds: float = 0.0
    """From the command to the first answer."""

    @property
    def all_pids(self) -> list[int]:
        """The server's processes and its databases'."""
        return [*self.pids, *self.databases]


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def pinned(command: Sequence[str], **options: object) -> Iterator["subprocess.Popen[str]"]:
    """Run a command on the servers' core."""
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], text=True, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(address: str) -> None:
    """Wait until an address answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urlopen(address, timeout=2) as answer:
                answer.read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def listening_pid(port: int) -> int:
    """Give the process that listens on a port of loopback (its parent where several share it)."""
    said = subprocess.run(["ss", "-ltnpH", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    return int(said.partition("pid=")[2].partition(",")[0])


@contextmanager
def oidc_provider(folder: Path) -> Iterator[Peer]:
    """The certified Node provider on Redis with an append-only file, synchronised every second."""
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=_copy(folder), check=True)
    port, redis_port = free_port(), free_port()
    keys = [
        RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True).as_dict(private=True),
        ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True).as_dict(private=True),
    ]
    clients = [_node_client(algorithm) for algorithm in ALGORITHMS]
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]
    redis += ["--appendfsync", "everysec", "--dir", str(folder), "--logfile", str(folder / "redis.log")]
    server = [
        "node",
        "server.mjs",
        str(port),
        f"redis://127.0.0.1:{redis_port}",
        json.dumps({"keys": keys}),
        json.dumps(clients),
    ]
    with ExitStack() as stack:
        stack.enter_context(pinned(redis))
        _until_listens(redis_port)
        environment = {**os.environ, "NODE_ENV": "production"}
        began = time.monotonic()
        started = stack.enter_context(
            pinned(
                server, cwd=folder / "oidc_provider", env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        )
        assert started.stdout is not None
        ready = started.stdout.readline()
        while ready and not ready.startswith("READY"):
            ready = started.stdout.readline()
        wait_for(f"http://127.0.0.1:{port}/jwks")
        took = time.monotonic() - began
        paths = {
            "jwks": "/jwks",
            "authorize": "/auth",
            "token": "/token",
            "userinfo": "/me",
            "introspect": "/token/introspection",
        }
        yield Peer(
            "oidc-provider",
            port,
            [listening_pid(port)],
            {algorithm: _credentials(client) for algorithm, client in zip(ALGORITHMS, clients, strict=True)},
            ready.split()[1],
            paths,
            databases=[listening_pid(redis_port)],
            start_seconds=took,
        )


def _credentials(client: dict[str, object]) -> tuple[str, str]:
    return str(client["client_id"]), str(client["client_secret"])


def _node_client(algorithm: str) -> dict[str, object]:
    return {
        "client_id": f"bench-{algorithm}",
        "client_secret": secrets.token_urlsafe(32),
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "scope": "openid profile offline_access api:read",
        "id_token_signed_response_alg": algorithm,
    }


def _copy(folder: Path) -> Path:
    target = folder / "oidc_provider"
    target.mkdir(exist_ok=True)
    for name in ("package.json", "server.mjs"):
        (target / name).write_bytes((HERE / "oidc_provider" / name).read_bytes())
    return target


def _until_listens(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


@contextmanager
def motcua(folder: Path, storage: str = "sqlite", workers: int = 1) -> Iterator[Peer]:
    """Our provider as an operator runs it, on SQLite alone or on PostgreSQL, which forces each commit to disk, and Redis."""
    home, key = folder / "home", folder / "key" / "key-encryption-key"
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environment = {
        **os.environ,
        "MOTCUA_HOME": str(home),
        "MOTCUA_ISSUER": "https://dangnhap.example",
        "MOTCUA_CONSOLE_URL": "https://dieuhanh.example",
        "MOTCUA_KEY_ENCRYPTION_KEY_FILE": str(key),
        "PYTHONPATH": str(HERE.parent),
    }
    with ExitStack() as stack:
        databases: list[int] = []
        if storage == "postgresql":
            server = stack.enter_context(private.postgresql_server(DURABLE))
            environment["MOTCUA_DATABASE_URL"] = stack.enter_context(server.database())
            redis_url = stack.enter_context(private.redis_server(("--appendonly", "yes", "--appendfsync", "everysec")))
            environment["MOTCUA_REDIS_URL"] = f"{redis_url}/0"
            databases = [
                listening_pid(_port_of(environment["MOTCUA_DATABASE_URL"])),
                listening_pid(_port_of(redis_url)),
            ]
            for pid in databases:
                subprocess.run(["taskset", "-a", "-cp", SERVER_CORE, str(pid)], check=True, capture_output=True)
        seed = [sys.executable, "-m", "bench.seed"]
        said = subprocess.run(seed, env=environment, check=True, capture_output=True, text=True).stdout
        known = json.loads(said)
        command = [sys.executable, "-m", "wsgi", "serve", "idp", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--workers", str(workers), "--threads", "2"]
        log = stack.enter_context((folder / "idp.log").open("w"))
        began = time.monotonic()
        stack.enter_context(pinned(command, env=environment, stdout=log, stderr=log, cwd=HERE.parent))
        wait_for(f"http://127.0.0.1:{port}/jwks")
        took = time.monotonic() - began
        paths = {
            "jwks": "/jwks",
            "authorize": "/authorize",
            "token": "/token",
            "userinfo": "/userinfo",
            "introspect": "/introspect",
        }
        yield Peer(
            f"motcua-{storage}",
            port,
            [listening_pid(port)],
            {name: (pair[0], pair[1]) for name, pair in known["clients"].items()},
            known["cookie"],
            paths,
            databases=databases,
            start_seconds=took,
        )


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])
