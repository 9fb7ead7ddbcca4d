"""The ``claims`` parameter: OpenID Connect Core §5.5, claim by claim, beside and without the scopes that release them."""

import json
from typing import Any

import pytest
from werkzeug.test import Client as Browser

from idp.domain import consents
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider, answer_of, claims_of

NAME = "Nguyễn Thị Hồng Ánh"


def wish(**members: Any) -> str:
    """The parameter's text."""
    return json.dumps(members)


def userinfo(provider: Provider, tokens: dict[str, Any]) -> dict[str, Any]:
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    return dict(provider.browser().get("/userinfo", headers=bearer).json or {})


def test_a_claim_asked_for_by_itself_comes_without_its_scope(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    """§5.5: an individual claim is asked for whatever the scopes are."""
    tokens = portal.tokens(browser, scope="openid", claims=wish(userinfo={"name": {"essential": True}}))
    assert userinfo(provider, tokens).keys() == {"sub", "name"}
    assert "name" not in claims_of(tokens["id_token"])
    assert tokens["scope"] == "openid"


def test_userinfo_and_id_token_are_two_places(provider: Provider, portal: Portal, browser: Browser) -> None:
    asked = wish(userinfo={"identity_level": None}, id_token={"name": None})
    tokens = portal.tokens(browser, scope="openid", claims=asked)
    assert userinfo(provider, tokens).keys() == {"sub", "identity_level"}
    assert claims_of(tokens["id_token"])["name"] == NAME
    assert "identity_level" not in claims_of(tokens["id_token"])


def test_what_a_client_is_not_registered_for_is_ignored(provider: Provider, browser: Browser) -> None:
    """§5.5.1: a claim that is not given is no error, essential or not."""
    narrow = provider.portal(scope="openid profile")
    asked = wish(userinfo={"personal_number": {"essential": True}, "identity_level": None, "shoe_size": None})
    assert userinfo(provider, narrow.tokens(browser, scope="openid", claims=asked)).keys() == {"sub"}


def test_a_stranger_gets_a_single_claim_only_where_the_person_agreed(
    provider: Provider, person: str, browser: Browser
) -> None:
    portal = provider.portal(first_party=False, scope="openid profile")
    consents.agree(provider.services, person, portal.client, ("openid",), ())
    asked = portal.request(scope="openid", prompt="none", claims=wish(userinfo={"name": None}))
    assert answer_of(browser.get("/authorize", query_string=asked))["error"] == "consent_required"

    visitor = Visitor(browser)
    visitor.open("/authorize", **{**asked, "prompt": "consent"})
    assert "Họ và tên" in visitor.text
    assert "Ngày sinh" not in visitor.text
    visitor.press("Đồng ý và tiếp tục")
    tokens = portal.redeem(visitor.answer["code"]).json or {}
    assert userinfo(provider, tokens)["name"] == NAME


def test_agreeing_to_one_claim_is_not_agreeing_to_its_scope(provider: Provider, person: str, browser: Browser) -> None:
    portal = provider.portal(first_party=False, scope="openid profile email")
    consents.agree(provider.services, person, portal.client, ("openid", "claim:name"), ())
    one = portal.request(scope="openid", prompt="none", claims=wish(userinfo={"name": None}))
    assert "code" in answer_of(browser.get("/authorize", query_string=one))
    for more in (
        portal.request(prompt="none", scope="openid profile"),
        portal.request(prompt="none", scope="openid", claims=wish(id_token={"gender": None})),
    ):
        assert answer_of(browser.get("/authorize", query_string=more))["error"] == "consent_required"


def test_agreeing_to_a_scope_is_agreeing_to_each_of_its_claims(
    provider: Provider, person: str, browser: Browser
) -> None:
    portal = provider.portal(first_party=False, scope="openid profile")
    consents.agree(provider.services, person, portal.client, ("openid", "profile"), ())
    asked = portal.request(scope="openid", prompt="none", claims=wish(userinfo={"name": None}))
    assert "code" in answer_of(browser.get("/authorize", query_string=asked))


@pytest.mark.parametrize("member", ["id_token", "userinfo"])
@pytest.mark.parametrize("shape", ["value", "values"])
def test_a_sub_that_was_asked_for_must_be_the_persons(
    portal: Portal, browser: Browser, member: str, shape: str
) -> None:
    """§5.5.1: with another person signed in there is no answer about that person."""
    own = claims_of(portal.tokens(browser)["id_token"])["sub"]

    def answer(sub: str) -> dict[str, str]:
        value = sub if shape == "value" else ["x", sub]
        asked = portal.request(prompt="none", claims=wish(**{member: {"sub": {shape: value}}}))
        return answer_of(browser.get("/authorize", query_string=asked))

    assert "code" in answer(own)
    assert answer("somebody-else")["error"] == "login_required"


@pytest.mark.parametrize("value", ['"\\ud800"', "1" + "0" * 30, "NaN", "[" * 2000, "[" * 260 + "]" * 260])
def test_what_json_cannot_say_again_is_refused_or_read_never_an_error_of_ours(
    portal: Portal, browser: Browser, value: str
) -> None:
    """RFC 8259 §8.2, §9: a lone surrogate, a number or a depth without bound; what a grant keeps is written again."""
    claims = f'{{"userinfo": {{"name": {{"value": {value}}}}}}}'
    answer = answer_of(browser.get("/authorize", query_string=portal.request(claims=claims)))
    if "code" in answer:
        assert portal.redeem(answer["code"]).status_code == 200
    else:
        assert answer["error"] == "invalid_request"
