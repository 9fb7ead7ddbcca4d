"""Frequent entries are inserted together, soon, and never dropped for being too many."""

import threading
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from idp.domain import audit_batch
from idp.domain.audit import Action, Entry, entry
from idp.domain.audit_batch import BACKLOG, STATEMENT, AuditBatch
from idp.domain.audit_sequencer import sequence_all
from idp.errors import StoreUnavailable
from idp.store import audit as store
from idp.store import audit_trail
from idp.store.database import Database
from idp.store.direct import Direct
from tests.support.clock import StoppedClock
from tests.support.tables import make_tables

PATIENCE = 20.0
LONG = 3600.0


def issued(clock: StoppedClock, number: int = 1) -> Entry:
    return entry(Action.TOKEN_ISSUED, clock(), actor=("client", "portal"), object=("token", f"jti-{number}"))


def kept(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(store.waiting)).scalar_one())


def wait_for(database: Database, count: int) -> None:
    """Return when so many entries are kept; another thread writes them."""
    deadline = time.monotonic() + PATIENCE
    while kept(database) != count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_entries_wait_and_go_together(database: Database, clock: StoppedClock) -> None:
    batch = AuditBatch(database, window=LONG)
    for number in range(STATEMENT - 1):
        batch.record(issued(clock, number))
    assert kept(database) == 0
    assert batch.flush() == STATEMENT - 1
    assert kept(database) == STATEMENT - 1
    assert batch.flush() == 0


def test_who_fills_a_statement_inserts_it(database: Database, clock: StoppedClock) -> None:
    batch = AuditBatch(database, window=LONG)
    for number in range(2 * STATEMENT + 5):
        batch.record(issued(clock, number))
    assert kept(database) == 2 * STATEMENT
    assert batch.flush() == 5


def test_within_a_unit_of_work_they_wait(sqlite: Database, clock: StoppedClock) -> None:
    batch = AuditBatch(sqlite, window=LONG)
    with sqlite.write():
        for number in range(STATEMENT + 5):
            batch.record(issued(clock, number))
    assert kept(sqlite) == 0
    batch.record(issued(clock, STATEMENT + 5))
    assert kept(sqlite) == STATEMENT, "who comes next inserts them"
    assert batch.flush() == 6


def test_what_was_inserted_comes_back_as_it_was(database: Database, clock: StoppedClock) -> None:
    whole = entry(
        Action.USERINFO_READ,
        clock() + 0.123456,
        actor=("client", "portal"),
        object=("account", "an-account"),
        agency="G02",
        client_id="portal",
        session="sid",
        token="jti",
        scopes=["openid", "profile"],
        times=3,
    )
    batch = AuditBatch(database, window=LONG)
    plain = issued(clock)
    batch.record(whole)
    batch.record(plain)
    batch.flush()
    with database.read() as connection:
        assert audit_trail.unnumbered(connection, 9) == [plain, whole]


def test_they_go_by_themselves_within_the_window(sqlite: Database, clock: StoppedClock) -> None:
    AuditBatch(sqlite, window=0.01).record(issued(clock))
    wait_for(sqlite, 1)


def test_recording_costs_no_database(clock: StoppedClock) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    batch = AuditBatch(away, window=LONG)
    batch.record(issued(clock))
    batch.close()


