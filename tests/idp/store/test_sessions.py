"""Sessions and the portals they signed in to: found by the hash of a cookie, ended once, kept while somebody needs them."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from idp.domain.work.duties import sweep
from idp.store import grants, sessions
from idp.store.database import Database
from idp.store.direct import within
from idp.store.sessions import KEPT_AFTER_END, SessionClientRow, SessionRow
from tests.idp.store.test_grants import family
from tests.support.clock import StoppedClock


def session(clock: StoppedClock, sid: str = "s-1", **changed: object) -> SessionRow:
    now = int(clock())
    row = SessionRow(sid, f"hash of {sid}", "a-1", now, now, now, now + 3600, 2, [{"kind": "password", "at": now}])
    return row._replace(**changed)


def kept(database: Database, *rows: SessionRow) -> None:
    with database.write() as connection:
        for row in rows:
            within(connection).one(sessions.ADD, sessions.values_of(row))


def join(database: Database, clock: StoppedClock, client_id: str = "portal", sid: str = "s-1") -> None:
    with database.direct.transaction() as unit:
        sessions.join_client(unit, SessionClientRow(sid, client_id, "sub", int(clock())))


def portals(database: Database, sid: str = "s-1") -> list[SessionClientRow]:
    with database.read() as connection:
        return list(sessions.clients_of(connection, sid))


def test_one_is_found_by_its_cookie_and_by_its_name(database: Database, clock: StoppedClock) -> None:
    row = session(clock)
    kept(database, row)
    with database.read() as connection:
        assert sessions.by_cookie(connection, "hash of s-1") == row
        assert sessions.by_sid(connection, "s-1") == row
        assert sessions.by_cookie(connection, "hash of another") is None


def test_two_never_share_a_cookie(database: Database, clock: StoppedClock) -> None:
    kept(database, session(clock))
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        kept(database, session(clock, "s-2", cookie_hash="hash of s-1"))


def test_the_living_ones_of_an_account_the_last_used_first(database: Database, clock: StoppedClock) -> None:
    now = int(clock())
    kept(
        database,
        session(clock, "older", seen_at=now - 60),
        session(clock, "newer"),
        session(clock, "ended", ended_at=now),
        session(clock, "expired", expires_at=now),
        session(clock, "another's", account_id="a-2"),
    )
    with database.read() as connection:
        assert [row.sid for row in sessions.live_of_account(connection, "a-1", now)] == ["newer", "older"]


def test_an_ended_one_is_never_changed(database: Database, clock: StoppedClock) -> None:
    kept(database, session(clock))
    now = int(clock())
    with database.write() as connection:
        assert sessions.change(connection, "s-1", factors=[{"kind": "totp", "at": now}], seen_at=now + 5)
        assert sessions.change(connection, "s-1", ended_at=now + 6, end_reason="signed_out")
        assert not sessions.change(connection, "s-1", seen_at=now + 7)
        assert not sessions.change(connection, "s-1", ended_at=now + 8)
        found = sessions.by_sid(connection, "s-1")
    assert found
    assert (found.factors, found.seen_at, found.ended_at) == ([{"kind": "totp", "at": now}], now + 5, now + 6)


def test_of_a_crowd_one_ends_it(database: Database, clock: StoppedClock) -> None:
    kept(database, session(clock))
    crowd = [Database(database.url) for _ in range(4)]

    def end(each: Database) -> bool:
        with each.write() as connection:
            return sessions.change(connection, "s-1", ended_at=int(clock()))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(end, crowd)) == [False, False, False, True]
    for each in crowd:
        each.dispose()


class TestPortals:
    def test_joining_twice_is_joining_once(self, database: Database, clock: StoppedClock) -> None:
        kept(database, session(clock))
        join(database, clock)
        clock.advance(10)
        join(database, clock, "another")
        join(database, clock)
        assert [row.client_id for row in portals(database)] == ["portal", "another"]

    def test_one_is_signed_out_once_and_what_came_of_it_is_noted(self, database: Database, clock: StoppedClock) -> None:
        kept(database, session(clock))
        join(database, clock)
        with database.write() as connection:
            assert sessions.end_client(connection, "s-1", "portal", clock())
            assert not sessions.end_client(connection, "s-1", "portal", clock())
            sessions.told_client(connection, "s-1", "portal", None, "it answered 500")
        (told,) = portals(database)
        assert (told.ended_at, told.told_at, told.failure) == (clock(), None, "it answered 500")

    def test_one_that_comes_back_counts_as_new(self, database: Database, clock: StoppedClock) -> None:
        kept(database, session(clock))
        join(database, clock)
        with database.write() as connection:
            sessions.end_client(connection, "s-1", "portal", clock())
            sessions.told_client(connection, "s-1", "portal", clock(), None)
        join(database, clock)
        (back,) = portals(database)
        assert (back.ended_at, back.told_at, back.failure) == (None, None, None)


class TestHowLongTheyAreKept:
    def test_a_day_after_its_end_with_its_portals(self, database: Database, clock: StoppedClock) -> None:
        kept(database, session(clock, ended_at=int(clock())))
        join(database, clock)
        clock.advance(KEPT_AFTER_END)
        assert sweep(database, clock) == 0, "portals are still being told"
        clock.advance(1)
        assert sweep(database, clock) == 1
        assert portals(database) == []

    def test_while_a_family_came_of_it(self, database: Database, clock: StoppedClock) -> None:
        """Offline access outlives the session, and a refreshed token finds its account by the session's row."""
        kept(database, session(clock))
        with database.direct.transaction() as unit:
            grants.add_family(unit, family(clock, sid="s-1", expires_at=int(clock()) + 90 * 86400))
        clock.advance(10 * 86400)
        assert sweep(database, clock) == 0
        clock.advance(81 * 86400)
        sweep(database, clock)
        sweep(database, clock)
        with database.read() as connection:
            assert sessions.by_sid(connection, "s-1") is None
