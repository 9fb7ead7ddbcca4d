"""Starts what is compared with: the certified Node provider. What a peer is, ours too (``provider``), is said here."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import ECKey, RSAKey

from bench.processes import free_port, listening_pid, pinned, until_listens, wait_for

HERE = Path(__file__).parent
REDIRECT_URI = "https://portal.example/callback"
ALGORITHMS = ("RS256", "ES256")
"""Of ID tokens; a client for each."""
PASSWORD = "mưa rơi trên mái ngói cũ"
PEOPLE = tuple(f"+849120000{number:02d}" for number in range(40))
"""Who signs in with a password, by phone."""
CHEAP = (8192, 1)
"""KiB and passes of the password's hash that sign-ins are compared at: what is beyond the hash stands out."""


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
    people: Sequence[str] = ()
    """Names that sign in with ``password``."""
    password: str = PASSWORD

    @property
    def all_pids(self) -> list[int]:
        """The server's processes and its databases'."""
        return [*self.pids, *self.databases]


@contextmanager
def oidc_provider(folder: Path, hash_cost: tuple[int, int] = CHEAP) -> Iterator[Peer]:
    """The certified Node provider on Redis with an append-only file, synchronised every second."""
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=_copy(folder), check=True, timeout=180)
    port, redis_port = free_port(), free_port()
    keys = [
        RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True).as_dict(private=True),
        ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True).as_dict(private=True),
    ]
    clients = [_node_client(algorithm) for algorithm in ALGORITHMS]
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]
    redis += ["--unixsocket", str(folder / "redis.sock")]
    redis += ["--appendfsync", "everysec", "--dir", str(folder), "--logfile", str(folder / "redis.log")]
    server = [
        "node",
        "server.mjs",
        str(port),
        str(folder / "redis.sock"),
        json.dumps({"keys": keys}),
        json.dumps(clients),
        json.dumps({"people": PEOPLE, "password": PASSWORD, "memoryCost": hash_cost[0], "timeCost": hash_cost[1]}),
    ]
    with ExitStack() as stack:
        stack.enter_context(pinned(redis))
        until_listens(redis_port)
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
            people=PEOPLE,
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
    for name in ("package.json", "server.mjs", "hashing.mjs"):
        (target / name).write_bytes((HERE / "oidc_provider" / name).read_bytes())
    return target
