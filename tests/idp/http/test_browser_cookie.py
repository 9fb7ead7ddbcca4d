"""The per-browser cookie's value: ours alone, for as long as it lasts."""

import base64
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import BadSignature

from idp.http.browser_cookie import LIFETIME, BrowserCookie
from tests.idp.http.frame import provider
from tests.support.clock import StoppedClock

SECRET = b"s" * 32
KEPT = {"browser": "abc", "csrf_token": "xyz", "_flashes": [["message", "Đã xong – 100 %"]]}


@pytest.mark.parametrize(
    "values", [KEPT, {}, {"name": "ế" * 500}, {"a": "?>~"}, {"ended": {"sid": "", "address": None}}]
)
def test_what_was_kept_is_read_again(values: dict[str, Any]) -> None:
    cookie = BrowserCookie(SECRET)

    assert cookie.loads(cookie.dumps(values)) == cookie.read(cookie.dumps(values)) == values


def test_its_value_needs_no_quoting_in_a_header() -> None:
    """RFC 6265 §4.1.1, cookie-octet; and nothing that a proxy might decode."""
    value = BrowserCookie(SECRET).dumps(KEPT)

    assert value.replace(".", "").replace("-", "").replace("_", "").isalnum()
    assert value.isascii()


def test_another_secret_is_another_application() -> None:
    with pytest.raises(BadSignature):
        BrowserCookie(b"t" * 32).loads(BrowserCookie(SECRET).dumps(KEPT))


def test_nobody_else_changes_what_it_holds() -> None:
    cookie = BrowserCookie(SECRET)
    value = cookie.dumps(KEPT)

    for place in range(len(value)):
        other = "A" if value[place] != "A" else "B"
        assert cookie.read(value[:place] + other + value[place + 1 :]) == {}


@given(st.text())
@example("..")
@example(".")
@example("W10.")
@example("\u0101.\u0101")
def test_rubbish_is_as_if_there_were_no_cookie(value: str) -> None:
    assert BrowserCookie(SECRET).read(value) == {}


@pytest.mark.parametrize("said", [b"[]", b"{}", b"null", b"[1]", b"[1,null]", b'["x",{}]', b"[1,{},2]", b"\xff", b""])
def test_what_another_version_of_ours_signed_is_as_if_there_were_none(said: bytes) -> None:
    """An upgrade, or a way back from one, costs a browser what it began, never an error on each page."""
    cookie = BrowserCookie(SECRET)
    payload = base64.urlsafe_b64encode(said).rstrip(b"=")

    assert cookie.read(f"{payload.decode()}.{cookie._signature(payload)}") == {}


def test_a_signature_of_one_value_is_none_of_another() -> None:
    cookie = BrowserCookie(SECRET)
    mine, yours = cookie.dumps({"browser": "mine"}), cookie.dumps({"browser": "yours"})

    assert cookie.read(f"{yours.partition('.')[0]}.{mine.partition('.')[2]}") == {}


def test_it_is_read_for_a_month_and_no_longer(clock: StoppedClock) -> None:
    cookie = BrowserCookie(SECRET, clock)
    value = cookie.dumps(KEPT)

    clock.advance(LIFETIME)
    assert cookie.read(value) == KEPT
    clock.advance(1)
    assert cookie.read(value) == {}


@pytest.mark.parametrize("value", ["garbage", "a.b", "eyJhIjoxfQ.Zx.abc", '"quoted"', "=", "%00"])
def test_a_browser_with_a_cookie_of_nobodys_begins_anew(value: str) -> None:
    browser = provider()
    browser.set_cookie("motcua_idp_browser", value)

    token = browser.get("/form").text

    assert browser.post("/form", data={"csrf_token": token}).text == "sent"


def test_an_answer_that_changes_nothing_writes_no_cookie() -> None:
    browser = provider()

    assert "Set-Cookie" in browser.get("/form").headers
    again = browser.get("/form")
    assert "Set-Cookie" not in again.headers
    assert again.headers["Vary"] == "Cookie"
