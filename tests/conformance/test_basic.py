"""Basic OP plan: the authorization code flow (OpenID Connect Core §3.1)."""

import json
import time
from collections.abc import Callable

import pytest
import requests

from tests.conformance.relying_party import Browser, RelyingParty

Register = Callable[..., RelyingParty]


def test_server(rp: RelyingParty, browser: Browser) -> None:
    tokens = rp.tokens(browser)
    assert tokens["token_type"].lower() == "bearer"
    assert {"sub", "exp", "iat", "auth_time", "acr"} <= tokens["claims"].keys()


def test_response_type_missing(rp: RelyingParty, browser: Browser) -> None:
    assert rp.authorize(browser, response_type=None)["error"] in ("invalid_request", "unsupported_response_type")


def test_userinfo_get(rp: RelyingParty, browser: Browser) -> None:
    tokens = rp.tokens(browser)
    assert rp.userinfo(tokens["access_token"])["sub"] == tokens["claims"]["sub"]


def test_userinfo_post_header(rp: RelyingParty, browser: Browser) -> None:
    tokens = rp.tokens(browser)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    response = requests.post(rp.metadata["userinfo_endpoint"], headers=header, timeout=10)
    assert response.json()["sub"] == tokens["claims"]["sub"]


def test_userinfo_post_body(rp: RelyingParty, browser: Browser) -> None:
    tokens = rp.tokens(browser)
    response = requests.post(
        rp.metadata["userinfo_endpoint"], data={"access_token": tokens["access_token"]}, timeout=10
    )
    assert response.json()["sub"] == tokens["claims"]["sub"]


def test_ensure_request_without_nonce_succeeds_for_code_flow(rp: RelyingParty, browser: Browser) -> None:
    assert "nonce" not in rp.tokens(browser, nonce=None)["claims"]


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("profile", {"name", "family_name", "given_name"}),
        ("email", {"email", "email_verified"}),
        ("phone", {"phone_number", "phone_number_verified"}),
        ("address", {"address"}),
    ],
)
def test_scope(rp: RelyingParty, browser: Browser, scope: str, claims: set[str]) -> None:
    tokens = rp.tokens(browser, scope=f"openid {scope}")
    assert claims <= rp.userinfo(tokens["access_token"]).keys()


def test_scope_all_and_other_order(rp: RelyingParty, browser: Browser) -> None:
    tokens = rp.tokens(browser, scope="phone email address profile openid")
    claims = rp.userinfo(tokens["access_token"])
    assert {"name", "email", "phone_number", "address"} <= claims.keys()
    assert isinstance(claims["address"], dict)
    assert isinstance(claims["email_verified"], bool)
    assert isinstance(claims["updated_at"], int)


@pytest.mark.parametrize("display", ["page", "popup", "touch", "wap"])
def test_display(rp: RelyingParty, browser: Browser, display: str) -> None:
    assert rp.tokens(browser, display=display)


def test_prompt_login(rp: RelyingParty, browser: Browser) -> None:
    first = rp.tokens(browser)["claims"]
    page = browser.open(rp.metadata["authorization_endpoint"], **rp.request(prompt="login"))
    assert page.url.split("?")[0].endswith("/signin")
    second = rp.tokens(browser, prompt="login")["claims"]
    assert second["sub"] == first["sub"]
    assert second["auth_time"] >= first["auth_time"]


def test_prompt_none_not_logged_in(rp: RelyingParty, browser: Browser) -> None:
    assert rp.authorize(browser, prompt="none")["error"] == "login_required"


def test_prompt_none_logged_in(rp: RelyingParty, browser: Browser) -> None:
    first = rp.tokens(browser)["claims"]
    second = rp.tokens(browser, prompt="none")["claims"]
    assert (first["sub"], first["auth_time"]) == (second["sub"], second["auth_time"])


def test_max_age_1(rp: RelyingParty, browser: Browser) -> None:
    first = rp.tokens(browser)["claims"]
    time.sleep(2)
    second = rp.tokens(browser, max_age="1")["claims"]
    assert second["auth_time"] > first["auth_time"]


