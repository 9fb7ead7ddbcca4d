"""A site's database comes to the newest revision and then holds exactly the tables of the code."""

from collections.abc import Callable, Iterator

import pytest

from clients.kit.records.tables import database_of
from clients.kit.settings import Settings
from migrations.runner import check, upgrade
from tests.support.services import PostgresqlServer


@pytest.fixture
def postgresql_url(postgresql: PostgresqlServer) -> Iterator[str]:
    """The URL of a database that is empty, unlike those of the other stories of this folder."""
    with postgresql.database() as url:
        yield url


def test_a_new_database_ends_with_exactly_the_tables_of_the_code(
    settings: Callable[..., Settings], database_url: str
) -> None:
    target = database_of(settings(database_url=database_url))

    assert not check(target).current
    assert upgrade(target).differences == ()
    assert upgrade(target).current
