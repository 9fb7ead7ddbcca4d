"""What PostgreSQL cannot hold (a NUL, a text that is too long) is a refusal with a reason, never a fault of ours."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, basic, make_provider

pytestmark = pytest.mark.postgresql

BAD = pytest.mark.parametrize("bad", ["\x00", "a\x00b", "x" * 5000], ids=["NUL", "NUL within", "too long"])


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, postgresql_url: str) -> Iterator[Provider]:
    made = make_provider(tmp_path, clock, postgresql_url)
    yield made
    made.services.database.dispose()


@BAD
@pytest.mark.parametrize("path", ["/authorize?response_type=code&client_id=", "/logout?client_id=", "/signin?pending="])
def test_in_an_address(provider: Provider, path: str, bad: str) -> None:
    assert provider.browser().get(path + quote(bad)).status_code < 500


@BAD
def test_in_the_address_of_somebody_signed_in(provider: Provider, person: str, bad: str) -> None:
    browser = provider.signed_in(person)
    answer = browser.get(f"/authorize?response_type=code&client_id={quote(bad)}")
    assert answer.status_code == 400
    assert "text/html" in answer.content_type


@BAD
def test_as_a_client_that_authenticates(provider: Provider, bad: str) -> None:
    headers = {"Authorization": basic(bad, "secret")}
    answer = provider.browser().post("/token", data={"grant_type": "client_credentials"}, headers=headers)
    assert answer.status_code in (400, 401)
    assert (answer.json or {})["error"] in ("invalid_request", "invalid_client")


@BAD
@pytest.mark.parametrize("name", ["code", "refresh_token", "resource", "scope"])
def test_as_a_parameter_of_the_token_endpoint(provider: Provider, portal: Portal, name: str, bad: str) -> None:
    grant = "refresh_token" if name == "refresh_token" else "authorization_code"
    form = {"grant_type": grant, "code": "c", "redirect_uri": "https://portal.example/callback", name: bad}
    answer = provider.browser().post("/token", data=form, headers=portal.basic())
    assert answer.status_code == 400
    assert (answer.json or {})["error"].startswith("invalid_")


@BAD
def test_as_the_resource_of_a_signed_in_person(provider: Provider, portal: Portal, person: str, bad: str) -> None:
    browser = provider.signed_in(person)
    assert browser.get("/authorize", query_string=portal.request(resource=bad)).status_code in (303, 400)


@BAD
def test_as_a_sign_in_name(provider: Provider, bad: str) -> None:
    assert provider.browser().post("/signin", data={"username": bad, "password": bad}).status_code < 500


@BAD
def test_as_the_name_of_the_browser(provider: Provider, person: str, bad: str) -> None:
    """A session keeps what the browser calls itself, cut to what its column takes."""
    browser = provider.signed_in(person)
    named = {"User-Agent": bad.replace("\x00", "?")}
    assert browser.get("/account", headers=named).status_code == 200
