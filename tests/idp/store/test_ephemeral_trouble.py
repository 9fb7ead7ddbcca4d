"""When the store behind ephemeral state is away, full or back as another run: one clear error, and a new birth."""

import socket

import pytest
import redis as redis_py

from idp.errors import StoreUnavailable
from idp.settings import Settings
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore, make_ephemeral
from idp.store.ephemeral import redis as redis_module
from tests.support import services
from tests.support.clock import StoppedClock


def every_verb(store: EphemeralStore) -> list[object]:
    """Call each verb once and collect what it raised."""
    verbs = [
        lambda: store.put("code", "k", {"a": 1}, 60),
        lambda: store.peek("code", "k"),
        lambda: store.take("code", "k"),
        lambda: store.claim("jti", "k", 60),
        lambda: store.count("attempts", "k", 60),
        lambda: store.forget("code", "k"),
        store.born_at,
    ]
    raised: list[object] = []
    for verb in verbs:
        with pytest.raises(StoreUnavailable) as caught:
            verb()  # type: ignore[no-untyped-call]
        raised.append(caught.value.__cause__)
    return raised


@pytest.fixture
def nobody() -> str:
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_dead_redis_is_one_clear_error(nobody: str, sqlite: Database, clock: StoppedClock) -> None:
    causes = every_verb(make_ephemeral(Settings(redis_url=f"redis://{nobody}/0"), sqlite, clock))
    assert all(isinstance(cause, redis_py.RedisError) for cause in causes)


def test_a_dead_redis_is_asked_once(nobody: str, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = redis_py.connection.Connection._connect

    def counting(connection: redis_py.connection.Connection) -> object:
        asked.append(connection)
        return real(connection)

    monkeypatch.setattr(redis_py.connection.Connection, "_connect", counting)
    with pytest.raises(StoreUnavailable):
        redis_module.RedisEphemeralStore(f"redis://{nobody}/0", clock).claim("jti", "k", 60)
    assert len(asked) == 1


@pytest.mark.postgresql
def test_a_dead_postgresql_is_one_clear_error(nobody: str, clock: StoppedClock) -> None:
    database = Database(f"postgresql+psycopg://postgres@{nobody}/none")
    every_verb(make_ephemeral(Settings(database_url=database.url), database, clock))


def test_a_missing_table_is_the_same_error_not_a_crash(sqlite_url: str, clock: StoppedClock) -> None:
    database = Database(sqlite_url)
    every_verb(make_ephemeral(Settings(database_url=sqlite_url), database, clock))
    database.dispose()


def test_a_full_redis_refuses_and_forgets_nothing(redis_url: str, sqlite: Database, clock: StoppedClock) -> None:
    store = make_ephemeral(Settings(redis_url=redis_url), sqlite, clock)
    assert store.claim("jti", "earlier", 600)
    with redis_py.Redis.from_url(redis_url) as operator:
        operator.config_set("maxmemory", "1")
        try:
            with pytest.raises(StoreUnavailable):
                store.claim("jti", "later", 600)
        finally:
            operator.config_set("maxmemory", "0")
    assert not store.claim("jti", "earlier", 600)


def test_a_redis_that_comes_back_as_another_run_is_born_anew(sqlite: Database, clock: StoppedClock) -> None:
    with services.redis_server() as address:
        make_ephemeral(Settings(redis_url=f"{address}/0"), sqlite, clock).born_at()
        with redis_py.Redis.from_url(f"{address}/0") as operator:
            # What a restart from a snapshot leaves behind: the keys of the earlier run.
            operator.set(redis_module.RUN, "an-earlier-run")
        clock.advance(100)
        assert make_ephemeral(Settings(redis_url=f"{address}/0"), sqlite, clock).born_at() == clock()
        clock.advance(100)
        assert make_ephemeral(Settings(redis_url=f"{address}/0"), sqlite, clock).born_at() == clock() - 100


def test_a_redis_that_was_restarted_between_two_requests_costs_none(
    redis_url: str, sqlite: Database, clock: StoppedClock
) -> None:
    store = make_ephemeral(Settings(redis_url=redis_url), sqlite, clock)
    store.put("code", "k", {"a": 1}, 60)
    with redis_py.Redis.from_url(redis_url) as operator:
        operator.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert store.peek("code", "k") == {"a": 1}


def test_a_verb_inside_a_unit_of_work_is_refused_at_once(database: Database, clock: StoppedClock) -> None:
    store = make_ephemeral(Settings(database_url=database.url), database, clock)
    with database.write(), pytest.raises(RuntimeError, match="unit of work is open"):
        store.claim("jti", "k", 60)
    assert store.claim("jti", "k", 60)
