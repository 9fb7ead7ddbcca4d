"""Every promise of the ephemeral store, on SQLite, on PostgreSQL and on Redis alike.

Time passes by the set clock on SQL; on Redis, whose lifetimes run by its own clock, by shortening them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import redis as redis_py
from sqlalchemy import func, select

from idp.settings import Settings
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore, Step, make_ephemeral
from idp.store.ephemeral.redis import PREFIX
from idp.store.ephemeral.sql import ephemeral as table
from tests.support.clock import StoppedClock

CROWD = 8


@dataclass
class Home:
    """One empty store: how to open it, once for each process of a crowd, and how to let time pass in it."""

    open: Callable[[], EphemeralStore]
    pass_time: Callable[[float], None]
    lose: Callable[[], None]


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("on_postgresql", marks=pytest.mark.postgresql),
        pytest.param("redis_url", marks=pytest.mark.redis),
    ]
)
def home(request: pytest.FixtureRequest, clock: StoppedClock) -> Iterator[Home]:
    place = request.getfixturevalue(request.param)
    yield from _redis_home(place, clock) if request.param == "redis_url" else _sql_home(place, clock)


def _sql_home(database: Database, clock: StoppedClock) -> Iterator[Home]:
    others = []

    def open_another() -> EphemeralStore:
        others.append(Database(database.url))
        return make_ephemeral(Settings(database_url=database.url), others[-1], clock)

    def lose() -> None:
        with database.write() as connection:
            connection.execute(table.delete())

    yield Home(open_another, clock.advance, lose)
    for other in others:
        other.dispose()


def _redis_home(url: str, clock: StoppedClock) -> Iterator[Home]:
    with redis_py.Redis.from_url(url) as connection:

        def pass_time(seconds: float) -> None:
            clock.advance(seconds)
            for name in connection.scan_iter():
                if (left := connection.pttl(name)) != -1:
                    connection.pexpire(name, left - round(seconds * 1000))

        def open_another() -> EphemeralStore:
            return make_ephemeral(Settings(redis_url=url), Database("sqlite:///:memory:"), clock)

        yield Home(open_another, pass_time, connection.flushall)


@pytest.fixture
def store(home: Home) -> EphemeralStore:
    return home.open()


def at_once(home: Home, act: Callable[[EphemeralStore], object]) -> list[object]:
    """Let a crowd do the same thing, each through a store of its own as another process would."""
    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(act, [home.open() for _ in range(CROWD)]))


class TestValues:
    def test_what_was_put_is_seen_until_it_is_taken_once(self, store: EphemeralStore) -> None:
        store.put("code", "k", {"account": "a", "scope": ["openid"], "name": "Nguyễn Thị Ánh"}, 60)
        assert store.peek("code", "k") == {"account": "a", "scope": ["openid"], "name": "Nguyễn Thị Ánh"}
        assert store.take("code", "k") == {"account": "a", "scope": ["openid"], "name": "Nguyễn Thị Ánh"}
        assert store.take("code", "k") is None
        assert store.peek("code", "k") is None

    def test_what_was_never_put_is_not_there(self, store: EphemeralStore) -> None:
        assert store.peek("code", "nothing") is None
        assert store.take("code", "nothing") is None

    def test_an_empty_value_is_a_value(self, store: EphemeralStore) -> None:
        store.put("request", "k", {}, 60)
        assert store.take("request", "k") == {}

    def test_kinds_do_not_meet(self, store: EphemeralStore) -> None:
        store.put("code", "k", {"of": "code"}, 60)
        assert store.peek("request", "k") is None
        assert store.claim("nonce", "k", 60)
        assert store.count("attempts", "k", 60) == 1
        assert store.peek("code", "k") == {"of": "code"}

    def test_a_later_value_replaces_the_earlier_with_its_lifetime(self, home: Home, store: EphemeralStore) -> None:
        store.put("request", "k", {"step": 1}, 10)
        store.put("request", "k", {"step": 2}, 60)
        home.pass_time(30)
        assert store.peek("request", "k") == {"step": 2}

    def test_a_value_ends_with_its_lifetime(self, home: Home, store: EphemeralStore) -> None:
        store.put("code", "k", {"a": 1}, 60)
        home.pass_time(59)
        assert store.peek("code", "k") is not None
        home.pass_time(2)
        assert store.peek("code", "k") is None
        assert store.take("code", "k") is None

    def test_forgetting_removes_values_claims_and_counts(self, store: EphemeralStore) -> None:
        store.put("code", "k", {"a": 1}, 60)
        store.forget("code", "k")
        assert store.peek("code", "k") is None
        store.claim("jti", "k", 60)
        store.forget("jti", "k")
        assert store.claim("jti", "k", 60)
        store.count("attempts", "k", 60)
        store.forget("attempts", "k")
        assert store.count("attempts", "k", 60) == 1
        store.forget("attempts", "never counted")

    @pytest.mark.parametrize("key", ["", "x" * 100_000, "\x00", "\ud800", "Đặng", "a:b", "a\nb"])
    def test_any_text_is_a_key(self, store: EphemeralStore, key: str) -> None:
        assert store.claim("jti", key, 60)
        assert not store.claim("jti", key, 60)
        store.put("code", key, {"k": key}, 60)
        assert store.take("code", key) == {"k": key}

    def test_of_a_crowd_that_takes_one_code_one_gets_it(self, home: Home, store: EphemeralStore) -> None:
        for number in range(5):
            store.put("code", f"k{number}", {"a": 1}, 60)
            taken = at_once(home, lambda each, key=f"k{number}": each.take("code", key))  # type: ignore[misc]
            assert sorted(map(bool, taken)) == [False] * (CROWD - 1) + [True]


class TestTogether:
    def test_each_gives_what_it_gives_alone_in_the_order_asked(self, store: EphemeralStore) -> None:
        steps = [
            Step("put", "code", "k", 60, {"a": "ấ"}),
            Step("peek", "code", "k"),
            Step("count", "attempts", "k", 60),
            Step("count", "attempts", "k", 60),
            Step("claim", "jti", "k", 60),
            Step("claim", "jti", "k", 60),
            Step("take", "code", "k"),
            Step("peek", "code", "k"),
            Step("forget", "attempts", "k"),
            Step("count", "attempts", "k", 60),
        ]
        kept = {"a": "ấ"}
        assert store.together(*steps) == [None, kept, 1, 2, True, False, kept, None, None, 1]

    def test_what_takes_the_place_of_another_says_so(self, home: Home, store: EphemeralStore) -> None:
        def replaced(value: int) -> bool:
            (was_there,) = store.together(Step("replace", "request", "k", 60, {"step": value}))
            return bool(was_there)

        assert [replaced(1), replaced(2), replaced(3)] == [False, True, True]
        assert store.peek("request", "k") == {"step": 3}
        home.pass_time(61)
        assert [replaced(4), replaced(5)] == [False, True]
        store.forget("request", "k")
        assert replaced(6) is False

    def test_one_that_is_kept_anew_lives_anew(self, home: Home, store: EphemeralStore) -> None:
        for _ in range(2):
            store.together(Step("replace", "request", "k", 60, {}))
            home.pass_time(40)
        assert store.peek("request", "k") == {}

    def test_a_count_is_taken_back_within_its_window_only(self, home: Home, store: EphemeralStore) -> None:
        back = Step("uncount", "attempts", "k")
        store.together(back)
        assert store.count("attempts", "k", 60) == 1
        store.count("attempts", "k", 60)
        store.together(back)
        assert store.count("attempts", "k", 60) == 2
        home.pass_time(61)
        store.together(back)
        assert store.count("attempts", "k", 60) == 1

    def test_taking_back_does_not_lengthen_the_window(self, home: Home, store: EphemeralStore) -> None:
        store.count("attempts", "k", 60)
        home.pass_time(40)
        store.together(Step("uncount", "attempts", "k"))
        home.pass_time(21)
        assert store.count("attempts", "k", 60) == 1

    def test_of_a_crowd_that_replaces_one_alone_was_first(self, home: Home) -> None:
        said = at_once(home, lambda each: each.together(Step("replace", "request", "k", 60, {})))
        assert sorted(map(str, said)) == ["[False]", *["[True]"] * (CROWD - 1)]


class TestClaims:
    def test_the_second_claim_fails_until_the_first_has_ended(self, home: Home, store: EphemeralStore) -> None:
        assert store.claim("jti", "k", 60)
        assert not store.claim("jti", "k", 60)
        home.pass_time(59)
        assert not store.claim("jti", "k", 60)
        home.pass_time(2)
        assert store.claim("jti", "k", 60)
        assert not store.claim("jti", "k", 60)

    def test_a_refused_claim_does_not_prolong_the_first(self, home: Home, store: EphemeralStore) -> None:
        store.claim("jti", "k", 60)
        home.pass_time(50)
        store.claim("jti", "k", 60)
        home.pass_time(11)
        assert store.claim("jti", "k", 60)

    def test_of_a_crowd_one_claims(self, home: Home) -> None:
        for number in range(5):
            claimed = at_once(home, lambda each, key=f"k{number}": each.claim("jti", key, 60))  # type: ignore[misc]
            assert sorted(claimed) == [False] * (CROWD - 1) + [True]

    def test_of_a_crowd_one_claims_what_has_expired(self, home: Home, store: EphemeralStore) -> None:
        store.claim("jti", "k", 60)
        home.pass_time(61)
        claimed = at_once(home, lambda each: each.claim("jti", "k", 60))
        assert sorted(claimed) == [False] * (CROWD - 1) + [True]


class TestCounts:
    def test_the_window_starts_with_its_first_count(self, home: Home, store: EphemeralStore) -> None:
        assert [store.count("attempts", "k", 60) for _ in range(3)] == [1, 2, 3]
        home.pass_time(50)
        assert store.count("attempts", "k", 60) == 4
        home.pass_time(11)
        assert store.count("attempts", "k", 60) == 1
        home.pass_time(50)
        assert store.count("attempts", "k", 60) == 2

    def test_a_crowd_loses_no_count(self, home: Home, store: EphemeralStore) -> None:
        counts = at_once(home, lambda each: [each.count("attempts", "k", 60) for _ in range(10)])
        assert sorted(n for each in counts for n in each) == list(range(1, 10 * CROWD + 1))  # type: ignore[attr-defined]
        assert store.count("attempts", "k", 60) == 10 * CROWD + 1


class TestBirth:
    def test_every_process_sees_the_same_mark(self, home: Home, clock: StoppedClock) -> None:
        first = home.open().born_at()
        assert first == clock()
        home.pass_time(86400)
        assert home.open().born_at() == first

    def test_a_crowd_agrees_on_the_mark(self, home: Home) -> None:
        assert len(set(at_once(home, lambda each: each.born_at()))) == 1

    def test_a_store_that_lost_everything_is_born_anew(self, home: Home, clock: StoppedClock) -> None:
        store = home.open()
        store.born_at()
        store.claim("jti", "k", 600)
        home.lose()
        home.pass_time(5)
        assert store.born_at() == clock()

    def test_a_mark_is_remembered_for_a_minute_by_who_may(self, home: Home, clock: StoppedClock) -> None:
        store = home.open()
        first = store.born_lately()
        assert first == clock() == home.open().born_at()
        home.lose()
        home.pass_time(59)
        assert store.born_lately() == first
        home.pass_time(1)
        assert store.born_lately() == clock() == home.open().born_at()

    def test_what_has_to_know_is_told_at_once(self, home: Home, clock: StoppedClock) -> None:
        store = home.open()
        store.born_lately()
        home.lose()
        home.pass_time(1)
        assert store.born_at() == clock()


class TestWhatIsKept:
    def test_no_key_can_be_read_in_the_database(self, database: Database, clock: StoppedClock) -> None:
        store = make_ephemeral(Settings(database_url=database.url), database, clock)
        store.put("code", "the-code-itself", {"a": 1}, 60)
        with database.read() as connection:
            rows = connection.execute(select(table)).all()
        assert len(rows) == 1
        assert "the-code-itself" not in str(rows)

    def test_no_key_can_be_read_in_redis(self, redis_url: str, sqlite: Database, clock: StoppedClock) -> None:
        make_ephemeral(Settings(redis_url=redis_url), sqlite, clock).put("code", "the-code-itself", {"a": 1}, 60)
        with redis_py.Redis.from_url(redis_url) as connection:
            names = connection.keys()
        assert [name for name in names if name.startswith(PREFIX + b"code:")]
        assert not [name for name in names if b"the-code-itself" in name]

    def test_with_redis_the_database_keeps_nothing(self, redis_url: str, sqlite: Database, clock: StoppedClock) -> None:
        make_ephemeral(Settings(redis_url=redis_url), sqlite, clock).put("code", "k", {"a": 1}, 60)
        with sqlite.read() as connection:
            assert connection.scalar(select(func.count()).select_from(table)) == 0

    @pytest.mark.postgresql
    def test_a_crash_of_postgresql_empties_it(self, on_postgresql: Database) -> None:
        with on_postgresql.read() as connection:
            persistence = connection.exec_driver_sql("SELECT relpersistence FROM pg_class WHERE relname = 'ephemeral'")
            assert persistence.scalar_one() in ("u", b"u")
