"""The worker cleans up, in small batches, and shows that it is alive."""

import pytest
from sqlalchemy import Connection, func, select

from idp.domain.work import duties
from idp.domain.work.duties import BATCH, BATCHES, SILENT_AFTER, heartbeat, sweep
from idp.settings import Settings
from idp.store import bounded, workers
from idp.store.database import Database
from idp.store.ephemeral import make_ephemeral
from idp.store.ephemeral.sql import ephemeral
from tests.support.clock import StoppedClock


def rows(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ephemeral)).scalar_one())


def fill(database: Database, now: float, count: int) -> None:
    with database.write() as connection:
        expired = [
            {"digest": n.to_bytes(32), "kind": "jti", "value": None, "total": 1, "expires_at": now}
            for n in range(count)
        ]
        connection.execute(ephemeral.insert(), expired)


class TestSweeping:
    def test_what_has_ended_goes_and_what_lives_stays(self, database: Database, clock: StoppedClock) -> None:
        store = make_ephemeral(Settings(database_url=database.url), database, clock)
        store.claim("jti", "short", 10)
        store.claim("jti", "long", 1000)
        clock.advance(10)
        assert sweep(database, clock) == 1
        assert not store.claim("jti", "long", 1000)

    def test_one_sweep_is_bounded_and_the_next_goes_on(self, database: Database, clock: StoppedClock) -> None:
        fill(database, clock(), BATCH * BATCHES + 700)
        assert sweep(database, clock) == BATCH * BATCHES
        assert sweep(database, clock) == 700
        assert sweep(database, clock) == 0

    def test_each_batch_is_a_transaction_of_its_own(
        self, sqlite: Database, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(sqlite, clock(), BATCH + 1)
        committed: list[int] = []
        real = bounded.sweep

        def watched(connection: Connection, bound: bounded.Bound, now: float, batch: int) -> int:
            committed.append(rows(sqlite))
            return real(connection, bound, now, batch)

        monkeypatch.setattr(bounded, "sweep", watched)
        sweep(sqlite, clock)
        assert {BATCH + 1, 1} <= set(committed), "after the first batch the rest was still there"
        assert rows(sqlite) == 0

    def test_rows_that_somebody_holds_are_left_for_later(self, on_postgresql: Database, clock: StoppedClock) -> None:
        fill(on_postgresql, clock(), 3)
        elsewhere = Database(on_postgresql.url)
        with elsewhere.write() as holding:
            holding.execute(select(ephemeral).where(ephemeral.c.digest == bytes(32)).with_for_update())
            assert sweep(on_postgresql, clock) == 2
        assert sweep(on_postgresql, clock) == 1
        elsewhere.dispose()

    def test_a_long_run_does_not_grow(self, database: Database, clock: StoppedClock) -> None:
        store = make_ephemeral(Settings(database_url=database.url), database, clock)
        most = 0
        for n in range(300):
            store.claim("jti", f"{n}", 60)
            store.count("attempts", f"{n % 7}", 60)
            clock.advance(5)
            if n % 2:
                sweep(database, clock)
            most = max(most, rows(database))
        assert most <= 25

    def test_a_table_that_grows_by_right_is_never_touched(self, sqlite: Database, clock: StoppedClock) -> None:
        with sqlite.write() as connection:
            for bound in bounded.bounds():
                if not bound.endings:
                    assert bounded.sweep(connection, bound, 1e12, 10) == 0


class TestHeartbeat:
    def test_a_worker_is_seen_until_it_falls_silent(self, database: Database, clock: StoppedClock) -> None:
        with database.read() as connection:
            assert workers.last_seen(connection) is None
        duty = heartbeat(database, clock, "w-1")
        duty.run()
        clock.advance(duty.every)
        duty.run()
        with database.read() as connection:
            assert workers.last_seen(connection) == clock()
        assert duty.every < SILENT_AFTER / 2, "one missed beat is no alarm"

    def test_of_several_the_last_counts_and_one_that_leaves_is_forgotten(
        self, database: Database, clock: StoppedClock
    ) -> None:
        heartbeat(database, clock, "w-1").run()
        clock.advance(3)
        heartbeat(database, clock, "w-2").run()
        with database.write() as connection:
            assert workers.last_seen(connection) == clock()
            workers.leave(connection, "w-2")
            assert workers.last_seen(connection) == clock() - 3

    def test_dead_workers_are_swept(self, database: Database, clock: StoppedClock) -> None:
        heartbeat(database, clock, "w-1").run()
        clock.advance(workers.FORGOTTEN_AFTER)
        duties.sweep(database, clock)
        with database.read() as connection:
            assert workers.last_seen(connection) is None
