"""Which language a page speaks, and that switching it leads back to the page and to no other place."""

import pytest

from tests.idp.http.frame import HTTPS, provider

VIETNAMESE, ENGLISH = "Không có trang nào ở địa chỉ này", "There is nothing at this address"


def words(browser, **headers: str) -> str:
    return browser.get("/nowhere", headers=headers).text


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", VIETNAMESE),
        ("vi-VN,vi;q=0.9,en;q=0.8", VIETNAMESE),
        ("en-GB,en;q=0.9", ENGLISH),
        ("fr", VIETNAMESE),
        ("fr,en;q=0.4", ENGLISH),
        ("*", VIETNAMESE),
        ("q=;;;,,,", VIETNAMESE),
    ],
)
def test_the_browser_is_asked_and_vietnamese_is_the_default(accepted, expected):
    page = words(provider(), **{"Accept-Language": accepted})

    assert expected in page
    assert f'<html lang="{"vi" if expected == VIETNAMESE else "en"}">' in page


def test_a_choice_is_remembered_before_what_the_browser_says():
    browser = provider()

    assert browser.get("/language?to=en&next=/nowhere").location == "/nowhere"
    assert ENGLISH in words(browser, **{"Accept-Language": "vi"})
    browser.get("/language?to=vi")
    assert VIETNAMESE in words(browser, **{"Accept-Language": "en"})


def test_the_switch_leads_back_to_the_page_with_its_query():
    page = provider().get("/nowhere?pending=abc&x=1").text

    assert 'href="/language?to=en&amp;next=/nowhere?pending%3Dabc%26x%3D1"' in page
    assert 'lang="en" hreflang="en"' in page


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/" + "x" * 3000,
        "/trang\u0000",
        "/%2e%2e/%2e%2e/khac",
        "/../khac",
    ],
)
def test_the_switch_leads_nowhere_else(target):
    response = provider().get("/language", query_string={"to": "en", "next": target})

    assert (response.status_code, response.location) == (303, "/")


def test_beneath_a_path_the_switch_stays_beneath_it():
    browser = provider(issuer=f"{HTTPS}/cong")

    for target in ("/khac", "/cong-khac/", "/cong/../khac"):
        assert browser.get("/language", query_string={"to": "en", "next": target}).location == "/cong/"
    assert browser.get("/language", query_string={"to": "en", "next": "/cong/a?b=1"}).location == "/cong/a?b=1"


def test_a_language_that_we_do_not_have_changes_nothing():
    response = provider().get("/language?to=fr&next=/")

    assert "Set-Cookie" not in response.headers
    assert VIETNAMESE in words(provider(), Cookie="motcua_idp_language=fr")


def test_the_cookie_is_secure_under_https_and_closed_to_scripts():
    cookie = provider(issuer=HTTPS).get("/language?to=en").headers["Set-Cookie"]

    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
