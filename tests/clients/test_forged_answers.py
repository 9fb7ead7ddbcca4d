"""Answers that no honest provider gives to this browser sign nobody in, and leave nothing behind.

The attacks on a relying party of OpenID Connect Core §3.1.3.7 and RFC 9700 §4, and the shortcuts found in OpenCPS
(``DVCQGSSOActionImpl``: state only base64, ID token not verified, no nonce, no PKCE).
"""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from clients.kit.records.browser_sessions import BrowserSession
from clients.kit.records.database import reading
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider, ec_key, half_hash, rsa_key, sign

Claims = dict[str, Any]
Twist = Callable[[Claims], Any]


def changed(**changes: Any) -> Twist:
    """Change claims; None leaves one out."""
    return lambda claims: {k: v for k, v in {**claims, **changes}.items() if v is not None}


def shifted(name: str, seconds: int) -> Twist:
    return lambda claims: {**claims, name: claims[name] + seconds}


def encoded(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned(claims: Claims) -> str:
    return f"{encoded({'alg': 'none', 'typ': 'JWT', 'kid': 'rsa'})}.{encoded(claims)}."


def signed_with_the_public_key(claims: Claims) -> str:
    """HS256 with the published RSA key as the secret (RFC 8725 §2.1)."""
    text = ".".join(encoded(part) for part in ({"alg": "HS256", "kid": "rsa", "typ": "JWT"}, claims))
    mac = hmac.digest(rsa_key().as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def signed_by_a_stranger(claims: Claims) -> str:
    return sign(claims, rsa_key("stranger"), kid="rsa")


def with_its_own_key_inside(claims: Claims) -> str:
    return sign(claims, rsa_key("stranger"), jwk=rsa_key("stranger").as_dict(private=False))


def tampered(claims: Claims) -> str:
    head, _, tail = sign(claims, rsa_key()).split(".")
    return f"{head}.{encoded({**claims, 'sub': 'victim'})}.{tail}"


FORGED_ID_TOKENS: dict[str, Twist] = {
    "another issuer": changed(iss="https://evil.example"),
    "no issuer": changed(iss=None),
    "another audience": changed(aud="portal-ministry"),
    "one more audience": changed(aud=["portal-national", "portal-ministry"]),
    "no audience": changed(aud=None),
    "another authorized party": changed(azp="portal-ministry"),
    "wrong nonce": changed(nonce="of another browser"),
    "no nonce": changed(nonce=None),
    "expired": shifted("exp", -330),
    "no expiry": changed(exp=None),
    "expiry that is no number": changed(exp="tomorrow"),
    "expiry true": changed(exp=True),
    "issued in the future": shifted("iat", 31),
    "no time of issue": changed(iat=None),
    "no subject": changed(sub=None),
    "empty subject": changed(sub=""),
    "subject that is no text": changed(sub=7),
    "access token of somebody else": changed(at_hash=half_hash("another")),
    "unsigned": unsigned,
    "signed with the public key": signed_with_the_public_key,
    "signed by a stranger": signed_by_a_stranger,
    "with its own key inside": with_its_own_key_inside,
    "tampered": tampered,
    "an access token": lambda claims: sign(claims, rsa_key(), "at+jwt"),
    "a logout token": lambda claims: sign(claims, rsa_key(), "logout+jwt"),
    "critical header": lambda claims: sign(claims, rsa_key(), crit=["b64"], b64=False),
    "the key of another algorithm": lambda claims: sign(claims, ec_key(), kid="rsa"),
    "not a token": lambda _: "not.a.token",
    "no token": lambda _: "",
    "enormous": lambda claims: sign({**claims, "filler": "x" * 20_000}, rsa_key()),
}


def sessions(app: Flask) -> int:
    with app.app_context(), reading() as work:
        return work.query(BrowserSession).where(BrowserSession.subject.is_not(None)).count()


@pytest.mark.parametrize("twist", FORGED_ID_TOKENS.values(), ids=FORGED_ID_TOKENS)
def test_a_forged_id_token_signs_nobody_in(
    browser: Browser, provider: FakeProvider, portal: Flask, twist: Twist
) -> None:
    provider.twist["id_token"] = twist

    page = browser.sign_in()

    assert page.status_code == 400
    assert 'class="reference"' in page.text
    assert sessions(portal) == 0
    assert "Nguyễn Văn Ánh" not in page.text


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_each_algorithm_that_the_provider_may_choose_is_accepted(
    browser: Browser, provider: FakeProvider, algorithm: str
) -> None:
    key = rsa_key() if algorithm == "RS256" else ec_key()
    provider.twist["id_token"] = lambda claims: sign(claims, key)

    assert browser.sign_in().status_code == 200


def test_clocks_may_differ_by_half_a_minute(browser: Browser, provider: FakeProvider, clock: StoppedClock) -> None:
    provider.twist["id_token"] = changed(iat=clock() + 30, exp=clock() - 29)

    assert browser.sign_in().status_code == 200


FORGED_ANSWERS: dict[str, Twist] = {
    "state of nobody": changed(state="x" * 43),
    "no state": changed(state=None),
    "no issuer (RFC 9207 section 2.4)": changed(iss=None),
    "another issuer (mix-up)": changed(iss="https://evil.example"),
    "another issuer and an error": changed(iss="https://evil.example", error="access_denied", code=None),
    "neither code nor error": changed(code=None),
    "a made-up code (code injection)": changed(code="made-up"),
}


@pytest.mark.parametrize("twist", FORGED_ANSWERS.values(), ids=FORGED_ANSWERS)
def test_a_forged_answer_signs_nobody_in(browser: Browser, provider: FakeProvider, portal: Flask, twist: Twist) -> None:
    provider.twist["answer"] = twist

    page = browser.sign_in()

    assert page.status_code == 400
    assert sessions(portal) == 0


def test_a_parameter_sent_twice_is_refused(browser: Browser, provider: FakeProvider) -> None:
    begun = browser.client.get("/login", headers=NAVIGATION)
    answer = browser.step(begun.location)

    assert browser.get(f"{answer}&code=another").status_code == 400


def test_an_answer_is_taken_once(browser: Browser, provider: FakeProvider, portal: Flask) -> None:
    answer = browser.step(browser.client.get("/login", headers=NAVIGATION).location)
    assert browser.get(answer).status_code == 303
    stranger = Browser(portal, provider)

    assert stranger.get(answer).status_code == 400
    assert browser.get(answer).location == "/?silent=off"


def test_an_answer_is_taken_once_even_by_a_browser_that_kept_everything(
    browser: Browser, provider: FakeProvider, portal: Flask
) -> None:
    """A provider that honours a code twice, and a thief with all cookies of the moment of sign-in."""
    begun = browser.client.get("/login", headers=NAVIGATION)
    answer = browser.step(begun.location)
    codes = dict(provider.codes)
    thief = Browser(portal, provider)
    name, _, value = begun.headers["Set-Cookie"].partition(";")[0].partition("=")
    thief.client.set_cookie(name, value)
    assert browser.get(answer).status_code == 303
    provider.codes.update(codes)

    assert thief.get(answer).status_code == 400
    assert sessions(portal) == 1


def test_an_answer_meant_for_another_browser_is_refused(
    browser: Browser, provider: FakeProvider, portal: Flask
) -> None:
    """Login CSRF: an attacker's own answer, fed to a victim, must not sign the victim in as the attacker."""
    attacker = Browser(portal, provider)
    answer = attacker.step(attacker.client.get("/login", headers=NAVIGATION).location)

    assert browser.get(answer).status_code == 400
    assert browser.get("/me").status_code == 303


def test_a_code_of_another_browsers_sign_in_is_refused(browser: Browser, provider: FakeProvider, portal: Flask) -> None:
    """Code injection (RFC 9700 §4.5): the victim's code in the attacker's own answer fails at PKCE and at the nonce."""
    victim = Browser(portal, provider)
    stolen = parse_qs(urlsplit(victim.step(victim.client.get("/login", headers=NAVIGATION).location)).query)
    provider.twist["answer"] = lambda answer: {**answer, "code": stolen["code"][0]}

    assert browser.sign_in().status_code == 400


def test_a_sign_in_that_waited_too_long_is_refused(browser: Browser, provider: FakeProvider, clock: Any) -> None:
    answer = browser.step(browser.client.get("/login", headers=NAVIGATION).location)
    clock.advance(901)

    page = browser.get(answer)

    assert page.status_code == 400
    assert "/login" in page.text


def test_user_info_about_somebody_else_is_refused(browser: Browser, provider: FakeProvider, portal: Flask) -> None:
    provider.twist["userinfo"] = lambda claims: {**claims, "sub": "victim"}

    assert browser.sign_in().status_code == 400
    assert sessions(portal) == 0


def test_the_id_token_is_believed_before_user_info(browser: Browser, provider: FakeProvider) -> None:
    provider.twist["userinfo"] = lambda claims: {**claims, "acr": "urn:vn:eid:loa2:phr", "sid": "another"}

    assert (
        "phishing-resistant"
        not in browser.client.get(browser.sign_in().request.path, headers={"Accept-Language": "en"}).text
    )


def test_a_token_that_is_not_a_bearer_token_is_not_used(browser: Browser, provider: FakeProvider) -> None:
    provider.twist["tokens"] = lambda tokens: {**tokens, "token_type": "DPoP"}

    assert browser.sign_in().status_code == 503
