"""The outbox: a message exists when its act does, is handed to one worker at a time, at least once, for a day."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.domain.outbox import LEASE, LONGEST_RETRY, TRIED_FOR, Handler, deliver, lease, post, retry_after
from idp.store import bounded
from idp.store.database import Database
from idp.store.outbox import GIVEN_UP_KEPT, Message, backlog, outbox
from tests.support.clock import StoppedClock

KINDS = ("logout_notice",)


class Portal:
    """A neighbour who hears messages, or is away."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.away = False
        self.lost: list[str] = []
        self.handler = Handler(self.deliver, lambda _connection, message: self.lost.append(message.id))

    def deliver(self, message: Message) -> None:
        if self.away:
            raise ConnectionRefusedError("portal of Nguyễn Văn A")
        self.heard.append(message)


@pytest.fixture
def portal() -> Portal:
    return Portal()


def posted(database: Database, clock: StoppedClock, payload: Mapping[str, Any], **options: Any) -> str | None:
    with database.write() as connection:
        return post(connection, KINDS[0], payload, now=clock(), **options)


def drain(database: Database, portal: Portal, clock: StoppedClock) -> int:
    messages = lease(database, KINDS, clock, 10)
    return sum(deliver(database, portal.handler, message, clock) for message in messages)


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(outbox)).scalar_one())


def test_a_message_is_delivered_once_and_gone(database: Database, clock: StoppedClock, portal: Portal) -> None:
    message_id = posted(database, clock, {"sid": "s", "name": "Ẩn"})
    assert drain(database, portal, clock) == 1
    assert [(each.id, each.payload, each.attempts) for each in portal.heard] == [
        (message_id, {"sid": "s", "name": "Ẩn"}, 1)
    ]
    assert count(database) == 0
    assert drain(database, portal, clock) == 0


def test_an_act_undone_posts_nothing(database: Database, clock: StoppedClock, portal: Portal) -> None:
    def undone() -> None:
        with database.write() as connection:
            post(connection, KINDS[0], {}, now=clock())
            raise LookupError

    with pytest.raises(LookupError):
        undone()
    assert drain(database, portal, clock) == 0


def test_a_message_waits_for_its_time(database: Database, clock: StoppedClock, portal: Portal) -> None:
    posted(database, clock, {}, not_before=clock() + 30)
    assert drain(database, portal, clock) == 0
    clock.advance(30)
    assert drain(database, portal, clock) == 1


def test_messages_without_a_handler_here_are_left_for_who_has_one(
    database: Database, clock: StoppedClock, portal: Portal
) -> None:
    with database.write() as connection:
        post(connection, "another_kind", {}, now=clock())
    assert drain(database, portal, clock) == 0
    assert count(database) == 1


