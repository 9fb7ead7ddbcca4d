"""The authorization code grant: RFC 6749 §4.1, RFC 7636, RFC 9207, OpenID Connect Core §3.1."""

from werkzeug.test import Client as Browser

from tests.support.provider import CALLBACK, Portal, Provider, answer_of, claims_of


def test_a_signed_in_person_comes_back_with_a_code_and_the_portal_gets_tokens(portal: Portal, browser: Browser) -> None:
    answer = answer_of(browser.get("/authorize", query_string=portal.request()))
    assert answer["state"] == "a-state"
    assert answer["iss"] == "http://localhost:8000"

    response = portal.redeem(answer["code"])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json
    assert body is not None
    assert body["token_type"] == "Bearer"
    assert body["scope"] == "openid profile"
    id_token = claims_of(body["id_token"])
    assert id_token["aud"] == portal.id
    assert id_token["nonce"] == "a-nonce"
    assert id_token["acr"] == "urn:vn:eid:loa2"
    assert id_token["amr"] == ["pwd"]


def test_a_second_use_of_a_code_ends_what_the_first_had_issued(portal: Portal, browser: Browser) -> None:
    code = answer_of(browser.get("/authorize", query_string=portal.request()))["code"]
    issued = portal.redeem(code).json
    assert issued is not None
    assert portal.introspect(issued["access_token"])["active"] is True

    replay = portal.redeem(code)
    assert replay.status_code == 400
    assert replay.json == {
        "error": "invalid_grant",
        "error_description": "the code was used before; what it had issued is revoked (RFC 6749 section 4.1.2)",
    }
    assert portal.introspect(issued["access_token"]) == {"active": False}
    assert portal.refresh(issued["refresh_token"]).status_code == 400


def test_a_wrong_verifier_is_refused_and_does_not_use_the_code_up(portal: Portal, browser: Browser) -> None:
    code = answer_of(browser.get("/authorize", query_string=portal.request()))["code"]
    assert portal.redeem(code, code_verifier="w" * 43).status_code == 400
    assert portal.redeem(code).status_code == 200


def test_another_portal_cannot_redeem_a_stolen_code(provider: Provider, portal: Portal, browser: Browser) -> None:
    thief = provider.portal()
    code = answer_of(browser.get("/authorize", query_string=portal.request()))["code"]
    refused = thief.redeem(code)
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["error"] == "invalid_grant"


def test_a_code_dies_after_its_minute(provider: Provider, portal: Portal, browser: Browser) -> None:
    code = answer_of(browser.get("/authorize", query_string=portal.request()))["code"]
    provider.clock.advance(61)
    assert portal.redeem(code).status_code == 400


def test_an_unregistered_redirect_uri_gets_a_page_and_no_redirect(portal: Portal, browser: Browser) -> None:
    for uri in (CALLBACK + "/", CALLBACK + "?x=1", "https://portal.example:444/callback", "https://evil.example/"):
        response = browser.get("/authorize", query_string=portal.request(redirect_uri=uri))
        assert response.status_code == 400
        assert "Location" not in response.headers
