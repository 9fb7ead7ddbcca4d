"""A code that is sent twice at the same moment (RFC 6749 §4.1.2, RFC 9700 §4.5): one succeeds, and what it got ends.

The second request is let in exactly where the first is about to write, and exactly where it has written. Threads on a
real database, no sleeping.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from idp.store import redemption
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


@pytest.mark.parametrize("first_writes_before", [True, False], ids=["has written", "is about to write"])
def test_a_replay_just_when_the_other_writes_ends_what_was_issued(
    portal: Portal, code: str, monkeypatch: pytest.MonkeyPatch, elsewhere: ThreadPoolExecutor, first_writes_before: bool
) -> None:
    """The other request is wholly done around the one write of the first; whoever wrote first has won, and lost all."""
    real, answers = redemption.begin, []

    def meanwhile(*args: Any, **kwargs: Any) -> bool:
        monkeypatch.setattr(redemption, "begin", real)
        begun = real(*args, **kwargs) if first_writes_before else None
        answers.append(elsewhere.submit(portal.redeem, code).result(10))
        return real(*args, **kwargs) if begun is None else begun

    monkeypatch.setattr(redemption, "begin", meanwhile)
    answers.append(portal.redeem(code))
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    (won,) = [answer for answer in answers if answer.status_code == 200]
    nothing_lives(portal, dict(won.json or {}))


def test_of_a_crowd_with_one_code_exactly_one_succeeds_and_keeps_nothing(
    portal: Portal, code: str, elsewhere: ThreadPoolExecutor
) -> None:
    answers = list(elsewhere.map(lambda _: portal.redeem(code), range(CROWD)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (CROWD - 1)
    (won,) = [answer for answer in answers if answer.status_code == 200]
    nothing_lives(portal, dict(won.json or {}))
