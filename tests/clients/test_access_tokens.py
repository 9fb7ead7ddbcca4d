"""The person's access token is refreshed by one request at a time, and a refused refresh ends the sign-in."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clients.kit.errors import Busy
from clients.kit.extension import relying_party
from clients.kit.records import browser_sessions
from clients.kit.records.browser_sessions import BrowserSession
from clients.kit.records.database import reading, writing
from clients.kit.web.access_tokens import access_token
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider

API = "https://api.quangninh.example"


@pytest.fixture
def portal(portal: Flask) -> Flask:
    """The national portal with a page that shows the access token it would use."""
    portal.add_url_rule("/token", "portal.token", access_token)
    portal.add_url_rule("/token-for-api", "portal.token_for_api", lambda: access_token(API))
    return portal


def refreshes(provider: FakeProvider) -> int:
    return provider.asked.count("/token") - provider.asked.count("/userinfo")


def test_a_living_token_is_used_as_it_is(browser: Browser, provider: FakeProvider) -> None:
    browser.sign_in()

    assert browser.get("/token").text == browser.get("/token").text
    assert refreshes(provider) == 0


def test_a_dying_token_is_replaced_once(browser: Browser, provider: FakeProvider, clock: StoppedClock) -> None:
    browser.sign_in()
    first = browser.get("/token").text
    clock.advance(271)

    second = browser.get("/token").text

    assert second != first
    assert browser.get("/token").text == second
    assert refreshes(provider) == 1


def test_each_refresh_uses_the_newest_refresh_token(
    browser: Browser, provider: FakeProvider, clock: StoppedClock
) -> None:
    browser.sign_in()
    for _ in range(3):
        clock.advance(280)
        assert browser.get("/token").status_code == 200

    assert refreshes(provider) == 3
    assert len(provider.refresh_tokens) == 1


def test_an_api_gets_a_token_of_its_own(browser: Browser, provider: FakeProvider) -> None:
    browser.sign_in()

    first, second = browser.get("/token-for-api").text, browser.get("/token-for-api").text

    assert first == second
    assert first != browser.get("/token").text
    assert refreshes(provider) == 1


@pytest.mark.parametrize(
    "twist",
    [
        {"sub": "somebody else"},
        {"sid": "another session"},
        {"aud": "portal-ministry"},
        {"auth_time": 1},
        {"iss": "https://evil.example"},
        {"at_hash": "x" * 22},
    ],
    ids=["subject", "session", "audience", "time of sign-in", "issuer", "access token"],
)
def test_a_refresh_about_another_sign_in_ends_this_one(
    browser: Browser, provider: FakeProvider, clock: StoppedClock, twist: dict[str, Any]
) -> None:
    browser.sign_in()
    clock.advance(280)
    provider.twist["id_token"] = lambda claims: {**claims, **twist}

    assert browser.get("/token").status_code == 303
    assert browser.get("/me").status_code == 303


def test_a_refused_refresh_leads_through_the_provider_and_back(
    browser: Browser, provider: FakeProvider, clock: StoppedClock
) -> None:
    browser.sign_in()
    provider.refresh_tokens.clear()
    clock.advance(280)

    page = browser.open("/token")

    assert page.status_code == 200
    assert page.request.path == "/token"


def test_a_silent_provider_loses_nothing(browser: Browser, provider: FakeProvider, clock: StoppedClock) -> None:
    from werkzeug.wrappers import Response

    browser.sign_in()
    clock.advance(280)
    provider.twist["/token"] = lambda _: Response("broken", 500)
    assert browser.get("/token").status_code == 503
    del provider.twist["/token"]

    assert browser.get("/me").status_code == 200


def test_who_found_no_slot_is_served_as_soon_as_there_is_one(
    browser: Browser, portal: Flask, provider: FakeProvider, clock: StoppedClock
) -> None:
    """Not only when the lease of the refresh that never began is over."""
    browser.sign_in()
    clock.advance(280)
    with portal.app_context(), ExitStack() as all_taken:
        slots = relying_party().slots
        with suppress(Busy):
            while True:
                all_taken.enter_context(slots.take())
        busy = browser.get("/token")
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "2")

    assert browser.get("/token").status_code == 200
    assert refreshes(provider) == 1


def test_two_requests_at_once_refresh_once(
    browser: Browser, portal: Flask, provider: FakeProvider, clock: StoppedClock
) -> None:
    browser.sign_in()
    clock.advance(400)
    arrived, go = threading.Event(), threading.Event()

    def held(answer: Any) -> Any:
        arrived.set()
        assert go.wait(5)
        return answer

    provider.twist["/token"] = held
    answers: list[TestResponse] = []
    threads = [threading.Thread(target=lambda: answers.append(copy_of(browser, portal).get("/token"))) for _ in "ab"]
    for thread in threads:
        thread.start()
    assert arrived.wait(5)
    go.set()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert refreshes(provider) == 1


def copy_of(browser: Browser, portal: Flask) -> Any:
    client = portal.test_client()
    cookie = browser.cookie()
    assert cookie
    client.set_cookie("motcua-national", cookie)
    return client


def only_row(portal: Flask) -> BrowserSession:
    with portal.app_context(), reading() as work:
        return work.query(BrowserSession).where(BrowserSession.subject.is_not(None)).one()


def test_while_another_request_refreshes_a_living_token_still_serves(
    browser: Browser, portal: Flask, provider: FakeProvider, clock: StoppedClock
) -> None:
    browser.sign_in()
    first = browser.get("/token").text
    clock.advance(280)
    row = only_row(portal)
    with portal.app_context(), writing() as work:
        assert browser_sessions.begin_refresh(work, row.id, row.person_version, clock(), clock() + 10)

    assert browser.get("/token").text == first
    assert refreshes(provider) == 0


def test_a_lease_whose_holder_never_came_back_runs_out(
    browser: Browser, portal: Flask, provider: FakeProvider, clock: StoppedClock
) -> None:
    browser.sign_in()
    row = only_row(portal)
    clock.advance(280)
    with portal.app_context(), writing() as work:
        assert browser_sessions.begin_refresh(work, row.id, row.person_version, clock(), clock() + 10)
        assert not browser_sessions.begin_refresh(work, row.id, row.person_version, clock(), clock() + 10)
    clock.advance(10)

    assert browser.get("/token").status_code == 200
    assert refreshes(provider) == 1


def test_a_logout_during_the_refresh_stands(
    browser: Browser, portal: Flask, provider: FakeProvider, clock: StoppedClock
) -> None:
    browser.sign_in()
    clock.advance(280)

    def log_out_meanwhile(answer: Any) -> Any:
        told = portal.test_client().post("/backchannel-logout", data={"logout_token": provider.logout_token()})
        assert told.status_code == 200
        return answer

    provider.twist["/token"] = log_out_meanwhile

    assert browser.get("/token").status_code == 303
    assert browser.client.get("/me", headers=NAVIGATION).status_code == 303


def test_nobody_has_no_token(browser: Browser, make_portal: Callable[..., Flask]) -> None:
    assert browser.get("/token").status_code == 303
