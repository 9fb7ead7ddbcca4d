"""The provider says that a session is over, and the portal forgets it at once (Back-Channel Logout 1.0)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clients.kit.records import logout_tokens
from clients.kit.records.database import reading, writing
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider, ec_key, rsa_key, sign

Forge = Callable[[FakeProvider], str]
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def tell(app: Flask, *tokens: str) -> TestResponse:
    return app.test_client().post("/backchannel-logout", data={"logout_token": list(tokens)})


def is_known(browser: Browser) -> bool:
    return browser.get("/me").status_code == 200


@pytest.mark.parametrize(
    "whom",
    [{"sid": "sid-1"}, {"sid": None, "sub": "f3c1-national"}, {"sid": "sid-1", "sub": "f3c1-national"}],
    ids=["by session", "by person", "by both"],
)
def test_the_session_ends_at_once_and_the_front_page_says_so(
    browser: Browser, provider: FakeProvider, portal: Flask, whom: dict[str, Any]
) -> None:
    browser.sign_in()

    answer = tell(portal, provider.logout_token(**whom))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_known(browser)
    assert "đăng xuất ở mọi nơi" in browser.get("/", **{"Accept-Language": "vi"}).text
    assert "đăng xuất ở mọi nơi" not in browser.get("/", **{"Accept-Language": "vi"}).text


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("certificate_revoked", "đã bị thu hồi"),
        ("certificate_on_hold", "đang bị tạm dừng"),
        ("account_frozen", "Tài khoản của bạn đang bị khóa"),
        (None, "đã kết thúc tại dịch vụ đăng nhập"),
        ("<b>anything</b>", "đã kết thúc tại dịch vụ đăng nhập"),
        (["certificate_revoked"], "đã kết thúc tại dịch vụ đăng nhập"),
        ("x" * 5000, "đã kết thúc tại dịch vụ đăng nhập"),
    ],
    ids=["revoked", "suspended", "frozen", "no reason", "unknown", "a list", "long"],
)
def test_the_front_page_says_why(
    browser: Browser, provider: FakeProvider, portal: Flask, reason: Any, says: str
) -> None:
    browser.sign_in()

    assert tell(portal, provider.logout_token(end_reason=reason)).status_code == 200

    page = browser.get("/", **{"Accept-Language": "vi"}).text
    assert says in page
    assert "anything" not in page
    assert "Đăng nhập lại" in page


def test_the_reason_of_one_logout_is_not_told_after_the_next(
    browser: Browser, provider: FakeProvider, portal: Flask
) -> None:
    browser.sign_in()
    tell(portal, provider.logout_token(end_reason="certificate_revoked"))
    browser.get("/", **{"Accept-Language": "vi"})
    provider.sid = "sid-2"
    browser.sign_in()

    tell(portal, provider.logout_token())

    page = browser.get("/", **{"Accept-Language": "vi"}).text
    assert "đăng xuất ở mọi nơi" in page
    assert "thu hồi" not in page


@pytest.mark.parametrize(
    "whom",
    [{"sid": "sid-2"}, {"sid": None, "sub": "somebody else"}, {"sid": "sid-1", "sub": "somebody else"}],
    ids=["another session", "another person", "the session of another person"],
)
def test_other_sessions_stay(browser: Browser, provider: FakeProvider, portal: Flask, whom: dict[str, Any]) -> None:
    browser.sign_in()

    assert tell(portal, provider.logout_token(**whom)).status_code == 200

    assert is_known(browser)


def test_a_logout_ends_the_session_in_every_browser_but_no_other(
    browser: Browser, provider: FakeProvider, portal: Flask
) -> None:
    browser.sign_in()
    second = Browser(portal, provider)
    second.sign_in()
    provider.sid = "sid-2"
    other = Browser(portal, provider)
    other.sign_in()

    tell(portal, provider.logout_token(sid="sid-1"))

    assert [is_known(one) for one in (browser, second, other)] == [False, False, True]


def changed(**changes: Any) -> Forge:
    return lambda provider: provider.logout_token(**changes)


def signed(key: Any, typ: str = "logout+jwt", **header: Any) -> Forge:
    return lambda provider: sign(provider.logout_claims(), key, typ, **header)


def an_id_token(provider: FakeProvider) -> str:
    return sign(provider.logout_claims(nonce="n", events=None), rsa_key(), "JWT")


FORGED: dict[str, Forge] = {
    "another issuer": changed(iss="https://evil.example"),
    "another audience": changed(aud="portal-ministry"),
    "no audience": changed(aud=None),
    "expired": lambda provider: provider.logout_token(exp=int(provider.clock()) - 30),
    "no expiry": changed(exp=None),
    "expiry beyond what is remembered": lambda p: p.logout_token(exp=int(p.clock()) + 90_000),
    "issued in the future": lambda provider: provider.logout_token(iat=int(provider.clock()) + 31),
    "no time of issue": changed(iat=None),
    "no jti": changed(jti=None),
    "neither sid nor sub": changed(sid=None),
    "empty sid": changed(sid=""),
    "sid that is no text": changed(sid={"$ne": ""}),
    "no events": changed(events=None),
    "events of another kind": changed(events={"http://schemas.openid.net/event/other": {}}),
    "event that is no object": changed(events={EVENT: True}),
    "events as a list": changed(events=[EVENT]),
    "with a nonce, as an ID token has": changed(nonce="n"),
    "an ID token": an_id_token,
    "an access token by its type": signed(rsa_key(), "at+jwt"),
    "signed by a stranger": signed(rsa_key("stranger"), kid="rsa"),
    "a key we do not know": signed(rsa_key("stranger")),
    "the key of another algorithm": signed(ec_key(), kid="rsa"),
    "not a token": lambda _: "hello",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_logout_token_ends_nothing(
    browser: Browser, provider: FakeProvider, portal: Flask, forge: Forge
) -> None:
    browser.sign_in()

    answer = tell(portal, forge(provider))

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "invalid_request"
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_known(browser)


def test_a_logout_token_is_used_once(browser: Browser, provider: FakeProvider, portal: Flask) -> None:
    token = provider.logout_token(sid=None, sub="f3c1-national")
    assert tell(portal, token).status_code == 200
    browser.provider.clock.advance(1)  # type: ignore[attr-defined]
    browser.sign_in()

    assert tell(portal, token).status_code == 400
    assert is_known(browser)


@pytest.mark.parametrize("tokens", [(), ("a", "b")], ids=["none", "two"])
def test_the_token_is_sent_exactly_once(portal: Flask, tokens: tuple[str, ...]) -> None:
    assert tell(portal, *tokens).status_code == 400


def test_the_token_comes_by_post_in_the_body(portal: Flask, provider: FakeProvider) -> None:
    client = portal.test_client()
    token = provider.logout_token()

    assert client.get(f"/backchannel-logout?logout_token={token}").status_code == 405
    assert client.post(f"/backchannel-logout?logout_token={token}").status_code == 400


def test_a_logout_that_overtakes_its_sign_in_still_holds(
    browser: Browser, provider: FakeProvider, portal: Flask
) -> None:
    answer = browser.step(browser.client.get("/login", headers=NAVIGATION).location)
    tell(portal, provider.logout_token())

    assert browser.get(answer).status_code == 400
    assert not is_known(browser)


def test_someone_may_sign_in_again_after(
    browser: Browser, provider: FakeProvider, portal: Flask, clock: StoppedClock
) -> None:
    browser.sign_in()
    tell(portal, provider.logout_token(sub="f3c1-national"))
    provider.sid = "sid-2"
    clock.advance(1)

    browser.sign_in()

    assert is_known(browser)


def test_signing_out_elsewhere_is_not_undone_by_silent_sign_on(
    browser: Browser, provider: FakeProvider, portal: Flask
) -> None:
    browser.sign_in()
    tell(portal, provider.logout_token())

    assert browser.client.get("/", headers=NAVIGATION).status_code == 200


def test_used_tokens_are_forgotten_when_they_have_expired(
    provider: FakeProvider, portal: Flask, clock: StoppedClock
) -> None:
    for _ in range(3):
        tell(portal, provider.logout_token())
    clock.advance(200)

    with portal.app_context():
        with writing() as work:
            assert [logout_tokens.sweep(work, clock(), 2) for _ in range(3)] == [2, 1, 0]
        with reading() as work:
            assert work.query(logout_tokens.UsedLogoutToken).count() == 0


def test_signed_out_of_this_portal_alone_one_may_sign_in_again_within_the_same_session(
    browser: Browser, provider: FakeProvider, portal: Flask, clock: StoppedClock
) -> None:
    """What a person does who withdraws a portal and then changes their mind: the session at the provider lives on."""
    browser.sign_in()
    tell(portal, provider.logout_token())
    assert not is_known(browser)
    clock.advance(2)

    browser.sign_in()

    assert is_known(browser)
