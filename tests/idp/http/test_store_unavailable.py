"""A store that is away is 503 everywhere, to machines and people alike, and never a fault of ours or half an act."""

from pathlib import Path

import pytest

from idp.errors import StoreUnavailable
from idp.store.database import Database
from idp.store.ephemeral.sql import SqlEphemeralStore
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock) -> Provider:
    return make_provider(tmp_path, clock)


@pytest.fixture
def portal(provider: Provider) -> Portal:
    return provider.portal()


def away(*_arguments: object, **_options: object) -> None:
    raise StoreUnavailable("the ephemeral store (Redis) does not answer")


def test_a_machine_is_told_to_try_again(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqlEphemeralStore, "_run", away)
    answer = portal.redeem("any code")
    assert (answer.status_code, (answer.json or {})["error"]) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "Redis" not in answer.text, "which store there is is the operator's affair"


@pytest.mark.parametrize(("language", "words"), [("en", "The service is very busy"), ("vi", "Hệ thống đang rất bận")])
def test_a_person_sees_a_page_that_says_what_to_do(
    provider: Provider, portal: Portal, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    browser = provider.browser()
    monkeypatch.setattr(SqlEphemeralStore, "_run", away)
    headers = {"Accept-Language": language}
    answer = browser.get("/authorize", query_string=portal.request(), headers=headers)
    assert answer.status_code == 503
    assert words in answer.text
    assert "Retry-After" in answer.headers


def test_the_process_is_not_ready_but_alive(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "read", away)
    browser = provider.browser()
    assert browser.get("/readyz").status_code == 503
    assert browser.get("/healthz").status_code == 200
