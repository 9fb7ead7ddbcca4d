"""A provider's database and seal for the stories of accounts, and people who live in them."""

from collections.abc import Callable, Iterator

import pytest

from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.store.database import Database
from idp.store.tables import metadata
from keys.sealing import Sealer
from tests.support.clock import StoppedClock

OPERATOR = ("operator", "test")

Create = Callable[..., str]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with every table, empty; the test runs once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    metadata.create_all(opened.engine)
    yield opened
    opened.dispose()


@pytest.fixture
def sealer() -> Sealer:
    """A seal with one key."""
    return Sealer({1: b"k" * 32})


@pytest.fixture
def create(database: Database, sealer: Sealer, clock: StoppedClock) -> Create:
    """Make an account from the members of ``NewAccount``; gives its identifier."""

    def made(name: str = "Nguyễn Thị Minh Khai", **members: object) -> str:
        with database.write() as connection:
            new = NewAccount(name, **{"phone": "+84912345678", **members})  # type: ignore[arg-type]
            return accounts.create(connection, sealer, new, at=clock(), actor=OPERATOR)

    return made