def test_while_the_database_is_away_entries_wait_and_too_many_refuse_the_act(
    sqlite: Database, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = AuditBatch(sqlite, window=LONG, capacity=3)
    for number in range(3):
        batch.record(issued(clock, number))
    with pytest.raises(StoreUnavailable, match="cannot take more"):
        batch.record(issued(clock, 4))

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(store, "add_many", away)
        with pytest.raises(StoreUnavailable, match="away"):
            batch.flush()
    assert batch.flush() == 3
    batch.record(issued(clock, 5))


def test_the_thread_outlives_a_database_that_was_away(
    sqlite: Database, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def away(_direct: Direct, _entries: Sequence[Entry]) -> None:
        tried.set()
        raise StoreUnavailable("away")

    monkeypatch.setattr(store, "add_many", away)
    AuditBatch(sqlite, window=0.01).record(issued(clock))
    assert tried.wait(PATIENCE)
    wait_for(sqlite, 1)


class TestAnAnswerThatWasLost:
    """A database that goes away may have kept the entries and not been able to say so."""

    @pytest.fixture
    def batch(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> AuditBatch:
        """The first insertion is done and not answered."""
        real = store.add_many

        def unheard(direct: Direct, entries: Sequence[Entry]) -> None:
            real(direct, entries)
            raise StoreUnavailable("away")

        monkeypatch.setattr(store, "add_many", unheard)
        return AuditBatch(database, window=LONG)

    def test_what_was_kept_is_not_kept_twice(self, batch: AuditBatch, database: Database, clock: StoppedClock) -> None:
        for number in range(3):
            batch.record(issued(clock, number))
        with pytest.raises(StoreUnavailable):
            batch.flush()
        batch.record(issued(clock, 4))
        assert batch.flush() == 4
        assert kept(database) == 4

    def test_nor_is_it_numbered_twice(self, batch: AuditBatch, database: Database, clock: StoppedClock) -> None:
        batch.record(issued(clock, 1))
        with pytest.raises(StoreUnavailable):
            batch.flush()
        assert sequence_all(database) == 1
        batch.record(issued(clock, 2))
        batch.flush()
        assert sequence_all(database) == 1
        with database.read() as connection:
            numbered = list(audit_trail.walk(connection, 9))
        assert [(each.number, each.entry.object_id) for each in numbered] == [(1, "jti-1"), (2, "jti-2")]
        assert kept(database) == 0, "what came twice waits no longer"


def test_where_the_database_is_slow_whoever_brings_more_waits_and_then_inserts(
    sqlite: Database, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or entries would come faster than they go, until acts are refused by a database that does answer."""
    monkeypatch.setattr(audit_batch, "PATIENCE", PATIENCE)
    at_it, go_on, by = threading.Event(), threading.Event(), list[str]()
    real = store.add_many

    def slowly(direct: Direct, entries: Sequence[Entry]) -> None:
        by.append(threading.current_thread().name)
        at_it.set()
        assert go_on.wait(PATIENCE)
        real(direct, entries)

    monkeypatch.setattr(store, "add_many", slowly)
    batch = AuditBatch(sqlite, window=LONG)
    for number in range(STATEMENT - 1):
        batch.record(issued(clock, number))
    first = threading.Thread(target=batch.record, args=(issued(clock),), name="first")
    first.start()
    assert at_it.wait(PATIENCE)
    for number in range(BACKLOG - STATEMENT - 1):
        batch.record(issued(clock, number))
    assert by == ["first"], "so far nobody had to wait"

    one_more = threading.Thread(target=batch.record, args=(issued(clock),), name="one more")
    one_more.start()
    go_on.set()
    for thread in (first, one_more):
        thread.join(PATIENCE)

    assert by == ["first", "one more"]
    assert kept(sqlite) == 2 * STATEMENT
    batch.close()


def test_a_crowd_of_threads_loses_nothing(sqlite: Database, clock: StoppedClock) -> None:
    batch = AuditBatch(sqlite, window=LONG)

    def record_many(part: int) -> None:
        for number in range(100):
            batch.record(issued(clock, part * 1000 + number))
            if number % 10 == 0:
                batch.flush()

    threads = [threading.Thread(target=record_many, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    batch.flush()
    assert kept(sqlite) == 400


class TestTheEnd:
    def test_closing_the_database_writes_what_waits_and_ends_the_thread(
        self, sqlite: Database, clock: StoppedClock
    ) -> None:
        AuditBatch(sqlite, window=LONG).record(issued(clock))
        sqlite.dispose()
        assert kept(sqlite) == 1
        assert not [thread for thread in threading.enumerate() if thread.name == "audit"]

    def test_a_later_entry_begins_anew(self, sqlite: Database, clock: StoppedClock) -> None:
        batch = AuditBatch(sqlite, window=0.01)
        batch.record(issued(clock))
        batch.close()
        batch.record(issued(clock, 2))
        wait_for(sqlite, 2)

    def test_a_database_in_memory_is_left_to_one_thread(self, clock: StoppedClock) -> None:
        memory = Database("sqlite:///:memory:")
        make_tables(memory)
        batch = AuditBatch(memory, window=0.0)
        batch.record(issued(clock))
        assert not [thread for thread in threading.enumerate() if thread.name == "audit"]
        assert batch.flush() == 1
