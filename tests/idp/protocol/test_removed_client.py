"""A client that is removed (RFC 7592 §2.3, ``motcua client remove``): what was granted to it ends with it, everywhere.

Resource servers hold self-contained tokens, so they must find it on the list of what has ended.
"""

from typing import Any

import pytest
from werkzeug.test import Client as Browser

from idp.domain import registration
from idp.domain.registration_tokens import issue_for
from idp.store import grants as grants_store
from idp.store import sessions as sessions_store
from tests.support.provider import Portal, Provider, claims_of

OPERATOR = ("operator", "test")


@pytest.fixture
def feed(provider: Provider) -> Any:
    """Reads what has ended, as a resource server does."""
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")
    own = (machine.token(grant_type="client_credentials").json or {})["access_token"]

    def read() -> set[tuple[str, str]]:
        answer = provider.browser().get("/api/ended", headers={"Authorization": f"Bearer {own}"}).json or {}
        return {(entry["kind"], entry["value"]) for entry in answer["ended"]}

    return read


@pytest.fixture
def leaving(provider: Provider) -> Portal:
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    return provider.portal(grant_types=grants, scope="openid profile ended:read")


def test_its_grants_and_its_own_tokens_are_on_the_list(
    provider: Provider, leaving: Portal, browser: Browser, feed: Any
) -> None:
    access = claims_of(leaving.tokens(browser)["access_token"])
    own = claims_of((leaving.token(grant_type="client_credentials").json or {})["access_token"])
    registration.remove(provider.services, leaving.client, actor=OPERATOR)
    ended = feed()
    assert ("gid", access["gid"]) in ended
    assert ("sub", own["sub"]) in ended
    with provider.services.database.read() as connection:
        family = grants_store.find_family(connection, access["gid"])
    assert family is not None
    assert family.end_reason == "client_removed"


def test_it_leaves_every_session_and_the_other_portals_stay(
    provider: Provider, leaving: Portal, portal: Portal, browser: Browser
) -> None:
    leaving.tokens(browser)
    other = portal.tokens(browser)
    sid = claims_of(other["id_token"])["sid"]
    registration.remove(provider.services, leaving.client, actor=OPERATOR)
    with provider.services.database.read() as connection:
        assert [row.client_id for row in sessions_store.clients_of(connection, sid)] == [portal.id]
    assert portal.refresh(other["refresh_token"]).status_code == 200


def test_its_tokens_open_nothing_here(provider: Provider, leaving: Portal, browser: Browser) -> None:
    token = leaving.tokens(browser)["access_token"]
    registration.remove(provider.services, leaving.client, actor=OPERATOR)
    answer = provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_one_that_removes_itself_ends_the_same(
    provider: Provider, leaving: Portal, browser: Browser, feed: Any
) -> None:
    access = claims_of(leaving.tokens(browser)["access_token"])
    own = {"Authorization": f"Bearer {issue_for(provider.services, leaving.id)}"}
    answer = provider.browser().delete("/register", query_string={"client_id": leaving.id}, headers=own)
    assert answer.status_code == 204
    assert ("gid", access["gid"]) in feed()


def test_a_person_who_comes_with_its_request_sees_a_page(provider: Provider, leaving: Portal, browser: Browser) -> None:
    registration.remove(provider.services, leaving.client, actor=OPERATOR)
    assert browser.get("/authorize", query_string=leaving.request()).status_code == 400
