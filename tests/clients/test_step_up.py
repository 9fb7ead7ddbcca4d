"""A page that needs more sends the person to the provider and back, and loses nothing they filled in."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, request

from clients.kit.web.step_up import requires
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider

MFA = "urn:vn:eid:loa2:mfa"


@pytest.fixture
def portal(portal: Flask) -> Flask:
    """The national portal with a form that needs two factors, and a page that needs a recent sign-in."""
    sent: list[dict[str, list[str]]] = []

    @requires(acr=MFA)
    def file() -> str:
        if request.method == "POST":
            sent.append(request.form.to_dict(flat=False))
        return "the form"

    portal.add_url_rule("/file", "portal.file", file, methods=["GET", "POST"])
    portal.add_url_rule("/recent", "portal.recent", requires(max_age=600)(lambda: "recent enough"))
    portal.add_url_rule("/office", "portal.office", requires(role="clerk")(lambda: "welcome, clerk"))
    portal.extensions["sent"] = sent
    return portal


def last_asked(provider: FakeProvider) -> dict[str, list[str]]:
    return parse_qs(urlsplit([a for a in provider.asked if "/authorize?" in a][-1]).query)


def test_a_page_that_needs_two_factors_sends_there_and_back(browser: Browser, provider: FakeProvider) -> None:
    browser.sign_in()
    before = browser.cookie()

    page = browser.open("/file?step=2")

    assert page.status_code == 200
    assert page.request.full_path == "/file?step=2"
    assert last_asked(provider)["acr_values"] == [MFA]
    assert browser.cookie() != before


def test_whoever_is_strong_enough_is_not_asked_again(browser: Browser, provider: FakeProvider) -> None:
    provider.person["acr"] = "urn:vn:eid:loa2:phr"
    browser.sign_in()
    asked = len(provider.asked)

    assert browser.open("/file").status_code == 200
    assert len(provider.asked) == asked


@pytest.mark.parametrize("reached", ["urn:vn:eid:loa2", "urn:vn:eid:loa1:phr", "LoA2", "made-up", None])
def test_a_level_that_was_not_reached_is_said_and_does_not_go_in_circles(
    browser: Browser, provider: FakeProvider, reached: str | None
) -> None:
    browser.sign_in()
    provider.twist["id_token"] = lambda claims: {**claims, "acr": reached}

    page = browser.open("/file")

    assert page.status_code == 403
    assert 'class="reference"' in page.text


def test_what_was_filled_in_is_kept_and_sent_when_the_person_says_so(
    browser: Browser, portal: Flask, provider: FakeProvider
) -> None:
    answer = browser.press_to("/file", browser.sign_in(), content="Đơn xin\r\ncấp <lại> giấy", part=["1", "2"])

    page = browser.follow(answer)

    assert page.request.path == "/continue"
    assert portal.extensions["sent"] == []
    assert browser.press(page, "/file", **browser.kept_fields(page)).status_code == 200
    (sent,) = portal.extensions["sent"]
    assert sent["content"] == ["Đơn xin\r\ncấp <lại> giấy"]
    assert sent["part"] == ["1", "2"]
    assert browser.get("/continue").status_code == 303


def test_a_forged_form_is_refused_before_anything_is_kept(browser: Browser, portal: Flask) -> None:
    browser.sign_in()

    assert browser.client.post("/file", data={"content": "forged"}).status_code == 400
    assert browser.get("/continue").status_code == 303


def test_what_was_kept_for_one_person_is_not_sent_by_another(
    browser: Browser, portal: Flask, provider: FakeProvider
) -> None:
    page = browser.sign_in()
    browser.follow(browser.press_to("/file", page, content="of the first"))
    provider.person = {"sub": "another", "name": "Trần Thị Bích", "acr": MFA}

    browser.sign_in()

    assert browser.get("/continue").status_code == 303


def test_a_page_that_needs_a_recent_sign_in(browser: Browser, provider: FakeProvider, clock: StoppedClock) -> None:
    browser.sign_in()
    clock.advance(600)
    assert browser.get("/recent").text == "recent enough"
    clock.advance(31)

    page = browser.open("/recent")

    assert page.text == "recent enough"
    assert last_asked(provider)["max_age"] == ["600"]


def test_a_provider_that_ignores_max_age_is_not_believed(
    browser: Browser, provider: FakeProvider, clock: StoppedClock
) -> None:
    browser.sign_in()
    old = provider.auth_time
    clock.advance(700)
    provider.twist["id_token"] = lambda claims: {**claims, "auth_time": old}

    assert browser.open("/recent").status_code == 403


def test_a_role_cannot_be_had_by_signing_in_again(browser: Browser, provider: FakeProvider) -> None:
    browser.sign_in()
    assert browser.open("/office").status_code == 403
    provider.person["roles"] = ["clerk"]
    browser.sign_in()

    assert browser.open("/office").text == "welcome, clerk"


def test_a_level_is_asked_for_as_essential_where_the_provider_understands(
    browser: Browser, provider: FakeProvider
) -> None:
    provider.twist["discovery"] = lambda document: {**document, "claims_parameter_supported": True}

    browser.client.get("/file", headers={**NAVIGATION, "Sec-Fetch-Dest": "empty"})
    asked = parse_qs(urlsplit(browser.client.get("/file").location).query)

    assert '"essential":true' in asked["claims"][0]
    assert MFA in asked["claims"][0]
