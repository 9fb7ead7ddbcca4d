"""Somebody fills in a form for so long that their session ends meanwhile: nothing of it is lost, and nobody else sends one."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, request
from flask.templating import render_template_string
from werkzeug.test import TestResponse

from clients.kit.web.late_forms import MOST
from clients.kit.web.step_up import requires
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider

MFA = "urn:vn:eid:loa2:mfa"
LETTER = "Kính gửi <Ủy ban>,\r\ntôi xin trình bày & đề nghị"
FORM = '<form method="post" action="/letter"><input name="csrf_token" value="{{ csrf_token() }}"></form>'


@pytest.fixture
def portal(portal: Flask) -> Flask:
    """The national portal with a form for letters, which needs two factors, and one that needs nobody."""
    sent: list[dict[str, list[str]]] = []

    @requires(acr=MFA)
    def letter() -> str:
        if request.method == "POST":
            sent.append(request.form.to_dict(flat=False))
            return "received"
        return render_template_string(FORM)

    portal.add_url_rule("/letter", "portal.letter", letter, methods=["GET", "POST"])
    portal.add_url_rule("/open", "portal.open", lambda: "open", methods=["POST"])
    portal.extensions["sent"] = sent
    return portal


@pytest.fixture
def page(browser: Browser, provider: FakeProvider) -> TestResponse:
    """The form, opened by somebody who is signed in with two factors."""
    provider.person["acr"] = MFA
    return browser.open("/letter")


@pytest.fixture
def late(page: TestResponse, clock: StoppedClock) -> TestResponse:
    """The same page the next day: its session has died."""
    clock.advance(86400)
    return page


def send_anyway(browser: Browser, page: TestResponse, site: str = "same-origin", **fields: Any) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    headers = {**NAVIGATION, **({"Sec-Fetch-Site": site} if site else {})}
    if not site:
        del headers["Sec-Fetch-Site"]
    return browser.client.post("/letter", data={"csrf_token": token[1], "text": LETTER, **fields}, headers=headers)


def test_a_form_filled_in_until_the_session_died_is_sent_after_signing_in(
    browser: Browser, portal: Flask, late: TestResponse
) -> None:
    interrupted = browser.follow(browser.press_to("/letter", late, text=LETTER, part=["1", "2"]))

    assert interrupted.request.path == "/continue"
    assert "Những gì bạn điền vẫn còn" in interrupted.text
    assert portal.extensions["sent"] == []
    assert browser.press(interrupted, "/letter", **browser.kept_fields(interrupted)).text == "received"
    (sent,) = portal.extensions["sent"]
    assert (sent["text"], sent["part"]) == ([LETTER], ["1", "2"])


def test_the_way_back_asks_at_once_for_what_the_page_needs(
    browser: Browser, provider: FakeProvider, late: TestResponse
) -> None:
    asked = parse_qs(urlsplit(browser.press_to("/letter", late, text=LETTER).location).query)

    assert asked["acr_values"] == [MFA]


def test_whoever_signed_in_anew_in_another_tab_only_presses_once_more(
    browser: Browser, portal: Flask, provider: FakeProvider, late: TestResponse
) -> None:
    browser.sign_in()
    asked = len(provider.asked)

    answer = browser.press_to("/letter", late, text=LETTER)

    assert answer.location == "/continue"
    assert portal.extensions["sent"] == []
    interrupted = browser.follow(answer)
    assert provider.person["name"] in interrupted.text
    assert len(provider.asked) == asked
    assert browser.press(interrupted, "/letter", **browser.kept_fields(interrupted)).text == "received"


@pytest.mark.parametrize("site", ["", "none", "cross-site", "same-site"])
def test_another_sites_form_is_neither_taken_nor_kept(
    browser: Browser, portal: Flask, late: TestResponse, site: str
) -> None:
    """A browser that says nothing, or that somebody else sent the form, gets the advice to go back and try again."""
    answer = send_anyway(browser, late, site)

    assert answer.status_code == 400
    assert "Hãy quay lại" in answer.text
    browser.sign_in()
    assert browser.get("/continue").location == "/"
    assert portal.extensions["sent"] == []


@pytest.mark.parametrize("token", ["", "x", "IjEi.aaaa.bbbb"])
def test_a_token_that_we_never_signed_keeps_nothing(browser: Browser, late: TestResponse, token: str) -> None:
    assert send_anyway(browser, late, csrf_token=token).status_code == 400


def test_no_more_is_kept_for_a_stranger_than_a_form_may_hold(browser: Browser, late: TestResponse) -> None:
    assert send_anyway(browser, late, text="x" * MOST).status_code == 400


def test_a_page_that_asks_nobody_to_sign_in_keeps_nothing(browser: Browser, late: TestResponse) -> None:
    assert browser.press_to("/open", late, text=LETTER).status_code == 400


def test_the_button_to_sign_out_works_on_a_page_left_open(browser: Browser, late: TestResponse) -> None:
    answer = browser.press_to("/logout", late)

    assert (answer.status_code, answer.location) == (303, "/logged-out")


def test_a_form_of_somebody_is_not_handed_to_who_signs_in_instead(
    browser: Browser, portal: Flask, provider: FakeProvider, page: TestResponse
) -> None:
    provider.person["acr"] = "urn:vn:eid:loa2"
    browser.sign_in()
    asked_for_more = browser.press_to("/letter", browser.open("/me"), text=LETTER)
    provider.person = {"sub": "another", "name": "Trần Thị Bích", "acr": MFA}

    landed = browser.follow(asked_for_more)

    assert landed.request.path == "/"
    assert "Trần Thị Bích" in landed.text
    assert browser.get("/continue").location == "/"
