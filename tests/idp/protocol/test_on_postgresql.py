"""The same stories on PostgreSQL and Redis: a sign-in, a refresh, a reuse, a sign-out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain import sessions
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of, make_provider

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, postgresql_url: str, redis_url: str) -> Iterator[Provider]:
    made = make_provider(tmp_path, clock, postgresql_url, redis_url=redis_url)
    yield made
    made.services.database.dispose()


def test_tokens_are_had_refreshed_and_refused_after_a_reuse(provider: Provider, person: str, portal: Portal) -> None:
    browser = provider.signed_in(person)
    first = portal.tokens(browser)
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    assert (provider.browser().get("/userinfo", headers=headers).json or {})["name"] == "Nguyễn Thị Hồng Ánh"
    second = portal.refresh(first["refresh_token"]).json
    assert second is not None
    assert portal.refresh(first["refresh_token"]).status_code == 400
    assert portal.refresh(second["refresh_token"]).status_code == 400
    assert portal.introspect(second["access_token"]) == {"active": False}


def test_a_sign_out_ends_everything(provider: Provider, person: str, portal: Portal) -> None:
    browser = provider.signed_in(person)
    tokens = portal.tokens(browser)
    sessions.end_session(provider.services, claims_of(tokens["id_token"])["sid"], "signed_out")
    assert portal.introspect(tokens["access_token"]) == {"active": False}
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert "/signin" in browser.get("/authorize", query_string=portal.request()).headers["Location"]


def test_a_code_is_believed_once(provider: Provider, person: str, portal: Portal) -> None:
    from tests.support.provider import answer_of

    code = answer_of(provider.signed_in(person).get("/authorize", query_string=portal.request()))["code"]
    assert portal.redeem(code).status_code == 200
    assert portal.redeem(code).status_code == 400


def test_a_restarted_database_is_asked_again(provider: Provider, person: str, portal: Portal) -> None:
    """A kept connection that the server closed costs one more try, not an error."""
    tokens = portal.tokens(provider.signed_in(person))
    assert portal.introspect(tokens["access_token"])["active"] is True
    for connection in provider.services.direct._idle:
        connection.close()
    assert portal.introspect(tokens["access_token"])["active"] is True
