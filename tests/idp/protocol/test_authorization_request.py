"""The authorization request: OpenID Connect Core §3.1.2, each rule with the error that its specification names."""

import json
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client as Browser

from idp.store import clients, versions
from tests.support.provider import Portal, Provider, answer_of

REFUSED = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "id_token"}, "unauthorized_client"),
    ({"response_mode": "jwt"}, "invalid_request"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "openid nonsense"}, "invalid_scope"),
    ({"scope": 'openid "'}, "invalid_scope"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None, "nonce": None}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"id_token": []}'}, "invalid_request"),
    ({"request": "eyJ"}, "request_not_supported"),
    ({"request_uri": "https://portal.example/request"}, "request_uri_not_supported"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"resource": "https://nobody.example"}, "invalid_target"),
    ({"id_token_hint": "x.y.z"}, "invalid_request"),
    ({"state": "s" * 2049}, "invalid_request"),
]


@pytest.mark.parametrize(("changed", "error"), REFUSED, ids=[str(sorted(c.items()))[:60] for c, _ in REFUSED])
def test_what_breaks_a_rule_is_sent_back_with_the_error_of_its_specification(
    portal: Portal, browser: Browser, changed: dict[str, str | None], error: str
) -> None:
    answer = answer_of(browser.get("/authorize", query_string=portal.request(**changed)))
    assert answer["error"] == error
    assert answer["error_description"]
    assert answer["iss"] == "http://localhost:8000"
    assert "code" not in answer


def test_a_repeated_parameter_is_told_on_a_page(portal: Portal, browser: Browser) -> None:
    """RFC 6749 §3.1; where the answer would go cannot be trusted then."""
    pairs = [*portal.request().items(), ("redirect_uri", "https://evil.example/")]
    response = browser.get("/authorize", query_string=pairs)
    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize("client_id", [None, "nobody", "é", "x" * 5000])
def test_an_unknown_client_is_told_on_a_page(portal: Portal, browser: Browser, client_id: str | None) -> None:
    response = browser.get("/authorize", query_string=portal.request(client_id=client_id))
    assert response.status_code == 400
    assert "Location" not in response.headers


def test_nobody_signed_in_and_prompt_none_is_login_required(provider: Provider, portal: Portal) -> None:
    answer = answer_of(provider.browser().get("/authorize", query_string=portal.request(prompt="none")))
    assert answer["error"] == "login_required"
    assert answer["state"] == "a-state"


