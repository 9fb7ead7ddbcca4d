"""The shortcuts found in OpenCPS's sign-in with the national portal (``DVCQGSSOActionImpl``), each refused here.

State that was only base64 of an address, an ID token nobody verified, no nonce, no PKCE, whole responses in the log, and
accounts joined because they claimed the same identity number.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from flask import Flask
from structlog.testing import LogCapture

from clients.kit.web.logs import HIDDEN, hide_secrets
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import CLIENT_SECRET, FakeProvider

NUMBER = "001099012345"


@pytest.fixture
def log() -> Iterator[list[Any]]:
    """Every line that is logged."""
    capture, before = LogCapture(), structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.configure(processors=before)


def test_state_says_nothing_and_cannot_be_guessed(browser: Browser) -> None:
    states = {
        parse_qs(urlsplit(browser.client.get("/login?next=/me", headers=NAVIGATION).location).query)["state"][0]
        for _ in range(5)
    }

    assert len(states) == 5
    for state in states:
        assert b"/me" not in base64.urlsafe_b64decode(state + "=")


def test_a_state_made_by_somebody_else_is_refused(browser: Browser) -> None:
    state = base64.urlsafe_b64encode(b'{"redirect": "/me", "service": "dvcqg"}').decode()

    assert browser.client.get("/callback", query_string={"code": "x", "state": state}).status_code == 400


def test_an_id_token_that_nobody_signed_is_refused(browser: Browser, provider: FakeProvider) -> None:
    def unsigned(claims: dict[str, Any]) -> str:
        parts = ({"alg": "none"}, {**claims, "sub": "victim"})
        return ".".join((*(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts), "x"))

    provider.twist["id_token"] = unsigned

    assert browser.sign_in().status_code == 400


def test_every_request_has_a_nonce_and_a_challenge(browser: Browser) -> None:
    asked = parse_qs(urlsplit(browser.client.get("/login", headers=NAVIGATION).location).query)

    assert asked["nonce"][0] != asked["state"][0]
    assert asked["code_challenge_method"] == ["S256"]


def test_a_code_without_its_verifier_is_worth_nothing(browser: Browser, portal: Flask, provider: FakeProvider) -> None:
    """The provider checks; what the kit owes is that each request has a verifier of its own that leaves it only once."""
    stolen = parse_qs(urlsplit(browser.step(browser.client.get("/login", headers=NAVIGATION).location)).query)["code"]
    provider.twist["answer"] = lambda answer: {**answer, "code": stolen[0]}
    provider.twist["id_token"] = lambda claims: claims

    assert Browser(portal, provider).sign_in().status_code == 400


def test_nothing_secret_and_nobodys_name_is_logged(
    browser: Browser, portal: Flask, provider: FakeProvider, clock: StoppedClock, log: list[Any]
) -> None:
    portal.add_url_rule("/dossiers/<number>", "portal.dossier", lambda number: number)
    provider.person["personal_number"] = NUMBER
    seen: list[str] = [CLIENT_SECRET, "Nguyễn Văn Ánh", NUMBER]
    provider.twist["answer"] = lambda answer: seen.extend((answer["code"], answer["state"])) or answer
    provider.twist["tokens"] = lambda tokens: (
        seen.extend((tokens["access_token"], tokens["refresh_token"], tokens["id_token"])) or tokens
    )
    browser.sign_in()
    seen.append(browser.cookie() or "")
    browser.get("/callback?state=forged-state&code=forged-code")
    seen += ["forged-state", "forged-code"]
    assert browser.get("/dossiers/H49-261121-0001").text == "H49-261121-0001"
    seen.append("H49-261121-0001")
    token = provider.logout_token()
    portal.test_client().post("/backchannel-logout", data={"logout_token": token})
    portal.test_client().post("/backchannel-logout", data={"logout_token": token + "x"})
    seen.append(token)

    text = json.dumps(log, ensure_ascii=False, default=str)

    assert len(log) >= 8
    assert all(seen)
    for secret in seen:
        assert secret not in text


def test_what_is_named_like_a_secret_is_blanked_should_anybody_log_it() -> None:
    event = {"event": "x", "access_token": "eyJ", "Client_Secret": "s", "code": "c", "sub": "1"}

    assert hide_secrets(None, "info", event) == {
        "event": "x",
        "access_token": HIDDEN,
        "Client_Secret": HIDDEN,
        "code": HIDDEN,
        "sub": "1",
    }


def test_two_people_who_claim_one_number_stay_two_people(
    browser: Browser, portal: Flask, provider: FakeProvider
) -> None:
    """A number is only claimed until it is proofed: who somebody is, is ``sub`` and nothing else."""
    provider.person |= {"personal_number": NUMBER, "acr": "urn:vn:eid:loa1"}
    first = browser.sign_in()
    provider.person = {**provider.person, "sub": "somebody else", "name": "Trần Thị Bích"}
    provider.sid = "sid-2"
    second = Browser(portal, provider)
    second.sign_in()

    portal.test_client().post("/backchannel-logout", data={"logout_token": provider.logout_token(sub="somebody else")})

    assert "f3c1-national" in first.text
    assert browser.get("/me").status_code == 200
    assert second.get("/me").status_code == 303
