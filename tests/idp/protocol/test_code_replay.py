"""A code that is sent twice at the same moment (RFC 6749 §4.1.2, RFC 9700 §4.5): one succeeds, and what it got ends.

The second request is let in exactly where the first is about to write, and exactly where it has written and not yet
committed. Two threads on a real database, no sleeping.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.store import grants as grants_store
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, answer_of, make_provider

CROWD = 8


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, database_url: str) -> Iterator[Provider]:
    made = make_provider(tmp_path, clock, database_url)
    yield made
    made.services.database.dispose()


@pytest.fixture
def code(provider: Provider, person: str, portal: Portal) -> str:
    return answer_of(provider.signed_in(person).get("/authorize", query_string=portal.request()))["code"]


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CROWD) as pool:
        yield pool


def nothing_lives(portal: Portal, issued: dict[str, str]) -> None:
    assert portal.introspect(issued["access_token"]) == {"active": False}
    refused = portal.refresh(issued["refresh_token"])
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["error"] == "invalid_grant"


@pytest.fixture
def replay_when(
    monkeypatch: pytest.MonkeyPatch, provider: Provider, portal: Portal, code: str, elsewhere: ThreadPoolExecutor
) -> Callable[[Any, str, bool], list[Future[TestResponse]]]:
    """Sends the code a second time, from another thread, around one call of the first request's transaction."""

    def arrange(module: Any, name: str, before: bool) -> list[Future[TestResponse]]:
        real, sent = getattr(module, name), []

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if before:
                sent.append(elsewhere.submit(portal.redeem, code))
                if not provider.services.database.is_sqlite:  # which lets nobody write between two of our statements
                    sent[0].result(10)
            result = real(*args, **kwargs)
            if not before:
                sent.append(elsewhere.submit(portal.redeem, code))
            return result

        monkeypatch.setattr(module, name, wrapped)
        return sent

    return arrange


@pytest.mark.parametrize(
    ("module", "name", "before"),
    [(grants_store, "add_family", True), (grants_store, "add_family", False)],
    ids=["before it is written", "before it is committed"],
)
def test_a_replay_in_the_midst_of_the_redemption_ends_what_it_issues(
    portal: Portal,
    code: str,
    replay_when: Callable[[Any, str, bool], list[Future[TestResponse]]],
    module: Any,
    name: str,
    before: bool,
) -> None:
    replays = replay_when(module, name, before)
    first = portal.redeem(code)
    assert first.status_code == 200, first.text
    assert [replay.result(10).status_code for replay in replays] == [400]
    nothing_lives(portal, dict(first.json or {}))


def test_a_replay_that_is_seen_before_the_first_has_written_ends_it_too(
    portal: Portal, code: str, monkeypatch: pytest.MonkeyPatch, elsewhere: ThreadPoolExecutor
) -> None:
    """The replay is wholly done while the first request still holds nothing but its claim on the code."""
    from idp.protocol.grants import authorization_code

    real = authorization_code._begin

    def late(*args: Any) -> Any:
        monkeypatch.setattr(authorization_code, "_begin", real)
        assert elsewhere.submit(portal.redeem, code).result(10).status_code == 400
        return real(*args)

    monkeypatch.setattr(authorization_code, "_begin", late)
    first = portal.redeem(code)
    assert first.status_code == 200, first.text
    nothing_lives(portal, dict(first.json or {}))


def test_of_a_crowd_with_one_code_exactly_one_succeeds_and_keeps_nothing(
    portal: Portal, code: str, elsewhere: ThreadPoolExecutor
) -> None:
    answers = list(elsewhere.map(lambda _: portal.redeem(code), range(CROWD)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (CROWD - 1)
    (won,) = [answer for answer in answers if answer.status_code == 200]
    nothing_lives(portal, dict(won.json or {}))
