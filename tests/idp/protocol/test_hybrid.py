"""Hybrid and ``id_token`` flows (OpenID Connect Core §3.2, §3.3): for clients that were given them, and tied together.

``c_hash`` and ``at_hash`` bind the ID tokens to what came with them, so that nobody swaps a code or token on the way.
"""

import base64
import hashlib
import json

import pytest
from werkzeug.test import Client as Browser

from idp.domain import sessions
from keys.jose import parse
from tests.support.provider import Portal, Provider, answer_of, claims_of

HYBRID = "code id_token"
BOTH = {
    "grant_types": ["authorization_code", "refresh_token", "implicit"],
    "response_types": ["code", "id_token", "code id_token"],
}


@pytest.fixture
def portal(provider: Provider) -> Portal:
    return provider.portal(**BOTH)


def half(text: str, algorithm: str) -> str:
    digest = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def asked(browser: Browser, portal: Portal, response_type: str, **changed: str | None) -> dict[str, str]:
    request = portal.request(response_type=response_type, **changed)
    return answer_of(browser.get("/authorize", query_string=request))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_first_id_token_is_tied_to_the_code_and_the_second_to_the_access_token(
    provider: Provider, browser: Browser, algorithm: str
) -> None:
    """§3.3.2.11: ``c_hash`` is required with a code; §3.3.3.6: ``at_hash`` at the token endpoint."""
    portal = provider.portal(**BOTH, id_token_signed_response_alg=algorithm)
    answer = asked(browser, portal, HYBRID)
    first = claims_of(answer["id_token"])
    assert parse(answer["id_token"]).header["alg"] == algorithm
    assert first["c_hash"] == half(answer["code"], algorithm)
    assert "at_hash" not in first, "no access token came with it"
    tokens = portal.redeem(answer["code"]).json or {}
    second = claims_of(tokens["id_token"])
    assert second["at_hash"] == half(tokens["access_token"], algorithm)
    assert "c_hash" not in second


def test_both_id_tokens_are_about_the_same_sign_in(portal: Portal, browser: Browser) -> None:
    """§3.3.3.6: ``iss`` and ``sub`` are identical."""
    answer = asked(browser, portal, HYBRID)
    first, second = claims_of(answer["id_token"]), claims_of((portal.redeem(answer["code"]).json or {})["id_token"])
    for name in ("iss", "sub", "aud", "nonce", "auth_time", "acr", "sid"):
        assert first[name] == second[name]


@pytest.mark.parametrize("response_type", ["id_token", HYBRID, "id_token code"])
@pytest.mark.parametrize("sent", [None, ""])
def test_nonce_is_required(portal: Portal, browser: Browser, response_type: str, sent: str | None) -> None:
    """§3.2.2.1: the answer comes through the browser, where a token of another sign-in could be put in its place."""
    answer = asked(browser, portal, response_type, nonce=sent)
    assert answer["error"] == "invalid_request"
    assert "nonce" in answer["error_description"]
    assert answer["state"] == "a-state"


@pytest.mark.parametrize("response_type", ["id_token", HYBRID])
def test_the_answer_comes_in_the_fragment(portal: Portal, browser: Browser, response_type: str) -> None:
    """Multiple Response Types §3.0 and §5: never in a query, which ends up in logs; errors alike."""
    for changed in ({}, {"scope": "openid nonsense"}, {"prompt": "none login"}):
        location = browser.get(
            "/authorize", query_string=portal.request(response_type=response_type, **changed)
        ).headers["Location"]
        before, _, fragment = location.partition("#")
        assert fragment
        assert "?" not in before
    assert asked(browser, portal, response_type)["iss"] == "http://localhost:8000"


@pytest.mark.parametrize("response_type", ["id_token", HYBRID])
def test_a_query_is_refused_even_when_it_is_asked_for(portal: Portal, browser: Browser, response_type: str) -> None:
    answer = asked(browser, portal, response_type, response_mode="query")
    assert answer["error"] == "invalid_request"
    assert "id_token" not in answer


