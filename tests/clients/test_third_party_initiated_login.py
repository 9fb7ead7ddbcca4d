"""A sign-in that another site asks for (OpenID Connect Core §4): the issuer must be ours, and the end a page of ours."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.support.browser import NAVIGATION, Browser
from tests.support.fake_provider import FakeProvider

SITE = "http://localhost:8001"


def asked(location: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(location).query)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_begins_at_our_own_provider_with_the_hint(browser: Browser, provider: FakeProvider, method: str) -> None:
    """§4: RPs must take GET and POST; a form of another site brings neither cookie nor CSRF token."""
    given = {"iss": provider.issuer, "login_hint": "minh.khai@example.vn"}
    sent = {"query_string": given} if method == "GET" else {"data": given}
    answer = browser.client.open("/login", method=method, headers=NAVIGATION, **sent)
    assert answer.status_code == 303
    assert answer.location.startswith(f"{provider.issuer}/authorize?")
    assert asked(answer.location)["login_hint"] == ["minh.khai@example.vn"]
    assert len(asked(answer.location)["state"][0]) == 43


def test_a_form_of_another_site_may_begin_it_and_nothing_else(browser: Browser, provider: FakeProvider) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    begun = browser.client.post("/login", data={"iss": provider.issuer}, headers=foreign)
    assert begun.status_code == 303
    assert browser.client.post("/logout", headers=foreign).status_code == 400


def test_it_ends_at_the_page_that_was_meant(browser: Browser, provider: FakeProvider) -> None:
    target = urlencode({"iss": provider.issuer, "target_link_uri": f"{SITE}/me?tab=1"})
    page = browser.open(f"/login?{target}")
    assert page.request.full_path == "/me?tab=1"


@pytest.mark.parametrize("issuer", ["https://evil.example", "", "http://127.0.0.1:1/", "null"])
def test_another_issuer_is_refused(browser: Browser, provider: FakeProvider, issuer: str) -> None:
    answer = browser.client.get("/login", query_string={"iss": issuer}, headers=NAVIGATION)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_two_issuers_are_refused(browser: Browser, provider: FakeProvider) -> None:
    both = [("iss", provider.issuer), ("iss", "https://evil.example")]
    assert browser.client.get("/login", query_string=urlencode(both), headers=NAVIGATION).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "http://localhost:8001@evil.example/",
        "http://localhost:8001.evil.example/",
        "http://localhost:80010/",
        "http://localhost:8001//evil.example/",
        "http://localhost:8001/\\evil.example/",
        "http://localhost:8001/x\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "http://localhost:8002/",
        "/me",
    ],
)
def test_no_target_leads_elsewhere(browser: Browser, provider: FakeProvider, target: str) -> None:
    page = browser.open("/login?" + urlencode({"iss": provider.issuer, "target_link_uri": target}))
    assert page.request.path == "/"
    assert page.request.host.partition(":")[0] == "localhost"


def test_without_an_issuer_it_is_our_own_page_that_asks_and_no_hint_is_taken(browser: Browser) -> None:
    location = browser.client.get("/login?login_hint=somebody&next=/me", headers=NAVIGATION).location
    assert "login_hint" not in asked(location)
