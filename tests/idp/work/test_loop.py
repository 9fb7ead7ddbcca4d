"""The loop does what is due, hands on what waits, and nothing that fails ends it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import func, select
from structlog.testing import capture_logs

from idp.domain import outbox
from idp.domain.outbox import Handler
from idp.domain.work import Duty, Worker
from idp.domain.work.waking import Bell
from idp.store.database import Database
from idp.store.outbox import Message
from idp.store.outbox import outbox as table
from tests.support.clock import StoppedClock

PATIENCE = 20.0
"""Seconds after which a test that waits for another thread gives up; never reached when all is well."""


def post(database: Database, clock: StoppedClock, kind: str = "notice", **payload: object) -> None:
    with database.write() as connection:
        outbox.post(connection, kind, payload, now=clock())


def waiting(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


class Heard:
    """A handler that remembers what it was handed."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.handler = Handler(self.messages.append)


def made(database: Database, clock: StoppedClock, *duties: Duty, threads: int = 2, **handlers: Handler) -> Worker:
    return Worker(database, clock, handlers, duties, Bell(database), threads)


def turn(worker: Worker, threads: int = 2) -> None:
    """One turn, and the end of everything that it handed out."""
    with ThreadPoolExecutor(threads) as pool:
        worker.turn(pool)


@contextmanager
def running(worker: Worker) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield thread
    finally:
        worker.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


class TestMessages:
    def test_each_goes_to_the_handler_of_its_kind(self, database: Database, clock: StoppedClock) -> None:
        one, two = Heard(), Heard()
        post(database, clock, "one", n=1)
        post(database, clock, "two", n=2)
        post(database, clock, "unknown", n=3)
        turn(made(database, clock, one=one.handler, two=two.handler))
        assert [message.payload for message in one.messages] == [{"n": 1}]
        assert [message.payload for message in two.messages] == [{"n": 2}]
        assert waiting(database) == 1, "what nobody here knows is left for a worker that does"

    def test_no_more_are_taken_than_there_are_threads(self, sqlite: Database, clock: StoppedClock) -> None:
        heard = Heard()
        for n in range(5):
            post(sqlite, clock, n=n)
        worker = made(sqlite, clock, notice=heard.handler)
        turn(worker)
        assert len(heard.messages) == 2
        turn(worker)
        turn(worker)
        assert len(heard.messages) == 5

    def test_a_slow_portal_does_not_hold_up_the_others(self, sqlite: Database, clock: StoppedClock) -> None:
        slow_may_end = threading.Event()
        others = threading.Semaphore(0)

        def deliver(message: Message) -> None:
            if message.payload["portal"] == "slow":
                assert slow_may_end.wait(PATIENCE)
            else:
                others.release()

        post(sqlite, clock, portal="slow")
        for _ in range(4):
            post(sqlite, clock, portal="quick")
        with running(made(sqlite, clock, notice=Handler(deliver))):
            for _ in range(4):
                assert others.acquire(timeout=PATIENCE)
            slow_may_end.set()
        assert waiting(sqlite) == 0

    def test_a_handler_that_fails_is_tried_again_later(self, database: Database, clock: StoppedClock) -> None:
        heard = Heard()
        fails = [RuntimeError("not yet")]

        def deliver(message: Message) -> None:
            if fails:
                raise fails.pop()
            heard.messages.append(message)

        post(database, clock)
        worker = made(database, clock, notice=Handler(deliver))
        turn(worker)
        assert (heard.messages, waiting(database)) == ([], 1)
        clock.advance(5)
        turn(worker)
        assert (len(heard.messages), waiting(database)) == (1, 0)

    def test_draining_delivers_all_that_is_due_and_no_more(self, database: Database, clock: StoppedClock) -> None:
        heard = Heard()
        for n in range(30):
            post(database, clock, n=n)
        with database.write() as connection:
            outbox.post(connection, "notice", {"n": 99}, now=clock(), not_before=clock() + 1)
        assert outbox.drain(database, {"notice": heard.handler}, clock) == 30
        assert waiting(database) == 1


class TestDuties:
    def test_each_is_done_at_once_and_then_when_it_is_due(self, sqlite: Database, clock: StoppedClock) -> None:
        done: list[str] = []
        often = Duty("often", 1, lambda: done.append("often"))
        seldom = Duty("seldom", 60, lambda: done.append("seldom"))
        worker = made(sqlite, clock, often, seldom)
        turn(worker)
        turn(worker)
        assert done == ["often", "seldom"]
        clock.advance(1)
        turn(worker)
        assert done == ["often", "seldom", "often"]
        clock.advance(60)
        turn(worker)
        assert sorted(done) == ["often", "often", "often", "seldom", "seldom"]

    def test_one_that_fails_hinders_nothing(self, sqlite: Database, clock: StoppedClock) -> None:
        done: list[str] = []
        heard = Heard()

        def broken() -> None:
            raise ZeroDivisionError

        post(sqlite, clock)
        worker = made(
            sqlite, clock, Duty("broken", 1, broken), Duty("whole", 1, lambda: done.append("x")), notice=heard.handler
        )
        with capture_logs() as lines:
            turn(worker)
        assert done == ["x"]
        assert len(heard.messages) == 1
        assert [(line["event"], line["what"]) for line in lines] == [("work_failed", "broken")]
        clock.advance(1)
        turn(worker)
        assert done == ["x", "x"]

    def test_a_database_that_is_away_ends_nothing(self, clock: StoppedClock, tmp_path: object) -> None:
        done: list[str] = []
        away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
        turn(made(away, clock, Duty("d", 1, lambda: done.append("x")), notice=Heard().handler))
        assert done == ["x"]


class TestStopping:
    def test_what_is_in_hand_is_finished_and_nothing_more_is_taken(self, sqlite: Database, clock: StoppedClock) -> None:
        begun, may_end = threading.Event(), threading.Event()
        heard = Heard()

        def deliver(message: Message) -> None:
            begun.set()
            assert may_end.wait(PATIENCE)
            heard.messages.append(message)

        post(sqlite, clock)
        worker = made(sqlite, clock, threads=1, notice=Handler(deliver))
        with running(worker) as thread:
            assert begun.wait(PATIENCE)
            post(sqlite, clock)
            worker.stop()
            may_end.set()
            thread.join(PATIENCE)
            assert not thread.is_alive()
        assert len(heard.messages) == 1
        assert waiting(sqlite) == 1

    def test_two_workers_share_and_neither_loses(self, database: Database, clock: StoppedClock) -> None:
        heard: list[str] = []
        everything = threading.Semaphore(0)

        def deliver(message: Message) -> None:
            heard.append(message.id)
            everything.release()

        other = Database(database.url)
        with (
            running(made(database, clock, notice=Handler(deliver))),
            running(made(other, clock, notice=Handler(deliver))),
        ):
            for n in range(20):
                post(database, clock, n=n)
            for _ in range(20):
                assert everything.acquire(timeout=PATIENCE)
        other.dispose()
        assert len(heard) == len(set(heard)) == 20
        assert waiting(database) == 0
