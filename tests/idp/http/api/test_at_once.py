"""Acts that several administrators do in the same moment are done once, on both databases."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.domain.agencies import load_built_in
from idp.store.audit import Entry
from tests.idp.http.api.conftest import Caller
from tests.support.certificates import OPERATOR, Office
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, claims_of, make_provider


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, database_url: str) -> Iterator[Provider]:
    made = make_provider(tmp_path / "idp", clock, database_url)
    yield made
    made.services.database.dispose()


def at_once(act: Callable[[], TestResponse], times: int = 4) -> list[TestResponse]:
    """Do something in several threads that begin together; gives every answer."""
    answers: list[TestResponse] = []
    ready = threading.Barrier(times)

    def one() -> None:
        ready.wait(10)
        answers.append(act())

    threads = [threading.Thread(target=one) for _ in range(times)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return answers


def test_a_session_is_ended_once(central: Caller, provider: Provider, trail: Callable[[str], list[Entry]]) -> None:
    token = provider.portal().tokens(provider.signed_in(provider.person()))["access_token"]
    path = f"/api/sessions/{claims_of(token)['sid']}/end"

    answers = at_once(lambda: central.post(path, {"reason": "suspected_misuse"}))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.text for answer in answers}) == 1
    assert len(trail("session_ended")) == 1


def test_a_certificate_is_revoked_once(
    central: Caller, provider: Provider, trail: Callable[[str], list[Entry]]
) -> None:
    load_built_in(provider.services, actor=OPERATOR)
    owner = Office(provider.services).owner()
    path = f"/api/certificates/{owner.row.serial}/revoke"

    answers = at_once(lambda: central.post(path, {"reason": "keyCompromise"}))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.text for answer in answers}) == 1
    assert len(trail("certificate_revoked")) == 1


def test_an_account_is_given_back_once(
    enter: Callable[..., Caller], provider: Provider, trail: Callable[[str], list[Entry]]
) -> None:
    first, second = enter("counter_official", agency="H49"), enter("counter_official", agency="H49")
    number = "001185012345"
    new = NewAccount("Nguyễn Thị Minh Khai", identity_level=2, personal_number=number)
    services = provider.services
    with services.database.write() as connection:
        khai = accounts.create(connection, services.sealer, new, at=services.clock(), actor=OPERATOR)
    proposal = {"account_id": khai, "method": "counter", "paper": "passport"}

    begun = at_once(lambda: first.post("/api/counter/recoveries", proposal))
    assert sorted(answer.status_code for answer in begun) == [200, 409, 409, 409]
    (recovery,) = ((answer.json or {})["recovery_id"] for answer in begun if answer.status_code == 200)
    seen = {"personal_number": number, "paper": "passport"}
    done = at_once(lambda: second.post(f"/api/counter/recoveries/{recovery}/confirm", seen))

    assert sorted(answer.status_code for answer in done) == [200, 409, 409, 409]
    assert len(trail("recovery_begun")) == len(trail("account_recovered")) == 1
