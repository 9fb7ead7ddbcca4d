"""Whatever is sent, to whichever address, gets an answer below 500 and changes nothing."""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.kit.records.browser_sessions import BrowserSession
from clients.kit.records.database import reading
from tests.support.browser import Browser
from tests.support.fake_provider import FakeProvider

ANYTHING = st.one_of(
    st.text(max_size=80),
    st.sampled_from(["", "\0", "%00", "/" * 50, "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "\ud7ff", "💧" * 20, "[]", "{}"]),
)
PATHS = ["/", "/me", "/login", "/silent", "/callback", "/logout", "/logged-out", "/backchannel-logout", "/continue"]
PATHS += ["/language", "/healthz", "/site.css", "/api/nothing", "/nothing"]
NAMES = ["next", "state", "code", "error", "iss", "logout_token", "to", "silent", "csrf_token", "session_state"]

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def quiet_portal(portal: Flask, provider: FakeProvider) -> Flask:
    """A portal whose provider is already known, so that examples differ in their input alone."""
    Browser(portal, provider).get("/login")
    return portal


@often
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]),
    query=st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4),
    form=st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4),
    cookie=st.text('abc-_ĂŸ="\\', max_size=50),
)
def test_nothing_that_is_sent_makes_a_fault(
    quiet_portal: Flask, path: str, method: str, query: dict[str, str], form: dict[str, str], cookie: str
) -> None:
    client = quiet_portal.test_client()
    headers = {"Cookie": f"motcua-national={cookie}".encode().decode("latin-1")}
    with client.open(path, method=method, query_string=query, data=form or None, headers=headers) as answer:
        assert answer.status_code < 500
    with quiet_portal.app_context(), reading() as work:
        assert work.query(BrowserSession).where(BrowserSession.subject.is_not(None)).count() == 0


@often
@given(header=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=100))
def test_no_header_makes_a_fault(quiet_portal: Flask, header: str) -> None:
    client = quiet_portal.test_client()
    for name in ("Authorization", "Accept-Language", "Content-Type", "Sec-Fetch-Mode", "User-Agent", "Cookie"):
        assert client.post("/backchannel-logout", headers={name: header}).status_code < 500


def test_a_database_that_is_away_is_said_so(make_portal: Callable[..., Flask], provider: FakeProvider) -> None:
    app = make_portal()
    browser = Browser(app, provider)
    browser.sign_in()
    with app.app_context(), reading() as work:
        work.connection().exec_driver_sql("DROP TABLE browser_sessions")
        work.commit()

    answer = browser.get("/me")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert 'class="reference"' in answer.text
    assert browser.get("/readyz").status_code == 200
    assert browser.get("/healthz").status_code == 200