def test_max_age_10000(rp: RelyingParty, browser: Browser) -> None:
    first = rp.tokens(browser)["claims"]
    assert rp.tokens(browser, max_age="10000")["claims"]["auth_time"] == first["auth_time"]


def test_ensure_request_with_unknown_parameter_succeeds(rp: RelyingParty, browser: Browser) -> None:
    assert rp.tokens(browser, extra="foobar")


def test_id_token_hint(rp: RelyingParty, browser: Browser) -> None:
    first = rp.tokens(browser)
    assert rp.tokens(browser, prompt="none", id_token_hint=first["id_token"])["claims"]["sub"] == first["claims"]["sub"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("login_hint", "001185012345"), ("ui_locales", "se en"), ("claims_locales", "vi"), ("acr_values", "1 2")],
)
def test_ensure_request_with_hint_succeeds(rp: RelyingParty, browser: Browser, name: str, value: str) -> None:
    page = browser.open(rp.metadata["authorization_endpoint"], **rp.request(**{name: value}))
    assert page.status_code == 200
    assert rp.tokens(Browser(browser.issuer), **({name: value} if name != "acr_values" else {}))


def test_codereuse(rp: RelyingParty, browser: Browser) -> None:
    answer = rp.authorize(browser)
    issued = rp.redeem(answer).json()
    replay = rp.redeem(answer)
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    header = {"Authorization": f"Bearer {issued['access_token']}"}
    assert requests.get(rp.metadata["userinfo_endpoint"], headers=header, timeout=10).status_code == 401


def test_ensure_registered_redirect_uri(rp: RelyingParty, browser: Browser) -> None:
    page = browser.open(rp.metadata["authorization_endpoint"], **rp.request(redirect_uri=rp.callback + "/other"))
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_ensure_post_request_succeeds(rp: RelyingParty, browser: Browser) -> None:
    request = rp.request()
    answer = browser.through(browser.post(rp.metadata["authorization_endpoint"], request))
    assert "code" in rp.answer(answer, request)


@pytest.mark.parametrize("method", ["client_secret_post", "none"])
def test_server_with_other_client_authentication(register: Register, browser: Browser, method: str) -> None:
    assert register(token_endpoint_auth_method=method).tokens(browser)


def test_unsigned_request_object_rejected_as_unsupported(rp: RelyingParty, browser: Browser) -> None:
    assert rp.authorize(browser, request="eyJhbGciOiJub25lIn0.e30.")["error"] == "request_not_supported"
    assert rp.authorize(browser, request_uri="https://a.example/r")["error"] == "request_uri_not_supported"


def test_claims_essential(rp: RelyingParty, browser: Browser) -> None:
    wish = json.dumps({"userinfo": {"name": {"essential": True}}})
    tokens = rp.tokens(browser, scope="openid", claims=wish)
    assert "name" in rp.userinfo(tokens["access_token"])


def test_refresh_token(rp: RelyingParty, browser: Browser) -> None:
    tokens = rp.tokens(browser, scope="openid offline_access")
    refreshed = rp.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    claims = rp.verified(refreshed["id_token"], None)
    for name in ("sub", "aud", "iss", "auth_time"):
        assert claims[name] == tokens["claims"][name]
    assert rp.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400


def test_refresh_token_of_another_client(rp: RelyingParty, register: Register, browser: Browser) -> None:
    tokens = rp.tokens(browser, scope="openid offline_access")
    stolen = register().token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert stolen.json()["error"] == "invalid_grant"


def test_wrong_password_is_told_and_nothing_is_answered(rp: RelyingParty, browser: Browser) -> None:
    page = browser.open(rp.metadata["authorization_endpoint"], **rp.request())
    again = browser.fill(page, username="001185012345", password="sai mat khau roi nhe")
    assert again.status_code in (200, 400, 401, 403, 422)
    assert again.url.split("?")[0].endswith("/signin")