def test_prompt_login_asks_again_and_prompt_none_with_an_old_sign_in_does_not_answer(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    asked = browser.get("/authorize", query_string=portal.request(prompt="login"))
    assert "/signin?" in asked.headers["Location"]
    provider.clock.advance(600)
    too_old = answer_of(browser.get("/authorize", query_string=portal.request(prompt="none", max_age="300")))
    assert too_old["error"] == "login_required"
    fresh_enough = answer_of(browser.get("/authorize", query_string=portal.request(prompt="none", max_age="900")))
    assert "code" in fresh_enough


def test_max_age_zero_always_asks(portal: Portal, browser: Browser) -> None:
    asked = browser.get("/authorize", query_string=portal.request(max_age="0"))
    assert "/signin?" in asked.headers["Location"]


def test_a_third_party_portal_needs_consent_once(provider: Provider, browser: Browser) -> None:
    portal = provider.portal(first_party=False)
    asked = browser.get("/authorize", query_string=portal.request())
    assert "/consent?" in asked.headers["Location"]
    silent = answer_of(browser.get("/authorize", query_string=portal.request(prompt="none")))
    assert silent["error"] == "consent_required"


def test_acr_is_the_first_requested_value_that_is_reached_spelt_as_requested(portal: Portal, browser: Browser) -> None:
    from tests.support.provider import claims_of

    tokens = portal.tokens(browser, acr_values="urn:vn:eid:loa2:phr LoA2 urn:vn:eid:loa1")
    assert claims_of(tokens["id_token"])["acr"] == "LoA2"


def test_a_voluntary_acr_that_is_not_reached_leads_to_the_step_up_page(portal: Portal, browser: Browser) -> None:
    asked = browser.get("/authorize", query_string=portal.request(acr_values="urn:vn:eid:loa2:mfa"))
    assert asked.status_code == 303
    assert "pending=" in asked.headers["Location"]
    silent = answer_of(
        browser.get("/authorize", query_string=portal.request(acr_values="urn:vn:eid:loa2:mfa", prompt="none"))
    )
    assert silent["error"] == "interaction_required"


def test_an_id_token_hint_of_somebody_else_needs_their_sign_in(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    hint = portal.tokens(browser)["id_token"]
    same = answer_of(browser.get("/authorize", query_string=portal.request(prompt="none", id_token_hint=hint)))
    assert "code" in same
    other = provider.signed_in(provider.person("Trần Văn Bình"))
    refused = answer_of(other.get("/authorize", query_string=portal.request(prompt="none", id_token_hint=hint)))
    assert refused["error"] == "login_required"


def test_an_expired_hint_signed_with_a_retired_key_still_counts(
    provider: Provider, portal: Portal, person: str, browser: Browser
) -> None:
    from idp.domain.key_rotation import rotate_keys

    hint = portal.tokens(browser)["id_token"]
    rotate_keys(provider.services, at_once=True)
    provider.clock.advance(3 * 86400)
    rotate_keys(provider.services)
    later = provider.signed_in(person)
    answer = answer_of(later.get("/authorize", query_string=portal.request(prompt="none", id_token_hint=hint)))
    assert "code" in answer


def test_a_posted_request_comes_back_by_get(portal: Portal, browser: Browser) -> None:
    posted = browser.post("/authorize", data=portal.request())
    assert posted.status_code == 303
    assert "/authorize?pending=" in posted.headers["Location"]
    assert "code" in answer_of(browser.get(posted.headers["Location"]))


def test_a_request_begun_in_one_browser_cannot_be_finished_in_another(provider: Provider, portal: Portal) -> None:
    """Sign-in CSRF: the attacker's pending request is worth nothing in the victim's browser."""
    begun = provider.browser().get("/authorize", query_string=portal.request())
    pending = begun.headers["Location"].split("pending=")[1]
    victim = provider.signed_in(provider.person())
    response = victim.get(f"/authorize?pending={pending}")
    assert response.status_code == 400
    assert "Location" not in response.headers


def test_claims_asks_for_a_name_in_the_id_token(portal: Portal, browser: Browser) -> None:
    from tests.support.provider import claims_of

    wish = json.dumps({"id_token": {"name": None, "personal_number": {"essential": True}}})
    claims = claims_of(portal.tokens(browser, claims=wish)["id_token"])
    assert claims["name"] == "Nguyễn Thị Hồng Ánh"
    assert "personal_number" not in claims


def test_fragment_and_form_post_carry_the_answer_too(provider: Provider, portal: Portal, browser: Browser) -> None:
    fragment = browser.get("/authorize", query_string=portal.request(response_mode="fragment"))
    assert "#code=" in fragment.headers["Location"]
    page = browser.get("/authorize", query_string=portal.request(response_mode="form_post"))
    assert page.status_code == 200
    assert 'action="https://portal.example/callback"' in page.text
    assert "form-action 'self' https://portal.example" in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text


def test_a_response_mode_counts_however_it_is_spelt(portal: Portal, browser: Browser) -> None:
    """Percent-encoding is undone before anything is decided: the answer must not lose its parameters."""
    query = urlencode(portal.request()) + "&response%5Fmode=form_post"
    page = browser.get(f"/authorize?{query}")
    assert page.status_code == 200
    assert 'action="https://portal.example/callback"' in page.text


def test_a_scope_that_rests_on_law_is_not_granted_without_its_basis(provider: Provider, browser: Browser) -> None:
    """Design §5: attributes are released on a legal basis, which is recorded on the client. One that lost it gets none."""
    from dataclasses import replace

    portal = provider.portal()
    assert "code" in answer_of(browser.get("/authorize", query_string=portal.request(scope="openid citizen")))
    without = {name: value for name, value in portal.client.metadata.items() if name != "legal_basis"}
    with provider.services.database.write() as connection:
        clients.replace(connection, replace(portal.client.row, metadata=without))
        versions.bump(connection, "clients")
    provider.clock.advance(2)
    refused = answer_of(browser.get("/authorize", query_string=portal.request(scope="openid citizen")))
    assert refused["error"] == "invalid_scope"
    assert "legal basis" in refused["error_description"]
    assert "code" in answer_of(browser.get("/authorize", query_string=portal.request(scope="openid profile")))


@pytest.mark.parametrize(
    ("response_type", "mark"), [(None, "?"), ("nonsense", "?"), ("code token", "#"), ("token", "#"), ("id_token", "#")]
)
def test_an_error_travels_where_the_client_looks(
    portal: Portal, browser: Browser, response_type: str | None, mark: str
) -> None:
    """RFC 6749 §4.1.2.1 and §4.2.2.1: the fragment is for those who asked for a token."""
    location = browser.get("/authorize", query_string=portal.request(response_type=response_type)).headers["Location"]
    assert location.startswith(f"https://portal.example/callback{mark}error=")
    assert "iss=" in location
    assert "state=a-state" in location


def test_an_essential_acr_that_nobody_knows_is_an_unmet_requirement(portal: Portal, browser: Browser) -> None:
    """OpenID Connect Core §5.5.1.1: a failed authentication, with the code that names it, not a malformed request."""
    wish = json.dumps({"id_token": {"acr": {"essential": True, "value": "urn:example:never"}}})
    answer = answer_of(browser.get("/authorize", query_string=portal.request(claims=wish)))
    assert answer["error"] == "unmet_authentication_requirements"
    assert answer["state"] == "a-state"


@pytest.mark.parametrize("repeated", ["scope", "state", "nonce", "code_challenge", "response_type"])
def test_a_repeated_parameter_is_told_to_the_client(portal: Portal, browser: Browser, repeated: str) -> None:
    """RFC 6749 §4.1.2.1: the address is known to be good, so the client is told, and nothing is issued."""
    sent = urlencode([*portal.request().items(), (repeated, "another")])
    for response in (browser.get(f"/authorize?{sent}"), browser.post("/authorize", data=sent.encode())):
        answer = answer_of(response)
        assert answer["error"] == "invalid_request"
        assert repeated in answer["error_description"]
        assert answer.get("state") == (None if repeated == "state" else "a-state")
        assert "iss" in answer


@pytest.mark.parametrize("repeated", ["client_id", "redirect_uri"])
def test_a_repeated_address_goes_nowhere(portal: Portal, browser: Browser, repeated: str) -> None:
    sent = urlencode([*portal.request().items(), (repeated, "https://evil.example/")])
    response = browser.get(f"/authorize?{sent}")
    assert response.status_code == 400
    assert "Location" not in response.headers
