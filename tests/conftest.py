"""The strict house every test lives in: no network but loopback, a clock that stands still, private services.

Fixtures that several folders use; what only one folder needs stands in its own ``conftest.py``.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
import structlog

from tests.support import network, services
from tests.support.clock import StoppedClock
from tests.support.demo import Demo, running_demo
from tests.support.keys import import_each_key_once
from tests.support.routes import compile_each_route_once

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pytest_configure() -> None:
    network.close()
    import_each_key_once()
    compile_each_route_once()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])


def pytest_collection_finish() -> None:
    """What was imported until now stays; looking through it again and again for garbage would cost more than it frees."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> StoppedClock:
    """A clock that stands at a Monday morning in Hà Nội until the test moves it."""
    return StoppedClock()


@pytest.fixture(autouse=True)
def _no_inherited_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("MOTCUA_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[services.PostgresqlServer]:
    """A private PostgreSQL cluster, one for each test process."""
    with services.postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_address() -> Iterator[str]:
    """A private Redis, one for each test process."""
    with services.redis_server() as address:
        yield address


@pytest.fixture
def redis_url(redis_address: str) -> str:
    """The URL of an empty Redis database."""
    with redis.Redis.from_url(redis_address) as connection:
        connection.flushall()
    return f"{redis_address}/0"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def postgresql_url(postgresql: services.PostgresqlServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with postgresql.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def warm_readers() -> Iterator[None]:
    """Documents are read in processes that stay from story to story."""
    from tests.support.reading import lent_readers

    with lent_readers():
        yield


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """The one Chromium of the run; each visitor has a context of their own in it."""
    from tests.support.chromium import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """All of Motcua on SQLite alone, as `make run` starts it."""
    with running_demo() as started:
        yield started
