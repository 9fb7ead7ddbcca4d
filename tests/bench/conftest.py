"""A small installation, filled like a large one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.peers import PASSWORD
from bench.provider import environment
from bench.scale.fill import Filled, fill
from bench.scale.people import PORTALS, Town
from bench.scale.town import made, register
from idp.services import Services
from tests.support.services import PostgresqlServer

PEOPLE, ACTIVE = 30, 12


@contextmanager
def filled(server: PostgresqlServer, folder: Path) -> Iterator[tuple[Services, Town, Filled]]:
    with server.database() as url:
        services = made(environment(folder, database_url=url))
        portals = [register(services, place)[0] for place in range(PORTALS)]
        town = Town(services.sealer, PEOPLE, services.now(), portals, services.passwords.hash(PASSWORD), ACTIVE)
        services.database.dispose()
        try:
            yield services, town, fill(url, town)
        finally:
            services.database.dispose()


@pytest.fixture(scope="module")
def whole(
    postgresql: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Services, Town, Filled]]:
    with filled(postgresql, tmp_path_factory.mktemp("town")) as made_once:
        yield made_once
