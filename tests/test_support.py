"""The test bed itself: fresh databases, an empty Redis, a closed network, a clock that stands still."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.support import services
from tests.support.clock import StoppedClock
from tests.support.network import OutsideNetwork
from tests.support.processes import DidNotStart, HelperProcess, ended, free_ports


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_gets_an_empty_database(database_url: str, round_: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE person (name TEXT NOT NULL)"))
        connection.execute(text("INSERT INTO person VALUES ('Nguyễn Thị Hường')"))
        assert connection.execute(text("SELECT name FROM person")).scalar_one() == "Nguyễn Thị Hường"
    engine.dispose()


@pytest.mark.postgresql
def test_a_copied_database_holds_what_its_template_held(postgresql: services.PostgresqlServer) -> None:
    template = postgresql.create()
    engine = create_engine(postgresql.url(template))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE person (name TEXT)"))
    engine.dispose()
    with postgresql.database(template) as url:
        copy = create_engine(url)
        with copy.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM person")).scalar_one() == 0
        copy.dispose()
    postgresql.drop(template)


@pytest.mark.postgresql
def test_a_dropped_database_is_gone(postgresql: services.PostgresqlServer) -> None:
    with postgresql.database() as url:
        pass
    engine = create_engine(url)
    with pytest.raises(SQLAlchemyError, match="does not exist"), engine.connect():
        pass


@pytest.mark.redis
@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_gets_an_empty_redis(redis_url: str, round_: int) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.set("door", "open", nx=True)


def test_redis_is_set_to_refuse_rather_than_forget(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "169.254.169.254"])
def test_the_outside_is_closed(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as outside, pytest.raises(OutsideNetwork):
        outside.connect((address, 80))


def test_outside_names_are_not_even_resolved() -> None:
    with pytest.raises(OutsideNetwork):
        socket.getaddrinfo("motcua.example", 443)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        socket.create_connection(("localhost", listener.getsockname()[1])).close()


def test_time_stands_still_until_it_is_moved(clock: StoppedClock) -> None:
    before = clock()
    assert clock() == before
    clock.advance(30)
    assert clock() == before + 30


def test_settings_of_the_surroundings_stay_outside() -> None:
    assert not [name for name in os.environ if name.startswith("MOTCUA_")]


def test_families_of_ports_do_not_overlap() -> None:
    first, second = free_ports(2, span=10)
    assert abs(first - second) >= 10


def test_a_helper_that_ends_early_says_why(tmp_path: Path) -> None:
    log = tmp_path / "log"
    helper = HelperProcess([sys.executable, "-c", "raise SystemExit('the folder is not mine')"], log)
    with pytest.raises(DidNotStart, match="the folder is not mine"):
        helper.wait_until(lambda: False)


def test_a_helper_dies_with_its_parent(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = (
        "import os, sys; from pathlib import Path; from tests.support.processes import HelperProcess\n"
        f"child = HelperProcess(['sleep', '60'], Path({str(log)!r}))\n"
        "print(child.process.pid, flush=True); os._exit(9)"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    helper_id = int(parent.stdout)
    assert ended(helper_id), f"process {helper_id} outlived its parent"


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_missing_service_fails_in_ci_and_is_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="apt-get install redis-server"):
        services.lacking("Redis", "redis-server")
