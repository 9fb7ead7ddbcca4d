"""Databases with every table made, for the repositories' suites."""

from collections.abc import Iterator

import pytest

from idp.store.database import Database
from idp.store.tables import metadata


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with every table, empty; the test runs once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    metadata.create_all(opened.engine)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A SQLite file with every table, empty."""
    opened = Database(sqlite_url)
    metadata.create_all(opened.engine)
    yield opened
    opened.dispose()
