"""A person signs in at a portal with the provider's word, and is known."""

from urllib.parse import parse_qs, urlsplit

from flask import Flask

from tests.support.browser import NAVIGATION, Browser
from tests.support.fake_provider import FakeProvider


def test_a_person_signs_in_and_sees_who_they_are(browser: Browser) -> None:
    page = browser.sign_in()

    assert page.status_code == 200
    assert "Nguyễn Văn Ánh" in page.text
    assert "f3c1-national" in page.text


def test_the_request_carries_pkce_state_and_nonce_of_its_own(browser: Browser, provider: FakeProvider) -> None:
    first, second = (
        parse_qs(urlsplit(browser.client.get("/login", headers=NAVIGATION).location).query) for _ in range(2)
    )

    assert first["code_challenge_method"] == ["S256"]
    assert first["response_type"] == ["code"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name][0]) == 43


def test_somebody_unknown_is_sent_to_sign_in_and_back_to_the_page(browser: Browser) -> None:
    page = browser.open("/me?tab=1")

    assert page.request.full_path == "/me?tab=1"
    assert "Nguyễn Văn Ánh" in page.text


def test_the_header_shows_that_one_is_known(browser: Browser) -> None:
    browser.sign_in()

    page = browser.open("/")

    assert "Nguyễn Văn Ánh" in page.text
    assert 'action="/logout"' in page.text


def test_signing_out_goes_to_the_provider_with_the_id_token(browser: Browser, provider: FakeProvider) -> None:
    page = browser.sign_in()

    answer = browser.press(page, "/logout")

    address = urlsplit(answer.location)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{provider.issuer}/logout"
    asked = parse_qs(address.query)
    assert asked["post_logout_redirect_uri"] == ["http://localhost:8001/logged-out"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert "Nguyễn Văn Ánh" not in browser.open("/logged-out").text
    assert browser.get("/me").status_code == 303


def test_every_site_greets_in_its_own_name(make_portal: object, provider: FakeProvider) -> None:
    for site, name in (("ministry", "Bộ Công Thương"), ("province", "Quảng Ninh")):
        app: Flask = make_portal(site)  # type: ignore[operator]
        assert name in app.test_client().get("/").text
