"""Signing out ends the session here whatever the provider does, and everywhere where it can."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from werkzeug.wrappers import Response

from tests.support.browser import Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider


def test_the_provider_is_asked_in_the_language_of_the_page(browser: Browser) -> None:
    browser.get("/language?to=en&next=/")

    answer = browser.press(browser.sign_in(), "/logout")

    assert parse_qs(urlsplit(answer.location).query)["ui_locales"] == ["en"]


def test_where_the_provider_has_no_logout_the_session_ends_here(browser: Browser, provider: FakeProvider) -> None:
    provider.twist["discovery"] = lambda document: {
        name: value for name, value in document.items() if name != "end_session_endpoint"
    }

    answer = browser.press(browser.sign_in(), "/logout")

    assert answer.location == "/logged-out"
    assert browser.get("/me").status_code == 303


def test_a_silent_provider_keeps_nobody_signed_in(
    make_portal: Callable[..., Flask], provider: FakeProvider, clock: StoppedClock
) -> None:
    """Another process, which has never heard of the provider, answers the sign-out."""
    first = Browser(make_portal(), provider)
    page = first.sign_in()
    cookie = first.cookie()
    second = Browser(make_portal_again(make_portal), provider)
    assert cookie
    second.client.set_cookie("motcua-national", cookie)
    provider.twist["/.well-known/openid-configuration"] = lambda _: Response("broken", 500)

    answer = second.press(page, "/logout")

    assert answer.location == "/logged-out"
    assert first.get("/me").status_code == 303


def make_portal_again(make_portal: Callable[..., Flask]) -> Flask:
    """A second process on the same database."""
    return make_portal(copy_database=False)


def test_pressing_the_button_of_an_old_page_is_no_error(browser: Browser, provider: FakeProvider) -> None:
    old = browser.sign_in()
    token = old.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    browser.press(old, "/logout")

    answer = browser.client.post("/logout", data={"csrf_token": token})

    assert answer.status_code == 400
    assert "/logged-out" in browser.open("/logged-out").request.path


def test_the_landing_page_says_when_one_is_still_signed_in(browser: Browser) -> None:
    """Somebody else's link to the landing page signs nobody out, and does not say that it did."""
    browser.sign_in()

    assert "Bạn vẫn đang đăng nhập tại đây" in browser.get("/logged-out").text


def test_a_provider_whose_keys_cannot_be_read_is_asked_to_say_it_again(portal: Flask, provider: FakeProvider) -> None:
    """Not 400: the logout token may be good, and the provider tries again (§2.8)."""
    provider.twist["/jwks"] = lambda _: Response("broken", 500)

    answer = portal.test_client().post("/backchannel-logout", data={"logout_token": provider.logout_token()})

    assert answer.status_code == 503
    assert answer.json == {
        "error": "temporarily_unavailable",
        "error_description": "the keys of the provider cannot be read",
    }
