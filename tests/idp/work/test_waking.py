"""A commit wakes the worker; when nobody can ring, it looks by itself."""

import threading

import pytest

from idp.domain import outbox
from idp.domain.work import waking
from idp.domain.work.waking import Bell
from idp.store.database import Database
from tests.support.clock import StoppedClock

TRIES = 50


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a bell look by itself only after very long, so that whatever wakes it must have rung."""
    monkeypatch.setattr(waking, "LOOK_ON_POSTGRESQL", 20.0)


def post(database: Database, clock: StoppedClock) -> None:
    with database.write() as connection:
        outbox.post(connection, "notice", {}, now=clock())


def listening(database: Database) -> list[int]:
    """Give the server's processes that listen for the worker."""
    query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
    with database.read() as connection:
        return list(connection.exec_driver_sql(query).scalars())


def test_ringing_once_wakes_once(sqlite: Database) -> None:
    bell = Bell(sqlite)
    bell.ring()
    bell.ring()
    assert bell.wait()
    assert not bell.wait()


def test_on_sqlite_it_looks_by_itself(sqlite: Database) -> None:
    with Bell(sqlite) as bell:
        assert not bell.wait()


@pytest.mark.postgresql
@pytest.mark.usefixtures("patient")
class TestListening:
    def test_a_commit_with_a_message_rings(self, on_postgresql: Database, clock: StoppedClock) -> None:
        with Bell(on_postgresql) as bell:
            assert bell.wait(), "it rings once when it begins to listen, for what was posted before"
            elsewhere = threading.Thread(target=post, args=(on_postgresql, clock))
            elsewhere.start()
            assert bell.wait()
            elsewhere.join()

    def test_an_act_undone_does_not(
        self, on_postgresql: Database, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def undone() -> None:
            with on_postgresql.write() as connection:
                outbox.post(connection, "notice", {}, now=clock())
                raise LookupError

        with Bell(on_postgresql) as bell:
            assert bell.wait()
            with pytest.raises(LookupError):
                undone()
            monkeypatch.setattr(bell, "_look_every", 0.2)
            assert not bell.wait()

    def test_a_broken_connection_is_made_anew(self, on_postgresql: Database, clock: StoppedClock) -> None:
        waking.LOOK_ON_POSTGRESQL = 0.05
        with Bell(on_postgresql) as bell:
            bell._look_every = 20.0
            assert bell.wait()
            (broken,) = listening(on_postgresql)
            with on_postgresql.read() as connection:
                connection.exec_driver_sql(f"SELECT pg_terminate_backend({broken})")
            assert bell.wait(), "it rings when it listens again, for what was posted meanwhile"
            assert broken not in listening(on_postgresql)
            post(on_postgresql, clock)
            assert bell.wait()

    def test_nothing_is_left_listening(self, on_postgresql: Database) -> None:
        with Bell(on_postgresql) as bell:
            assert bell.wait()
            assert len(listening(on_postgresql)) == 1
        for _ in range(TRIES):
            if not (left := listening(on_postgresql)):
                break
            threading.Event().wait(0.05)
        assert left == []