@pytest.mark.parametrize("response_type", ["id_token", HYBRID])
def test_form_post_carries_it_in_a_form(portal: Portal, browser: Browser, response_type: str) -> None:
    page = browser.get(
        "/authorize", query_string=portal.request(response_type=response_type, response_mode="form_post")
    )
    assert page.status_code == 200
    assert 'name="id_token"' in page.text
    assert ('name="code"' in page.text) == ("code" in response_type.split())
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("response_type", ["id_token", HYBRID, "token", "code token", "code id_token token", "none"])
def test_a_client_that_was_not_given_it_is_refused(provider: Provider, browser: Browser, response_type: str) -> None:
    """By redirect, without a token: RFC 6749 §4.1.2.1."""
    plain = provider.portal()
    answer = asked(browser, plain, response_type)
    known = response_type in ("id_token", HYBRID)
    assert answer["error"] == ("unauthorized_client" if known else "unsupported_response_type")
    assert not {"id_token", "code", "access_token"} & answer.keys()


def test_a_client_may_be_given_the_one_and_not_the_other(provider: Provider, browser: Browser) -> None:
    only = provider.portal(grant_types=["implicit"], response_types=["id_token"])
    assert "id_token" in asked(browser, only, "id_token", code_challenge=None, code_challenge_method=None)
    assert asked(browser, only, HYBRID)["error"] == "unauthorized_client"
    assert asked(browser, only, "code")["error"] == "unauthorized_client"


def test_without_openid_there_is_no_id_token_to_ask_for(portal: Portal, browser: Browser) -> None:
    assert asked(browser, portal, "id_token", scope="profile")["error"] == "invalid_request"


def test_prompt_none_without_a_session_answers_in_the_fragment(provider: Provider, portal: Portal) -> None:
    assert asked(provider.browser(), portal, HYBRID, prompt="none")["error"] == "login_required"


def test_the_code_of_a_hybrid_answer_keeps_to_pkce(portal: Portal, browser: Browser) -> None:
    code = asked(browser, portal, HYBRID)["code"]
    refused = portal.redeem(code, code_verifier="another-verifier-that-is-long-enough-for-rfc-7636")
    assert refused.status_code == 400
    assert (refused.json or {})["error"] == "invalid_grant"


def test_claims_asked_for_in_the_id_token_stand_in_it_and_the_personal_number_never(
    provider: Provider, browser: Browser
) -> None:
    portal = provider.portal(**BOTH)
    wishes = json.dumps({"id_token": {"name": None, "personal_number": {"essential": True}}})
    claims = claims_of(asked(browser, portal, "id_token", scope="openid profile citizen", claims=wishes)["id_token"])
    assert claims["name"] == "Nguyễn Thị Hồng Ánh"
    assert "personal_number" not in claims


def test_with_no_access_token_the_scopes_claims_stand_in_the_id_token(provider: Provider, browser: Browser) -> None:
    """OpenID Connect Core §5.4: for response_type id_token there is no UserInfo to get them from."""
    portal = provider.portal(**BOTH)
    alone = claims_of(asked(browser, portal, "id_token", scope="openid profile citizen")["id_token"])
    assert alone["name"] == "Nguyễn Thị Hồng Ánh"
    assert alone["identity_level"] == 2
    assert "personal_number" not in alone
    assert "name" not in claims_of(asked(browser, portal, "id_token", scope="openid")["id_token"])
    assert "name" not in claims_of(asked(browser, portal, HYBRID, scope="openid profile")["id_token"])


def test_a_portal_that_got_an_id_token_alone_is_told_when_the_session_ends(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    sid = claims_of(asked(browser, portal, "id_token")["id_token"])["sid"]
    told = sessions.end_session(provider.services, sid, "signed_out")
    assert [each.client_id for each in told] == [portal.id]


def test_an_id_token_from_the_browser_opens_nothing(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = asked(browser, portal, "id_token")["id_token"]
    assert provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
