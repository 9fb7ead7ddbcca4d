"""Databases of the provider with every table made, for every story below this folder.

The tables are made once for each kind of database. A test gets a copy of the SQLite file, and the PostgreSQL database
itself after all its rows were deleted: both take milliseconds.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.store.database import Database
from idp.store.tables import create_all, every_metadata
from tests.support.services import PostgresqlServer


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied."""
    file = tmp_path_factory.mktemp("template") / "idp.sqlite"
    _make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_with_tables(postgresql: PostgresqlServer) -> str:
    """The URL of a PostgreSQL database with every table."""
    url = postgresql.url(postgresql.create())
    _make_tables(url)
    return url


def _make_tables(url: str) -> None:
    database = Database(url)
    create_all(database.engine)
    database.dispose()


@pytest.fixture
def sqlite(sqlite_with_tables: Path, tmp_path: Path) -> Iterator[Database]:
    """A SQLite file with every table, empty."""
    file = shutil.copy(sqlite_with_tables, tmp_path / "idp.sqlite")
    database = Database(f"sqlite:///{file}")
    yield database
    database.dispose()


@pytest.fixture
def on_postgresql(postgresql_with_tables: str) -> Iterator[Database]:
    """A PostgreSQL database with every table, empty."""
    database = Database(postgresql_with_tables)
    with database.write() as connection:
        for table in reversed([table for each in every_metadata for table in each.sorted_tables]):
            connection.execute(table.delete())
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("on_postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Database:
    """A database with every table, empty; the test runs once on SQLite and once on PostgreSQL."""
    opened: Database = request.getfixturevalue(request.param)
    return opened
