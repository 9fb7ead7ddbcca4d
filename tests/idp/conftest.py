"""Databases of the provider with every table made, and the provider itself, for every story below this folder.

The tables are made once for each kind of database. A test gets a copy of SQLite's, and the PostgreSQL database itself
after all its rows were deleted: both take milliseconds.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.store.database import Database
from tests.support.certificates import Office
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider
from tests.support.services import PostgresqlServer
from tests.support.tables import empty_tables, make_tables


@pytest.fixture(scope="session")
def postgresql_with_tables(postgresql: PostgresqlServer) -> str:
    """The URL of a PostgreSQL database with every table."""
    url = postgresql.url(postgresql.create())
    database = Database(url)
    make_tables(database)
    database.dispose()
    return url


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file with every table, empty."""
    database = Database(f"sqlite:///{tmp_path / 'idp.sqlite'}")
    make_tables(database)
    yield database
    database.dispose()


@pytest.fixture
def on_postgresql(postgresql_with_tables: str) -> Iterator[Database]:
    """A PostgreSQL database with every table, empty."""
    database = Database(postgresql_with_tables)
    empty_tables(database)
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("on_postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Database:
    """A database with every table, empty; the test runs once on SQLite and once on PostgreSQL."""
    opened: Database = request.getfixturevalue(request.param)
    return opened


@pytest.fixture
def plain_provider(tmp_path: Path, clock: StoppedClock) -> Iterator[Provider]:
    """A provider on SQLite in memory, with keys and nobody in it."""
    made = make_provider(tmp_path, clock)
    yield made
    made.services.validations.close()
    made.services.database.dispose()


@pytest.fixture
def provider(plain_provider: Provider) -> Provider:
    """The provider of a story; a folder may have it made otherwise."""
    return plain_provider


@pytest.fixture
def portal(provider: Provider) -> Portal:
    """A portal of the first party."""
    return provider.portal()


@pytest.fixture
def office(provider: Provider) -> Office:
    """The provider's authority, after the ceremony."""
    return Office(provider.services)
