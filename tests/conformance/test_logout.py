"""RP-initiated and back-channel logout plans (RP-Initiated Logout 1.0, Back-Channel Logout 1.0)."""

from collections.abc import Callable, Iterator

import pytest
import requests

from tests.conformance.conftest import LANDING
from tests.conformance.relying_party import Browser, RelyingParty
from tests.support.logout_receiver import Receiver, receiving

Register = Callable[..., RelyingParty]


def logout(rp: RelyingParty, browser: Browser, **parameters: str) -> requests.Response:
    return browser.open(rp.metadata["end_session_endpoint"], **parameters)


def signed_out(rp: RelyingParty, browser: Browser) -> bool:
    return rp.authorize(browser, prompt="none").get("error") == "login_required"


def test_rp_initiated_logout(rp: RelyingParty, browser: Browser) -> None:
    hint = rp.tokens(browser)["id_token"]
    page = logout(rp, browser, id_token_hint=hint, post_logout_redirect_uri=LANDING, state="a b")
    if not page.is_redirect:
        assert LANDING in page.text
    assert signed_out(rp, browser)


@pytest.mark.parametrize("address", ["https://evil.example/", LANDING + "?extra=1", LANDING + "/x"])
def test_bad_post_logout_redirect_uri(rp: RelyingParty, browser: Browser, address: str) -> None:
    hint = rp.tokens(browser)["id_token"]
    page = logout(rp, browser, id_token_hint=hint, post_logout_redirect_uri=address)
    assert page.status_code == 400
    assert "Location" not in page.headers
    assert not signed_out(rp, browser)


def test_modified_id_token_hint(rp: RelyingParty, browser: Browser) -> None:
    header, claims, signature = rp.tokens(browser)["id_token"].split(".")
    page = logout(rp, browser, id_token_hint=f"{header}.{claims}.{signature[::-1]}", post_logout_redirect_uri=LANDING)
    assert page.status_code == 400
    assert not signed_out(rp, browser)


def test_no_id_token_hint_and_no_params_ask_first(rp: RelyingParty, browser: Browser) -> None:
    rp.tokens(browser)
    for parameters in ({}, {"state": "only"}, {"client_id": rp.registered["client_id"]}):
        page = logout(rp, browser, **parameters)
        assert page.status_code == 200
        assert not signed_out(rp, browser), "a stranger's link must not sign anybody out"


def test_no_state_and_no_post_logout_redirect_uri(rp: RelyingParty, browser: Browser) -> None:
    hint = rp.tokens(browser)["id_token"]
    page = logout(rp, browser, id_token_hint=hint)
    assert page.status_code == 200
    assert signed_out(rp, browser)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_backchannel_rp_initiated_logout(register: Register, browser: Browser, receiver: Receiver) -> None:
    rp = register(backchannel_logout_uri=receiver.address)
    tokens = rp.tokens(browser)
    logout(rp, browser, id_token_hint=tokens["id_token"])
    claims = rp.verified(receiver.tokens.get(timeout=15), None)
    assert claims["sid"] == tokens["claims"]["sid"]
    assert claims["sub"] == tokens["claims"]["sub"]
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in claims
    assert claims["jti"]
