"""Whoever is signed in at the provider is known at the next portal without a click: tried once, never in a frame."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from clients.kit.records.browser_sessions import BrowserSession
from clients.kit.records.database import reading
from clients.kit.records.sign_ins import SignIn
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider


def asked(provider: FakeProvider) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(address).query) for address in provider.asked if "/authorize?" in address]


def rows(app: Flask, record: type[BrowserSession] | type[SignIn]) -> int:
    with app.app_context(), reading() as work:
        return work.query(record).count()


def test_a_person_who_is_signed_in_elsewhere_is_known_at_once(
    make_portal: Callable[..., Flask], provider: FakeProvider
) -> None:
    national, ministry = (Browser(make_portal(site), provider) for site in ("national", "ministry"))
    national.sign_in()

    page = ministry.open("/?from=national")

    assert "Nguyễn Văn Ánh" in page.text
    assert page.request.full_path == "/?from=national"
    assert asked(provider)[-1]["prompt"] == ["none"]


def test_a_stranger_sees_the_page_and_is_not_asked_again(browser: Browser, provider: FakeProvider) -> None:
    first, second = browser.open("/"), browser.open("/")

    assert first.status_code == second.status_code == 200
    assert "Nguyễn Văn Ánh" not in first.text
    assert len(asked(provider)) == 1


@pytest.mark.parametrize("error", ["login_required", "consent_required", "interaction_required"])
def test_an_answer_that_a_page_would_be_needed_is_no_error(
    browser: Browser, provider: FakeProvider, error: str
) -> None:
    provider.twist["answer"] = lambda answer: {**answer, "error": error}

    assert browser.open("/").status_code == 200


def test_a_browser_that_keeps_no_cookies_is_not_sent_in_circles(portal: Flask, provider: FakeProvider) -> None:
    browser = Browser(portal, provider)
    browser.client = portal.test_client(use_cookies=False)

    assert browser.open("/").status_code == 200
    assert len(asked(provider)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"User-Agent": "curl/8", "Accept": "*/*"},
        {"User-Agent": "Mozilla/5.0 (robot)", "Accept": "*/*"},
    ],
    ids=["a frame", "a script", "curl", "a robot"],
)
def test_frames_scripts_and_robots_are_left_alone(browser: Browser, portal: Flask, headers: dict[str, str]) -> None:
    assert browser.client.get("/", headers=headers).status_code == 200
    assert rows(portal, SignIn) == 0


def test_over_plain_http_a_browsers_usual_headers_do(browser: Browser) -> None:
    headers = {"User-Agent": "Mozilla/5.0 (X11; Linux)", "Accept": "text/html,application/xhtml+xml;q=0.9"}

    assert browser.client.get("/", headers=headers).status_code == 303


@pytest.mark.parametrize("path", ["/healthz", "/static/logo.svg", "/logged-out", "/missing"])
def test_what_is_no_page_of_ours_is_never_held_up(browser: Browser, path: str) -> None:
    with browser.client.get(path, headers=NAVIGATION) as answer:
        assert answer.status_code in (200, 404)


def test_after_signing_out_one_stays_signed_out(browser: Browser, provider: FakeProvider) -> None:
    browser.press(browser.sign_in(), "/logout")

    assert browser.client.get("/", headers=NAVIGATION).status_code == 200
    assert provider.signed_in


def test_it_may_be_tried_again_in_a_new_session(browser: Browser, provider: FakeProvider, clock: StoppedClock) -> None:
    browser.open("/")
    clock.advance(1801)

    browser.open("/")

    assert len(asked(provider)) == 2


def test_the_page_is_shown_when_the_provider_is_silent(browser: Browser, provider: FakeProvider) -> None:
    provider.twist["discovery"] = lambda document: {**document, "issuer": "https://evil.example"}

    assert browser.open("/").status_code == 200


def test_the_address_for_it_goes_on_when_there_is_nothing_to_try(browser: Browser) -> None:
    browser.sign_in()

    assert browser.get("/silent?next=/me").location == "/me"