def test_a_crowd_of_workers_shares_the_messages(database: Database, clock: StoppedClock) -> None:
    ids = {posted(database, clock, {"n": n}) for n in range(40)}
    others = [Database(database.url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(lambda each: [m.id for _ in range(5) for m in lease(each, KINDS, clock, 3)], others))
    taken = [message_id for share in shares for message_id in share]
    for other in others:
        other.dispose()
    assert len(taken) == len(set(taken)), "a message was handed out twice"
    rest = lease(database, KINDS, clock, 100)
    assert set(taken) | {message.id for message in rest} == ids


def test_a_worker_is_handed_no_more_than_it_asked_for(database: Database, clock: StoppedClock) -> None:
    for n in range(10):
        posted(database, clock, {"n": n})
    assert len(lease(database, KINDS, clock, 3)) == 3
    assert len(lease(database, KINDS, clock, 100)) == 7


def test_a_worker_that_died_gives_its_message_back(database: Database, clock: StoppedClock, portal: Portal) -> None:
    posted(database, clock, {})
    (died_with,) = lease(database, KINDS, clock, 10)
    assert drain(database, portal, clock) == 0
    clock.advance(LEASE)
    assert drain(database, portal, clock) == 1
    assert portal.heard[0].attempts == died_with.attempts + 1


def test_a_worker_that_was_too_slow_settles_nothing(database: Database, clock: StoppedClock, portal: Portal) -> None:
    posted(database, clock, {})
    (slow,) = lease(database, KINDS, clock, 10)
    clock.advance(LEASE)
    (fast,) = lease(database, KINDS, clock, 10)
    deliver(database, portal.handler, slow, clock)
    assert count(database) == 1, "the message is the second worker's now"
    deliver(database, portal.handler, fast, clock)
    assert count(database) == 0


def test_a_failure_is_tried_again_ever_later(database: Database, clock: StoppedClock, portal: Portal) -> None:
    posted(database, clock, {})
    portal.away = True
    waits = []
    for _ in range(6):
        before = clock()
        while not lease_and_fail(database, portal, clock):
            clock.advance(0.25)
        waits.append(clock() - before)
    assert waits == sorted(waits)
    assert waits[-1] > 8 * waits[1]
    portal.away = False
    clock.advance(LONGEST_RETRY)
    assert drain(database, portal, clock) == 1


def lease_and_fail(database: Database, portal: Portal, clock: StoppedClock) -> bool:
    messages = lease(database, KINDS, clock, 10)
    for message in messages:
        assert not deliver(database, portal.handler, message, clock)
    return bool(messages)


def test_retries_never_lie_further_apart_than_an_hour_and_a_quarter() -> None:
    waits = [retry_after(Message("ffff0000", KINDS[0], {}, 0.0, attempts)) for attempts in range(1, 2000, 7)]
    assert max(waits) == LONGEST_RETRY * 1.25
    assert min(waits) >= 1


def test_after_a_day_a_message_is_given_up_marked_and_its_owner_told(
    database: Database, clock: StoppedClock, portal: Portal
) -> None:
    message_id = posted(database, clock, {})
    portal.away = True
    started = clock()
    while not portal.lost:
        assert clock() < started + 2 * TRIED_FOR
        lease_and_fail(database, portal, clock)
        clock.advance(600)
    assert portal.lost == [message_id]
    assert clock() - started > TRIED_FOR - 2 * LONGEST_RETRY
    with database.read() as connection:
        assert backlog(connection).given_up == 1
        assert backlog(connection).waiting == 0
        (kept,) = connection.execute(select(outbox))
    assert kept.trouble == "ConnectionRefusedError", "the kind of trouble, not its text, which may name people"
    portal.away = False
    clock.advance(TRIED_FOR)
    assert drain(database, portal, clock) == 0


def test_what_was_given_up_is_swept_after_a_month_and_what_waits_is_not(
    database: Database, clock: StoppedClock, portal: Portal
) -> None:
    posted(database, clock, {})
    portal.away = True
    (message,) = lease(database, KINDS, clock, 10)
    clock.advance(TRIED_FOR)
    deliver(database, portal.handler, message, clock)
    posted(database, clock, {})
    (bound,) = [each for each in bounded.bounds() if each.table is outbox]
    with database.write() as connection:
        assert bounded.sweep(connection, bound, clock() + GIVEN_UP_KEPT - 1, 100) == 0
        assert bounded.sweep(connection, bound, clock() + GIVEN_UP_KEPT, 100) == 1
    assert count(database) == 1


def test_of_messages_with_one_key_one_waits(database: Database, clock: StoppedClock, portal: Portal) -> None:
    assert posted(database, clock, {"n": 1}, unique_key="client-1")
    assert posted(database, clock, {"n": 2}, unique_key="client-1") is None
    assert posted(database, clock, {"n": 3}, unique_key="client-2")
    (first, second) = lease(database, KINDS, clock, 10)
    assert {first.payload["n"], second.payload["n"]} == {1, 3}
    assert posted(database, clock, {"n": 4}, unique_key="client-1"), "news after the first was handed out"


def test_the_backlog_says_what_waits_since_when(database: Database, clock: StoppedClock) -> None:
    with database.read() as connection:
        assert backlog(connection).oldest_due_at is None
    posted(database, clock, {})
    posted(database, clock, {}, not_before=clock() + 60)
    with database.read() as connection:
        found = backlog(connection)
    assert (found.waiting, found.given_up, found.oldest_due_at) == (2, 0, clock())
