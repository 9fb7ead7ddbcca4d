"""Refresh families rotate once for each token whoever races, and what has ended is on the list exactly once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.domain.work.duties import sweep
from idp.store import accounts, grants
from idp.store.accounts import AccountRow
from idp.store.database import Database
from idp.store.grants import ENDED_KEPT, FamilyRow
from idp.store.tables import create_all
from tests.support.clock import StoppedClock
from tests.support.services import PostgresqlServer

CROWD = 6


def family(clock: StoppedClock, gid: str = "g-1", **changed: object) -> FamilyRow:
    now = int(clock())
    row = FamilyRow(
        gid=gid,
        handle_hash=f"handle of {gid}",
        current_hash="first",
        generation=1,
        account_id="a-1",
        client_id="portal",
        sid="s-1",
        bound_to_session=0,
        grant={"scopes": ["openid"], "name": "Cổng"},
        created_at=now,
        rotated_at=now,
        idle_at=now + 1000,
        expires_at=now + 5000,
    )
    return row._replace(**changed)


@pytest.fixture
def living(database: Database, clock: StoppedClock) -> Database:
    """A database with an account and one family of it."""
    now = int(clock())
    with database.write() as connection:
        accounts.add(connection, AccountRow("a-1", "citizen", "active", 2, b"sealed", now, now))
    with database.direct.transaction() as unit:
        grants.add_family(unit, family(clock))
    return database


def rotate(database: Database, clock: StoppedClock, old: str, new: str, **changed: object) -> FamilyRow | None:
    values = {
        "handle": "handle of g-1",
        "old": old,
        "new": new,
        "client_id": "portal",
        "now": int(clock()),
        "idle_at": int(clock()) + 1000,
    }
    with database.direct.transaction() as unit:
        return grants.rotate(unit, **{**values, **changed})


@pytest.mark.postgresql
def test_a_rotation_on_a_full_page_writes_no_index(postgresql: PostgresqlServer, clock: StoppedClock) -> None:
    """Six indexes are written where the new row has to go to another page; pages keep room for it."""
    grant = {"scopes": ["openid", "profile"], "name": "Cổng dịch vụ công " * 12}
    with postgresql.database() as url:
        database = Database(url)
        create_all(database.engine)
        with database.write() as connection:
            accounts.add(connection, AccountRow("a-1", "citizen", "active", 2, b"sealed", 1, 1))
        with database.direct.transaction() as unit:
            for number in range(100):
                grants.add_family(unit, family(clock, f"g-{number}", grant=grant))
        with database.engine.begin() as connection:
            where = "SET rotated_at = rotated_at + 1 WHERE gid IN ('g-0', 'g-20', 'g-40', 'g-60', 'g-80')"
            connection.exec_driver_sql(f"UPDATE refresh_families {where}")
            moved = (
                "SELECT pg_stat_get_xact_tuples_updated(oid), pg_stat_get_xact_tuples_hot_updated(oid) FROM pg_class"
            )
            told = connection.exec_driver_sql(f"{moved} WHERE relname = 'refresh_families'").one()
        database.dispose()
    assert tuple(told) == (5, 5)


def found(database: Database, gid: str = "g-1") -> FamilyRow:
    with database.read() as connection:
        row = grants.find_family(connection, gid)
    assert row
    return row


class TestRotation:
    def test_each_token_is_good_once(self, living: Database, clock: StoppedClock) -> None:
        clock.advance(10)
        second = rotate(living, clock, "first", "second")
        assert second
        assert (second.generation, second.current_hash, second.previous_hash) == (2, "second", "first")
        assert second.rotated_at == int(clock())
        assert rotate(living, clock, "first", "other") is None
        assert rotate(living, clock, "second", "third")

    def test_of_a_crowd_with_one_token_one_rotates(self, living: Database, clock: StoppedClock) -> None:
        crowd = [Database(living.url) for _ in range(CROWD)]
        with ThreadPoolExecutor(CROWD) as pool:
            numbered = list(enumerate(crowd))
            won = list(pool.map(lambda each: rotate(each[1], clock, "first", f"new {each[0]}"), numbered))
        for each in crowd:
            each.dispose()
        (winner,) = [row for row in won if row]
        assert found(living).current_hash == winner.current_hash
        assert found(living).generation == 2

    @pytest.mark.parametrize(
        ("what", "changed"),
        [
            ("another client", {"client_id": "thief"}),
            ("another handle", {"handle": "handle of g-2"}),
            ("when it was idle too long", {"now": 10**10}),
        ],
    )
    def test_it_is_refused_to(
        self, living: Database, clock: StoppedClock, what: str, changed: dict[str, object]
    ) -> None:
        assert rotate(living, clock, "first", "second", **changed) is None, what
        assert found(living).current_hash == "first"

    def test_a_frozen_account_refreshes_nothing(self, living: Database, clock: StoppedClock) -> None:
        with living.write() as connection:
            accounts.change(connection, "a-1", state="frozen")
        assert rotate(living, clock, "first", "second") is None

    def test_one_bound_to_its_session_dies_with_it(self, living: Database, clock: StoppedClock) -> None:
        with living.direct.transaction() as unit:
            grants.add_family(unit, family(clock, "g-2", bound_to_session=1, sid="never was"))
        assert rotate(living, clock, "first", "second", handle="handle of g-2") is None

    def test_an_ended_one_never_goes_on(self, living: Database, clock: StoppedClock) -> None:
        with living.write() as connection:
            assert grants.end_families(connection, int(clock()), "reused", gid="g-1") == ["g-1"]
            assert grants.end_families(connection, int(clock()), "reused", gid="g-1") == []
        assert rotate(living, clock, "first", "second") is None
        assert found(living).end_reason == "reused"


class TestGrace:
    def resume(self, database: Database, clock: StoppedClock, old: str, new: str, grace: int = 30) -> FamilyRow | None:
        values = {"handle": "handle of g-1", "old": old, "new": new, "client_id": "portal"}
        with database.direct.transaction() as unit:
            return grants.resume(unit, now=int(clock()), since=int(clock()) - grace, **values)

    def test_a_successor_never_used_is_replaced_and_dies(self, living: Database, clock: StoppedClock) -> None:
        clock.advance(10)
        assert rotate(living, clock, "first", "lost")
        clock.advance(5)
        again = self.resume(living, clock, "first", "again")
        assert again
        assert again.current_hash == "again"
        assert rotate(living, clock, "lost", "x") is None
        assert rotate(living, clock, "again", "y")

    def test_after_the_grace_or_once_the_successor_was_used_it_is_a_reuse(
        self, living: Database, clock: StoppedClock
    ) -> None:
        clock.advance(10)
        rotate(living, clock, "first", "second")
        clock.advance(31)
        assert self.resume(living, clock, "first", "x") is None
        rotate(living, clock, "second", "third")
        assert self.resume(living, clock, "first", "x") is None


def test_families_are_ended_and_listed_by_what_they_belong_to(living: Database, clock: StoppedClock) -> None:
    with living.direct.transaction() as unit:
        grants.add_family(unit, family(clock, "g-2", client_id="another"))
        grants.add_family(unit, family(clock, "g-3", sid="s-2"))
    with living.write() as connection:
        assert set(grants.end_families(connection, int(clock()), "withdrawn", sid="s-1", client_id="portal")) == {"g-1"}
        left = grants.live_families(connection, int(clock()), account_id="a-1")
    assert {row.gid for row in left} == {"g-2", "g-3"}
    assert found(living, "g-2").grant == {"scopes": ["openid"], "name": "Cổng"}


class TestTheListOfWhatHasEnded:
    def end(self, database: Database, at: float, value: str = "s-1") -> None:
        with database.write() as connection:
            grants.add_ended(connection, "sid", value, at, int(at) + 360)

    def test_what_ended_stays_until_its_last_token_has_died(self, database: Database, clock: StoppedClock) -> None:
        self.end(database, clock())
        clock.advance(360)
        sweep(database, clock)
        with database.read() as connection:
            assert [each[:2] for each in grants.ended_since(connection, 0)] == [("sid", "s-1")]
        clock.advance(1)
        sweep(database, clock)
        with database.read() as connection:
            assert grants.ended_since(connection, 0) == []

    def test_the_feed_is_in_order_and_begins_where_it_is_asked_to(
        self, database: Database, clock: StoppedClock
    ) -> None:
        for n in (3, 1, 2):
            self.end(database, clock() + n, f"s-{n}")
        with database.read() as connection:
            assert [value for _, value, _ in grants.ended_since(connection, 0)] == ["s-1", "s-2", "s-3"]
            assert [value for _, value, _ in grants.ended_since(connection, clock() + 2)] == ["s-2", "s-3"]

    def test_a_crowd_may_end_the_same_at_once(self, database: Database, clock: StoppedClock) -> None:
        crowd = [Database(database.url) for _ in range(CROWD)]
        for number in range(5):
            with ThreadPoolExecutor(CROWD) as pool:
                list(pool.map(lambda each, n=number: self.end(each, clock(), f"s-{n}"), crowd))  # type: ignore[misc]
        for each in crowd:
            each.dispose()
        with database.read() as connection:
            assert len(grants.ended_since(connection, 0)) == 5


def test_an_ended_family_is_kept_a_day_so_that_a_late_reuse_is_recognised(
    living: Database, clock: StoppedClock
) -> None:
    with living.direct.transaction() as unit:
        grants.add_family(unit, family(clock, "g-2", expires_at=int(clock()) + 10 * ENDED_KEPT))
    with living.write() as connection:
        grants.end_families(connection, int(clock()), "signed_out", gid="g-2")
    clock.advance(ENDED_KEPT)
    sweep(living, clock)
    assert found(living, "g-2").ended_at
    clock.advance(1)
    sweep(living, clock)
    with living.read() as connection:
        assert grants.family_by_handle(connection, "handle of g-2") is None
