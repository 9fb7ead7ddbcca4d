"""Forms are answered only from pages of ours, in the browser that was given them."""

import pytest

from idp.http.browser_cookie import BrowserCookie
from tests.idp.http.frame import HTTPS, SECRET, provider

EXPIRED = "Biểu mẫu này không còn hiệu lực"


def test_a_form_of_ours_is_answered():
    browser = provider()

    response = browser.post("/form", data={"csrf_token": browser.get("/form").text})

    assert (response.status_code, response.text) == (200, "sent")


@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_a_form_without_our_token_is_refused_with_what_to_do(token):
    browser = provider()
    browser.get("/form")

    response = browser.post("/form", data={} if token is None else {"csrf_token": token})

    assert response.status_code == 400
    assert EXPIRED in response.text
    assert "sent" not in response.text


def test_another_browsers_token_is_refused():
    token = provider().get("/form").text
    victim = provider()
    victim.get("/form")

    assert victim.post("/form", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site", "rubbish"])
def test_a_page_of_another_site_cannot_send_it_even_with_the_token(site):
    """Two ports of one host are one site to cookies: ``same-site`` is a neighbour, not us."""
    browser = provider()
    token = browser.get("/form").text

    response = browser.post("/form", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})

    assert response.status_code == 400


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_and_a_reload_can(site):
    browser = provider()
    token = browser.get("/form").text

    assert browser.post("/form", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site}).text == "sent"


def test_under_https_the_cookie_can_come_from_nowhere_else():
    cookie = provider(issuer=HTTPS).get("/form").headers["Set-Cookie"]

    assert cookie.startswith("__Host-motcua_idp_browser=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_under_https_no_referrer_is_needed_since_we_ask_for_none():
    browser = provider(issuer=HTTPS)
    token = browser.get("/form", base_url=HTTPS).text

    assert browser.post("/form", base_url=HTTPS, data={"csrf_token": token}).text == "sent"


def test_a_form_that_is_too_old_is_opened_again_by_a_link_where_it_has_a_page_of_its_own():
    browser = provider()

    expired = browser.post("/form?pending=abc&next=/account", data={})

    assert 'href="/form?pending=abc&amp;next=/account">Mở lại trang</a>' in expired.text
    assert browser.get("/form?pending=abc&next=/account").status_code == 200
    assert "Mở lại trang" not in browser.post("/only-sent", data={}).text


def test_what_the_cookie_holds_is_no_token_and_neither_is_an_empty_one():
    """The cookie's value can be read by whoever has it; only the page says what the form must bring."""
    browser = provider()
    browser.get("/form")
    cookie = browser.get_cookie("motcua_idp_browser")
    assert cookie is not None
    held = BrowserCookie(SECRET).read(cookie.value)["csrf_token"]

    for guess in (held, "", "None", cookie.value):
        assert browser.post("/form", data={"csrf_token": guess}).status_code == 400


def test_a_browser_without_a_cookie_of_ours_sends_nothing():
    token = provider().get("/form").text

    assert provider().post("/form", data={"csrf_token": token}).status_code == 400
    forged = provider()
    forged.set_cookie("motcua_idp_browser", BrowserCookie(b"x" * 32).dumps({"csrf_token": "mine"}))
    assert forged.post("/form", data={"csrf_token": token}).status_code == 400


def test_a_script_sends_the_token_of_its_page_in_a_header():
    browser = provider()
    token = browser.get("/form").text

    assert browser.post("/form", headers={"X-CSRFToken": token}).text == "sent"
    assert browser.post("/form", headers={"X-CSRFToken": "made-up"}).status_code == 400
    assert provider().post("/form", headers={"X-CSRFToken": token}).status_code == 400
