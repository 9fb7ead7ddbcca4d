"""What a web process must have before it says that it is ready."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain import health
from idp.domain.health import NotReady
from idp.errors import StoreUnavailable
from idp.settings import Settings
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore, make_ephemeral
from idp.store.tables import every_metadata
from migrations.runner import Target, upgrade
from tests.support.clock import StoppedClock


@pytest.fixture
def installed(database_url: str) -> Iterator[Database]:
    """A migrated database."""
    upgrade(Target("idp", "idp", database_url, every_metadata))
    database = Database(database_url)
    yield database
    database.dispose()


def ephemeral(database: Database, clock: StoppedClock) -> EphemeralStore:
    return make_ephemeral(Settings(database_url=database.url), database, clock)


def test_a_whole_installation_is_ready(installed: Database, clock: StoppedClock) -> None:
    tried = health.checks(installed, ephemeral(installed, clock))
    assert list(tried) == ["database", "migrations", "ephemeral"]
    for check in tried.values():
        check()


def test_a_database_that_is_away_is_told(clock: StoppedClock) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    tried = health.checks(away, ephemeral(away, clock))
    for name in ("database", "ephemeral"):
        with pytest.raises(StoreUnavailable):
            tried[name]()


def test_a_database_without_tables_names_the_command(database_url: str, clock: StoppedClock) -> None:
    empty = Database(database_url)
    tried = health.checks(empty, ephemeral(empty, clock))
    tried["database"]()
    with pytest.raises(NotReady, match=r"at nothing.*run motcua db upgrade"):
        tried["migrations"]()
    empty.dispose()


def test_another_revision_is_told(installed: Database, clock: StoppedClock) -> None:
    with installed.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version_idp SET version_num = '9999'")
    with pytest.raises(NotReady, match="9999"):
        health.checks(installed, ephemeral(installed, clock))["migrations"]()


def test_a_redis_that_is_away_is_told(installed: Database, clock: StoppedClock) -> None:
    away = make_ephemeral(Settings(redis_url="redis://127.0.0.1:1/0"), installed, clock)
    with pytest.raises(StoreUnavailable, match="Redis"):
        health.checks(installed, away)["ephemeral"]()


def test_looking_makes_nothing(tmp_path: Path, clock: StoppedClock) -> None:
    missing = Database(f"sqlite:///{tmp_path / 'nowhere' / 'idp.sqlite'}")
    for check in health.checks(missing, ephemeral(missing, clock)).values():
        with pytest.raises((StoreUnavailable, NotReady)):
            check()
    assert not (tmp_path / "nowhere").exists()
