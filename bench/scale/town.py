"""One size of installation: a database filled with so many accounts, its keys and portals, and the provider that serves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import PASSWORD, REDIRECT_URI, Peer
from bench.processes import free_port
from bench.provider import PATHS, Databases, environment, serving
from bench.scale.fill import Filled, fill
from bench.scale.people import PORTALS, SCOPES, Town
from idp.domain import registration
from idp.domain.clients import Client
from idp.domain.key_rotation import rotate_keys
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store.tables import create_all
from keys.sealing import make_key_file

SETTINGS = {"access_token_lifetime": "3600", "code_lifetime": "600"}
"""Tokens and codes are made before a run and asked about in it."""


@dataclass(frozen=True)
class Installation:
    """One size, filled."""

    town: Town
    services: Services
    """In this process, on the same database: what makes tokens for the load, and looks names up."""
    portals: tuple[tuple[str, str], ...]
    """Identifier and secret of each portal, in the town's order."""
    environment: dict[str, str]
    filled: Filled


@contextmanager
def installation(folder: Path, both: Databases, number: int, accounts: int) -> Iterator[Installation]:
    """Fill a new database of the cluster, dropped afterwards.

    :param number: of the Redis database.
    """
    folder.mkdir(mode=0o755)
    with both.postgresql.database() as url:
        given = {"database_url": both.postgresql.through_socket(url), "redis_url": both.redis_url(number), **SETTINGS}
        settings = environment(folder, **given)
        services = made(settings)
        try:
            registered = [register(services, place) for place in range(PORTALS)]
            town = Town(
                services.sealer,
                accounts,
                services.now(),
                [client for client, _ in registered],
                services.passwords.hash(PASSWORD),
            )
            # What forks to fill must not share a connection with those that go on here.
            services.database.dispose()
            portals = tuple((client.client_id, secret) for client, secret in registered)
            yield Installation(town, services, portals, settings, fill(url, town))
        finally:
            services.database.dispose()


@contextmanager
def served(folder: Path, both: Databases, filled: Installation, workers: int = 1) -> Iterator[Peer]:
    """Serve an installation."""
    port = free_port()
    with serving(folder, filled.environment, port, workers) as (pids, took):
        clients = {"opaque": filled.portals[-1], "RS256": filled.portals[0]}
        yield Peer(f"{filled.town.accounts:,}", port, pids, clients, "", PATHS, list(both.pids), took)


def made(settings: dict[str, str]) -> Services:
    """Give the parts of a provider with its tables and keys, from the settings that its processes get."""
    names = {name.removeprefix("MOTCUA_").lower(): value for name, value in settings.items() if "MOTCUA_" in name}
    make_key_file(Path(names["key_encryption_key_file"]))
    services = make_services(Settings(**names))  # type: ignore[arg-type]
    create_all(services.database.engine)
    rotate_keys(services)
    return services


def register(services: Services, place: int) -> tuple[Client, str]:
    """Register a portal that needs the person's agreement; the last one's access tokens are opaque."""
    metadata = {
        "client_name": f"Cổng số {place}",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": " ".join([*SCOPES, "ended:read"]),
        "id_token_signed_response_alg": "ES256",
        **({"access_token_format": "opaque"} if place == PORTALS - 1 else {}),
    }
    made = registration.register(services, metadata, by_administrator=True, actor=("operator", "bench"))
    return made.client, made.client_secret or ""
