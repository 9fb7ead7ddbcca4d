"""A session is a row in SQL; the cookie is a random name that changes with every sign-in."""

from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clients.kit.records.browser_sessions import BrowserSession
from clients.kit.records.database import reading
from clients.kit.sealing import seal, unseal
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider


def cookies(response: TestResponse) -> SimpleCookie:
    jar = SimpleCookie()
    for line in response.headers.getlist("Set-Cookie"):
        jar.load(line)
    return jar


def test_a_planted_name_is_worth_nothing_after_sign_in(browser: Browser, portal: Flask, provider: FakeProvider) -> None:
    """Session fixation: the attacker's own anonymous session, planted in the victim's browser."""
    attacker = Browser(portal, provider)
    attacker.open("/")
    planted = attacker.cookie()
    assert planted
    browser.client.set_cookie("motcua-national", planted)

    browser.sign_in()

    assert browser.cookie() != planted
    assert attacker.get("/me").status_code == 303


def test_a_made_up_name_is_never_adopted(browser: Browser) -> None:
    browser.client.set_cookie("motcua-national", "made-up-by-an-attacker")

    browser.open("/")

    assert browser.cookie() != "made-up-by-an-attacker"


def test_a_dead_name_is_taken_away(browser: Browser) -> None:
    browser.client.set_cookie("motcua-national", "of-a-session-long-gone")

    browser.get("/")

    assert browser.cookie() is None


def test_the_cookie_is_only_a_random_name(browser: Browser, provider: FakeProvider) -> None:
    answer = browser.step(browser.client.get("/login", headers=NAVIGATION).location)
    cookie = cookies(browser.get(answer))["motcua-national"]

    assert len(cookie.value) == 43
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert not cookie["max-age"]


def test_under_https_the_cookies_are_secure_and_bound_to_the_host(
    make_portal: Callable[..., Flask], provider: FakeProvider
) -> None:
    app = make_portal(url="https://dichvucong.example")
    client = app.test_client()
    address = "https://dichvucong.example"
    browser = Browser(app, provider)
    begun = client.get("/login", base_url=address, headers=NAVIGATION)
    ended = client.get(browser.step(begun.location), base_url=address, headers=NAVIGATION)

    jar = cookies(begun) | cookies(ended)

    assert {name.partition("-signin-")[0] for name in jar} == {"__Host-motcua-national"}
    assert all(cookie["secure"] and cookie["httponly"] and cookie["path"] == "/" for cookie in jar.values())
    assert ended.headers["Strict-Transport-Security"].startswith("max-age=")


def test_each_application_has_a_cookie_of_its_own(make_portal: Callable[..., Flask], provider: FakeProvider) -> None:
    names = set()
    for site in ("national", "ministry", "province"):
        browser = Browser(make_portal(site), provider)
        browser.sign_in()
        names |= {
            cookie
            for cookie in (f"motcua-{one}" for one in ("national", "ministry", "province"))
            if browser.cookie(cookie)
        }

    assert len(names) == 3


def test_the_database_holds_no_name_and_no_token(browser: Browser, tmp_path: Path) -> None:
    browser.sign_in()
    cookie = browser.cookie()
    assert cookie

    kept = b"".join(file.read_bytes() for file in tmp_path.glob("national.sqlite*"))

    assert b"f3c1-national" in kept
    for secret in ("Nguyễn Văn Ánh".encode(), b"eyJ", b"access_token", cookie.encode()):
        assert secret not in kept


def test_what_is_sealed_for_one_cookie_or_column_opens_for_no_other() -> None:
    sealed = seal("one", "person", {"name": "Ánh"})

    assert unseal("one", "person", sealed) == {"name": "Ánh"}
    assert unseal("another", "person", sealed) == {}
    assert unseal("one", "visit", sealed) == {}
    assert unseal("one", "person", sealed[:-1]) == {}
    assert unseal("one", "person", b"short") == {}


def test_a_session_ends_after_half_an_hour_without_a_visit(browser: Browser, clock: StoppedClock) -> None:
    browser.sign_in()
    clock.advance(1799)
    assert browser.get("/me").status_code == 200
    clock.advance(1799)
    assert browser.get("/me").status_code == 200
    clock.advance(1801)

    assert browser.get("/me").status_code == 303


def test_a_busy_session_ends_too(browser: Browser, clock: StoppedClock) -> None:
    browser.sign_in()
    for _ in range(8 * 3600 // 1500):
        clock.advance(1500)
        assert browser.get("/me").status_code == 200
    clock.advance(301)

    assert browser.get("/me").status_code == 303


def test_a_signed_out_name_is_worth_nothing(browser: Browser) -> None:
    page = browser.sign_in()
    kept = browser.cookie()
    assert kept
    browser.press(page, "/logout")

    browser.client.set_cookie("motcua-national", kept)

    assert browser.get("/me").status_code == 303


def test_visitors_who_are_asked_nothing_leave_no_row(browser: Browser, portal: Flask) -> None:
    for _ in range(3):
        browser.get("/", **{"User-Agent": "curl/8"})

    with portal.app_context(), reading() as work:
        assert work.query(BrowserSession).count() == 0


def test_several_tabs_may_sign_in_at_once(browser: Browser, provider: FakeProvider) -> None:
    answers = [
        browser.step(browser.client.get(f"/login?next=/me?tab={n}", headers=NAVIGATION).location) for n in (1, 2)
    ]

    assert [browser.get(answer).location for answer in answers] == ["/me?tab=1", "/me?tab=2"]
    assert browser.get("/me").status_code == 200


def test_sign_ins_never_finished_leave_few_cookies(browser: Browser) -> None:
    for _ in range(12):
        browser.client.get("/login", headers=NAVIGATION)

    waiting = [name for name in browser.client._cookies if "signin" in str(name)]  # type: ignore[union-attr]
    assert len(waiting) <= 6


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_the_same_story_on_each_database(
    make_portal: Callable[..., Flask], provider: FakeProvider, database_url: str
) -> None:
    app = make_portal(database_url=database_url)
    browser = Browser(app, provider)
    assert "Nguyễn Văn Ánh" in browser.sign_in().text

    told = app.test_client().post("/backchannel-logout", data={"logout_token": provider.logout_token()})

    assert told.status_code == 200
    assert browser.get("/me").status_code == 303
