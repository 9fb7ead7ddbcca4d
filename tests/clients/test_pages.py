"""Pages: where a browser may be sent, what every answer says to it, and what people are told when something fails."""

import csv
from collections.abc import Callable
from importlib.resources import files

import pytest
from flask import Flask

from clients.portal.sites import sites
from idp.data import read_json
from tests.support.browser import NAVIGATION, Browser
from tests.support.fake_provider import FakeProvider

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\/evil.example",
    "/\t/evil.example",
    "/%09/evil.example/../..//x\n",
    "http:evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/" + "x" * 3000,
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_elsewhere_after_signing_in(browser: Browser, target: str) -> None:
    begun = browser.client.get("/login", query_string={"next": target}, headers=NAVIGATION)

    assert browser.get(browser.step(begun.location)).location == "/"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_elsewhere_by_the_silent_address(browser: Browser, target: str) -> None:
    browser.sign_in()

    assert browser.client.get("/silent", query_string={"next": target}).location == "/"


def test_a_portal_may_live_under_a_path(make_portal: Callable[..., Flask], provider: FakeProvider) -> None:
    app = make_portal(url="http://localhost:8001/cong/quoc-gia")
    browser = Browser(app, provider)

    page = browser.open("/cong/quoc-gia/me")

    assert page.status_code == 200
    assert 'action="/cong/quoc-gia/logout"' in page.text
    begun = browser.client.get("/cong/quoc-gia/login?next=/elsewhere", headers=NAVIGATION)
    assert "%3A8001%2Fcong%2Fquoc-gia%2Fcallback" in begun.location
    assert browser.get(browser.step(begun.location)).location == "/cong/quoc-gia/"


def test_signing_out_needs_the_pages_own_form(browser: Browser) -> None:
    browser.sign_in()

    for data in ({}, {"csrf_token": "made-up"}):
        answer = browser.client.post("/logout", data=data)
        assert answer.status_code == 400
        assert "evil" not in answer.text
    assert browser.client.get("/logout").status_code == 405
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_sent_from_another_site_is_refused_whatever_it_holds(browser: Browser, site: str) -> None:
    page = browser.sign_in()
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]

    answer = browser.client.post("/logout", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == 400
    assert browser.get("/me").status_code == 200


def test_a_form_token_of_another_browser_is_refused(browser: Browser, portal: Flask, provider: FakeProvider) -> None:
    attacker = Browser(portal, provider)
    token = attacker.sign_in().text.partition('name="csrf_token" value="')[2].partition('"')[0]
    browser.sign_in()

    assert browser.client.post("/logout", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/me", "/missing", "/callback", "/healthz", "/backchannel-logout"])
def test_every_answer_tells_the_browser_to_trust_nothing_else(
    browser: Browser, provider: FakeProvider, path: str
) -> None:
    browser.sign_in()

    headers = browser.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert f"form-action 'self' {provider.issuer}" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_holds_inline_script_or_style(browser: Browser) -> None:
    for page in (browser.sign_in(), browser.open("/"), browser.open("/logged-out"), browser.open("/missing")):
        assert "<style" not in page.text
        assert " style=" not in page.text
        assert " onclick=" not in page.text
        assert "<script>" not in page.text


def test_a_failure_says_what_to_do_and_gives_a_reference(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    answer = browser.get("/callback?state=x&code=y", **{"Accept-Language": "en"})

    assert answer.status_code == 400
    assert "Please start again." in answer.text
    assert 'href="/login"' in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_when_the_provider_is_silent_people_are_told_so(browser: Browser, provider: FakeProvider) -> None:
    provider.twist["discovery"] = lambda document: {**document, "issuer": "https://evil.example"}

    answer = browser.get("/login", **{"Accept-Language": "en"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "does not answer" in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("access_denied", 403),
        ("unmet_authentication_requirements", 403),
        ("temporarily_unavailable", 503),
        ("server_error", 503),
        ("invalid_scope", 403),
        ("<script>", 403),
    ],
)
def test_a_refusal_of_the_provider_is_said_in_words(
    browser: Browser, provider: FakeProvider, error: str, status: int
) -> None:
    provider.twist["answer"] = lambda answer: {"state": answer["state"], "iss": answer["iss"], "error": error}

    page = browser.sign_in()

    assert page.status_code == status
    assert "script>" not in page.text.partition("<main")[2].partition("</main>")[0]


def test_a_wrong_method_keeps_its_allow_header(browser: Browser) -> None:
    answer = browser.client.delete("/logged-out")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_body_that_is_too_large_is_refused(browser: Browser) -> None:
    assert browser.client.post("/backchannel-logout", data={"logout_token": "x" * 2_000_000}).status_code == 413


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_speaks_both_languages(browser: Browser, language: str) -> None:
    browser.get(f"/language?to={language}&next=/")

    page = browser.sign_in()

    assert f'<html lang="{language}">' in page.text
    assert ("Mức 2" in page.text) == (language == "vi")


def test_an_unforeseen_fault_gets_a_constant_answer(portal: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    portal.view_functions["portal.home"] = broken

    answer = portal.test_client().get("/", headers={"Accept-Language": "en"})

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Reference number" in answer.text


def test_health_and_readiness(make_portal: Callable[..., Flask], portal: Flask) -> None:
    client = portal.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_a_portal_whose_database_is_not_migrated_is_not_ready(settings: Callable[..., object], clock: object) -> None:
    from clients.kit.records.database import db
    from clients.portal.application import portal_application

    app = portal_application("province", settings("province"), clock=clock)  # type: ignore[arg-type]

    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("name", sites())
def test_a_portal_bears_the_name_that_it_is_registered_under(name: str) -> None:
    """The demo's table and the provider's pages say that name."""
    registered = next(row for row in read_json("demo_clients.json")["clients"] if row["site"] == name)

    assert sites()[name].name == {"vi": registered["client_name#vi"], "en": registered["client_name#en"]}


@pytest.mark.parametrize("name", sites())
def test_a_portals_owner_has_the_name_that_the_catalogue_of_agencies_gives(name: str) -> None:
    with (files("idp.data") / "agencies.csv").open(encoding="utf-8", newline="") as catalogue:
        row = next(row for row in csv.reader(catalogue) if row and row[0] == sites()[name].agency)

    assert sites()[name].owner == {"vi": row[1], "en": row[2]}
