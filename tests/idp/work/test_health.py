"""What is looked at before a process says that it is ready, and what an operator is told to do when it is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain import audit, health, outbox
from idp.domain.audit import Action
from idp.domain.audit_sequencer import ALARM_AFTER
from idp.domain.health import OVERDUE_AFTER, Fact, NotReady
from idp.domain.work.duties import SILENT_AFTER, heartbeat
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


def found(database: Database, clock: StoppedClock, store: EphemeralStore | None = None) -> dict[str, Fact]:
    return {fact.name: fact for fact in health.facts(database, store or ephemeral(database, clock), clock)}


def test_a_whole_installation_is_well(installed: Database, clock: StoppedClock) -> None:
    heartbeat(installed, clock, "w").run()
    assert {name: fact.well for name, fact in found(installed, clock).items()} == dict.fromkeys(
        ("database", "ephemeral", "migrations", "worker", "outbox", "audit"), True
    )
    for check in health.checks(installed, ephemeral(installed, clock)).values():
        check()


def test_a_database_that_is_away_is_told_and_nothing_else_is_guessed(clock: StoppedClock) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    facts = found(away, clock)
    assert {name: fact.well for name, fact in facts.items()} == {"database": False, "ephemeral": False}
    with pytest.raises(NotReady, match="see that it runs"):
        health.checks(away, ephemeral(away, clock))["database"]()


def test_a_database_without_tables_names_the_command(database_url: str, clock: StoppedClock) -> None:
    empty = Database(database_url)
    facts = found(empty, clock)
    assert facts["database"].well
    assert not facts["migrations"].well
    assert "motcua db upgrade" in facts["migrations"].said
    assert not any(fact.well for name, fact in facts.items() if name != "database")
    empty.dispose()


def test_a_redis_that_is_away_makes_a_process_unready(sqlite: Database, clock: StoppedClock) -> None:
    away = make_ephemeral(Settings(redis_url="redis://127.0.0.1:1/0"), sqlite, clock)
    assert not found(sqlite, clock, away)["ephemeral"].well
    with pytest.raises(NotReady, match="Redis"):
        health.checks(sqlite, away)["ephemeral"]()


def test_another_revision_makes_a_process_unready(installed: Database, clock: StoppedClock) -> None:
    with installed.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version_idp SET version_num = '9999'")
    fact = found(installed, clock)["migrations"]
    assert (fact.well, fact.required) == (False, True)
    assert "9999" in fact.said


class TestTheWorker:
    def test_none_ever_seen(self, sqlite: Database, clock: StoppedClock) -> None:
        fact = found(sqlite, clock)["worker"]
        assert (fact.well, fact.required) == (False, False), "people sign in without a worker"
        assert "start motcua worker" in fact.said

    def test_one_fell_silent(self, sqlite: Database, clock: StoppedClock) -> None:
        heartbeat(sqlite, clock, "w").run()
        clock.advance(SILENT_AFTER)
        assert found(sqlite, clock)["worker"].well
        clock.advance(1)
        assert "31 s" in found(sqlite, clock)["worker"].said


def test_a_message_that_is_stuck_is_told(sqlite: Database, clock: StoppedClock) -> None:
    with sqlite.write() as connection:
        outbox.post(connection, "notice", {}, now=clock())
        outbox.post(connection, "notice", {}, now=clock(), not_before=clock() + 3600)
    clock.advance(OVERDUE_AFTER)
    assert found(sqlite, clock)["outbox"].well
    clock.advance(1)
    fact = found(sqlite, clock)["outbox"]
    assert not fact.well
    assert fact.said.startswith("2 messages wait")


def test_a_trail_that_is_not_sequenced_is_told(sqlite: Database, clock: StoppedClock) -> None:
    with sqlite.write() as connection:
        act = audit.entry(Action.SIGNED_OUT, clock(), actor=("account", "a"), object=("session", "s"))
        audit.record(connection, act)
    clock.advance(ALARM_AFTER + 1)
    assert not found(sqlite, clock)["audit"].well


def test_looking_makes_nothing(tmp_path: Path, clock: StoppedClock) -> None:
    missing = Database(f"sqlite:///{tmp_path / 'nowhere' / 'idp.sqlite'}")
    assert not found(missing, clock)["database"].well
    assert not (tmp_path / "nowhere").exists()
