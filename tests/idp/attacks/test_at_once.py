"""Signing in, stopping an account and issuing a certificate at the same moment, on PostgreSQL, where they truly meet.

Each story lets one act come while the other is in the middle of its transaction: one waits, none fails, and what is left
is as if the stop had come last.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from idp.domain import account_stop, certificates, sessions
from idp.domain.agencies import load_built_in
from idp.domain.authenticators import password
from idp.domain.certificates import issuing
from idp.store import accounts as accounts_store
from idp.store import sessions as sessions_store
from idp.store.accounts import authenticators
from tests.support.certificates import OPERATOR, Office, new_key, request_for
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider

pytestmark = pytest.mark.postgresql
Stop = Callable[..., None]


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, postgresql_url: str) -> Iterator[Provider]:
    """A provider on PostgreSQL."""
    made = make_provider(tmp_path, clock, postgresql_url)
    load_built_in(made.services, actor=OPERATOR)
    yield made
    made.services.database.dispose()


@pytest.fixture
def office(provider: Provider) -> Office:
    return Office(provider.services)


@pytest.fixture
def khai(provider: Provider, office: Office) -> str:
    """An account with a password."""
    account, services = office.account(), provider.services
    with services.database.write() as connection:
        password.keep(connection, services.sealer, account, services.passwords.hash("x" * 20), at=services.now())
    return account


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def waiting(provider: Provider) -> int:
    """How many transactions wait for a lock."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with provider.services.database.engine.connect() as connection:
        return int(connection.exec_driver_sql(asked).scalar_one())


def until_waiting(provider: Provider, number: int = 1) -> None:
    for _ in range(200):
        if waiting(provider) >= number:
            return
        threading.Event().wait(0.05)
    raise AssertionError("nobody waits")


def shown(provider: Provider, account: str) -> dict[str, Any]:
    """The password, as a sign-in shows it."""
    with provider.services.database.read() as connection:
        (row,) = accounts_store.authenticators_of(connection, account, "password")
    return {"kind": "password", "at": provider.services.now(), "authenticator": row.id}


def live(provider: Provider, account: str) -> int:
    with provider.services.database.read() as connection:
        return len(sessions_store.live_of_account(connection, account, provider.services.now()))


STOPS = pytest.mark.parametrize("stop", [account_stop.freeze_account, account_stop.close_account])


@STOPS
def test_two_sign_ins_that_looked_first_are_ended_by_the_stop(
    provider: Provider, khai: str, pool: ThreadPoolExecutor, stop: Stop
) -> None:
    """They hold the account, and are kept between the look at it and the look at the password until the stop has come."""
    services, factor = provider.services, shown(provider, khai)
    with services.database.write() as connection:
        held = select(authenticators).where(authenticators.c.account_id == khai).with_for_update()
        connection.execute(held)
        signing = [pool.submit(sessions.open_session, services, khai, [factor], known=known) for known in (True, False)]
        until_waiting(provider, 2)
        stopping = pool.submit(stop, services, khai, actor=OPERATOR, reason="stolen")
        until_waiting(provider, 3)
    opened = [each.result(30) for each in signing]
    stopping.result(30)

    assert [sessions.read_session(services, cookie) for _, cookie in opened] == [None, None]
    assert live(provider, khai) == 0


@STOPS
def test_two_sign_ins_that_come_during_the_stop_are_refused(
    provider: Provider, khai: str, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, stop: Stop
) -> None:
    services, factor, signing = provider.services, shown(provider, khai), list[Future[Any]]()
    end_everything = account_stop.end_everything

    def end_once_they_wait(*given: Any, **named: Any) -> None:
        both = (pool.submit(sessions.open_session, services, khai, [factor], known=known) for known in (True, False))
        signing.extend(both)
        until_waiting(provider, 2)
        end_everything(*given, **named)

    monkeypatch.setattr(account_stop, "end_everything", end_once_they_wait)
    pool.submit(stop, services, khai, actor=OPERATOR, reason="stolen").result(30)

    for each in signing:
        with pytest.raises(sessions.NoLongerGood):
            each.result(30)
    assert live(provider, khai) == 0


@STOPS
def test_a_certificate_that_is_being_issued_is_stopped_with_the_account(
    provider: Provider,
    office: Office,
    khai: str,
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    stop: Stop,
) -> None:
    """The worker holds the request; the stop waits for it and finds the certificate."""
    services, stopping, issue = provider.services, list[Future[None]](), issuing.issue_within
    asked = certificates.request(services, khai, request_for(new_key()), "browser")

    def issue_once_the_stop_has_come(*given: Any, **named: Any) -> Any:
        stopping.append(pool.submit(stop, services, khai, actor=OPERATOR, reason="stolen"))
        until_waiting(provider)
        return issue(*given, **named)

    monkeypatch.setattr(issuing, "issue_within", issue_once_the_stop_has_come)
    pool.submit(issuing.issue_posted, services, office.vault, {"request": asked}).result(30)
    stopping[0].result(30)

    (row,) = certificates.find(services, account_id=khai)
    assert row.status == ("on-hold" if stop is account_stop.freeze_account else "revoked")


@STOPS
def test_a_request_that_the_worker_takes_up_during_the_stop_is_refused(
    provider: Provider,
    office: Office,
    khai: str,
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    stop: Stop,
) -> None:
    services, issuing_now, end_everything = provider.services, list[Future[None]](), account_stop.end_everything
    asked = certificates.request(services, khai, request_for(new_key()), "browser")

    def end_once_the_worker_waits(*given: Any, **named: Any) -> None:
        issuing_now.append(pool.submit(issuing.issue_posted, services, office.vault, {"request": asked}))
        until_waiting(provider)
        end_everything(*given, **named)

    monkeypatch.setattr(account_stop, "end_everything", end_once_the_worker_waits)
    pool.submit(stop, services, khai, actor=OPERATOR, reason="stolen").result(30)
    issuing_now[0].result(30)

    assert certificates.find(services, account_id=khai) == []
    with services.database.read() as connection:
        (request,) = issuing.store.requests_of(connection, khai)
    assert request.refusal
