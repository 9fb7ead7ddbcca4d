"""Frequent acts leave entries too: tokens issued, UserInfo read, introspection; the person sees what was read."""

import pytest
from werkzeug.test import Client as Browser

from idp.domain.audit import Action, Entry, entries_about
from idp.domain.audit_batch import AuditBatch
from idp.errors import StoreUnavailable
from idp.store import audit_trail
from tests.support.provider import Portal, Provider, claims_of


def entries(provider: Provider, action: Action) -> list[Entry]:
    """Give what the trail holds of one kind of act."""
    provider.services.audit_batch.flush()
    with provider.services.database.read() as connection:
        rows = audit_trail.unnumbered(connection, 1000)
    return [entry for entry in rows if entry.action == action]


def test_each_token_leaves_an_entry(provider: Provider, person: str, browser: Browser) -> None:
    portal = provider.portal(agency="G02")
    first = portal.tokens(browser)
    second = portal.refresh(first["refresh_token"]).json or {}
    tokens = [claims_of(each["access_token"]) for each in (first, second)]
    noted = entries(provider, Action.TOKEN_ISSUED)
    assert sorted(entry.object_id for entry in noted) == sorted(claims["jti"] for claims in tokens)
    for entry in noted:
        assert (entry.actor_kind, entry.actor_id, entry.client_id) == ("client", portal.id, portal.id)
        assert (entry.account_id, entry.agency, entry.session) == (person, "G02", tokens[0]["sid"])
        assert entry.details == {"grant": tokens[0]["gid"]}


def test_a_client_that_acts_for_itself_concerns_nobody(provider: Provider) -> None:
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")
    assert machine.token(grant_type="client_credentials").status_code == 200
    (entry,) = entries(provider, Action.TOKEN_ISSUED)
    assert (entry.account_id, entry.session, entry.details) == (None, None, {})


def test_a_person_finds_who_read_their_data(provider: Provider, portal: Portal, person: str, browser: Browser) -> None:
    token = portal.tokens(browser)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert provider.browser().get("/userinfo", headers=headers).status_code == 200
    provider.services.audit_batch.flush()
    with provider.services.database.read() as connection:
        (read,) = entries_about(connection, person, actions=[Action.USERINFO_READ])
    assert (read.client_id, read.details["token"]) == (portal.id, claims_of(token)["jti"])


def test_a_refused_read_is_no_read(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["access_token"]
    provider.clock.advance(301)
    assert provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert entries(provider, Action.USERINFO_READ) == []


def test_introspection_names_the_asker_and_says_nothing_of_strangers(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    token = portal.tokens(browser)["access_token"]
    assert portal.introspect(token)["active"]
    assert not portal.introspect("invented")["active"]
    (entry,) = entries(provider, Action.TOKEN_INTROSPECTED)
    assert (entry.actor_id, entry.object_id) == (portal.id, claims_of(token)["jti"])


def test_where_the_trail_takes_no_more_there_is_no_token(
    provider: Provider, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")

    def full(_batch: AuditBatch, _entry: Entry) -> None:
        raise StoreUnavailable("the audit trail cannot take more")

    monkeypatch.setattr(AuditBatch, "record", full)
    refused = machine.token(grant_type="client_credentials")
    assert refused.status_code == 503
    assert (refused.json or {})["error"] == "temporarily_unavailable"
    assert "Retry-After" in refused.headers
