"""A visit of ``/authorize`` that ends in a redirect leads where the pages would send it, with the cookies they would set."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.http import straight_through
from idp.http.browser import browser_cookie_name, set_cookie_header, set_up_cookies
from idp.http.steps import page_of
from idp.protocol.authorization import pending
from idp.protocol.authorization.decision import Consent, Reason, SignIn, StepUp
from tests.idp.http.pages.conftest import enter
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider

RANDOM = re.compile(r"((?:pending|code|motcua_idp_browser)=)[\w.-]+")
Visit = Callable[[Visitor, Portal], TestResponse]


def authorize(visitor: Visitor, portal: Portal, **changed: str | None) -> TestResponse:
    return visitor.browser.get("/authorize", query_string=portal.request(**changed))


def signed_in(visitor: Visitor, portal: Portal, **changed: str | None) -> TestResponse:
    enter(visitor.open("/signin"))
    return authorize(visitor, portal, **changed)


def agreed(visitor: Visitor, portal: Portal, **changed: str | None) -> TestResponse:
    """The last visit of a whole sign-in: what waited is answered."""
    enter(visitor.open("/authorize", **portal.request(prompt="consent", **changed)))
    consent = urlsplit(visitor.path)
    data = {"csrf_token": visitor.fields["csrf_token"], "answer": "agree"}
    return visitor.browser.get(visitor.browser.post(consent.geturl(), data=data).headers["Location"])


VISITS: dict[str, Visit] = {
    "nobody": authorize,
    "nobody, silently": lambda visitor, portal: authorize(visitor, portal, prompt="none"),
    "who must agree": signed_in,
    "who must sign in anew": lambda visitor, portal: signed_in(visitor, portal, prompt="login"),
    "who must step up": lambda visitor, portal: signed_in(visitor, portal, acr_values="urn:vn:eid:loa2"),
    "who agreed": agreed,
    "by a fragment": lambda visitor, portal: authorize(visitor, portal, response_mode="fragment", prompt="none"),
    "by a form": lambda visitor, portal: agreed(visitor, portal, response_mode="form_post"),
    "in another language": lambda visitor, portal: authorize(visitor, portal, ui_locales="en"),
    "with a scope that is none": lambda visitor, portal: authorize(visitor, portal, scope="profile"),
    "by somebody unknown": lambda visitor, portal: authorize(visitor, portal, client_id="nobody"),
    "with what waits nowhere": lambda visitor, _portal: visitor.browser.get("/authorize?pending=nowhere"),
}


@pytest.mark.parametrize("visit", VISITS.values(), ids=VISITS)
def test_it_leads_where_the_pages_would(
    visit: Visit, provider: Provider, portal: Portal, khai: str, monkeypatch: pytest.MonkeyPatch
):
    def outcome() -> tuple[object, ...]:
        response = visit(Visitor(provider.browser()), portal)
        cookies = [RANDOM.sub(r"\1…", each) for each in response.headers.getlist("Set-Cookie")]
        policies = [response.headers.get(name) for name in ("Content-Security-Policy", "Cache-Control")]
        return response.status_code, RANDOM.sub(r"\1…", response.headers.get("Location", "")), cookies, policies

    straight = outcome()
    monkeypatch.setattr(straight_through, "_is_plain", lambda _environ: False)
    assert outcome() == straight


def test_an_address_beyond_ascii_leaves_as_a_uri(visitor: Visitor, provider: Provider):
    """RFC 9110 §10.2.2, PEP 3333: a header with a letter that Latin-1 has not is one no server can send."""
    native = {"application_type": "native", "token_endpoint_auth_method": "none"}
    portal = provider.portal(redirect_uris=["vn.example.app:/về"], **native)

    answer = authorize(visitor, portal, prompt="none")

    assert answer.headers["Location"].startswith("vn.example.app:/v%E1%BB%81?error=login_required")


def test_a_request_that_waits_is_another_browsers_here_too(provider: Provider, portal: Portal):
    victims = authorize(Visitor(provider.browser()), portal).headers["Location"]
    waits = victims.partition("?")[2]

    response = Visitor(provider.browser()).browser.get(f"/authorize?{waits}")

    assert response.status_code == 400
    assert "Location" not in response.headers


def test_the_cookie_it_sets_is_the_pages_and_is_set_once(visitor: Visitor, portal: Portal):
    first = authorize(visitor, portal)
    begun = visitor.browser.get_cookie(
        "motcua_idp_browser" if "motcua_idp_browser" in first.headers["Set-Cookie"] else ""
    )
    page = visitor.open(first.headers["Location"])

    assert begun is not None
    assert page.title == "Đăng nhập"
    again = authorize(visitor, portal)
    assert "Set-Cookie" not in again.headers
    assert again.headers["Location"] == first.headers["Location"]


def test_what_else_the_browsers_cookie_holds_is_kept(visitor: Visitor, portal: Portal):
    """The form of a page that was open before is still good."""
    token = visitor.open("/signin").fields["csrf_token"]

    sign_in = authorize(visitor, portal).headers["Location"]

    assert visitor.browser.post(sign_in, data={"csrf_token": token, "ask": "cancel"}).status_code == 303


@pytest.mark.parametrize("secure", [True, False])
def test_its_header_is_the_one_that_flask_writes(secure: bool):
    app = Flask("idp")
    set_up_cookies(app, b"s" * 32, secure)
    with app.test_request_context():
        session = app.session_interface.session_class({"browser": "a"})  # type: ignore[attr-defined]
        session.modified = True
        response = app.response_class()
        app.session_interface.save_session(app, session, response)
    (header,) = response.headers.getlist("Set-Cookie")
    value = header.partition("=")[2].partition(";")[0]

    assert set_cookie_header(browser_cookie_name(secure), value, secure) == ("Set-Cookie", header)


@pytest.mark.parametrize("secure", [True, False])
def test_a_cookie_that_lasts_has_the_header_that_flask_writes(secure: bool):
    response = Flask("idp").response_class()
    response.set_cookie("device", "a_b-c==", 3600, httponly=True, samesite="Lax", secure=secure, path="/")
    theirs = re.sub(r"Expires=[^;]*", "Expires=…", response.headers["Set-Cookie"])

    ours = re.sub(
        r"Expires=\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT",
        "Expires=…",
        set_cookie_header("device", "a_b-c==", secure, 3600)[1],
    )

    assert ours == theirs


def test_every_step_has_the_address_of_its_page(provider: Provider):
    assert page_of(SignIn(Reason.NOBODY), "a", "") == "/signin?pending=a"
    assert page_of(Consent(()), "a", "/idp") == "/idp/consent?pending=a"
    assert page_of(StepUp.__new__(StepUp), "a", "") == "/step-up?pending=a"


def test_what_one_address_begins_is_counted_once_a_request(
    visitor: Visitor, portal: Portal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pending, "PER_ADDRESS", 2)

    statuses = [authorize(visitor, portal, state=f"state-{number}").status_code for number in range(4)]

    assert statuses == [303, 303, 429, 429]
