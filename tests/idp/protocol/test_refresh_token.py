"""The refresh token grant: RFC 6749 §6 and RFC 9700 §4.14.2 (rotation, reuse ends the family)."""

from werkzeug.test import Client as Browser

from idp.domain import consents, sessions
from tests.support.provider import Portal, Provider, claims_of


def test_every_use_gives_a_new_token_and_the_new_one_works(portal: Portal, browser: Browser) -> None:
    first = portal.tokens(browser)
    second = portal.refresh(first["refresh_token"])
    assert second.status_code == 200
    assert second.json is not None
    assert second.json["refresh_token"] != first["refresh_token"]
    assert portal.refresh(second.json["refresh_token"]).status_code == 200


def test_a_second_use_ends_the_family_and_its_access_tokens(portal: Portal, browser: Browser) -> None:
    first = portal.tokens(browser)
    second = portal.refresh(first["refresh_token"]).json
    assert second is not None

    replay = portal.refresh(first["refresh_token"])
    assert replay.status_code == 400
    assert replay.json is not None
    assert replay.json["error"] == "invalid_grant"
    assert portal.refresh(second["refresh_token"]).status_code == 400
    assert portal.introspect(second["access_token"]) == {"active": False}


def test_a_refreshed_id_token_keeps_auth_time_and_subject_but_not_the_nonce(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    first = portal.tokens(browser)
    provider.clock.advance(120)
    refreshed = portal.refresh(first["refresh_token"]).json
    assert refreshed is not None
    before, after = claims_of(first["id_token"]), claims_of(refreshed["id_token"])
    assert after["auth_time"] == before["auth_time"]
    assert after["sub"] == before["sub"]
    assert after["iat"] == before["iat"] + 120
    assert "nonce" not in after


def test_the_scope_may_shrink_and_never_grow(portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser, scope="openid profile")["refresh_token"]
    refused = portal.refresh(token, scope="openid profile email")
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["error"] == "invalid_scope"

    narrowed = portal.refresh(token, scope="openid")
    assert narrowed.json is not None
    assert narrowed.json["scope"] == "openid"


def test_another_client_cannot_use_it_and_does_not_end_it(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["refresh_token"]
    assert provider.portal().refresh(token).status_code == 400
    assert portal.refresh(token).status_code == 200


def test_it_ends_with_the_session_unless_offline_access_was_granted(
    provider: Provider, portal: Portal, person: str
) -> None:
    browser = provider.signed_in(person)
    online = portal.tokens(browser)
    scopes = ("openid", "offline_access")
    consents.agree(provider.services, person, portal.client, scopes, ())
    offline = portal.tokens(browser, scope=" ".join(scopes))
    sessions.end_session(provider.services, claims_of(online["id_token"])["sid"], "signed_out")
    assert portal.refresh(online["refresh_token"]).status_code == 400
    assert portal.refresh(offline["refresh_token"]).status_code == 200


def test_it_dies_of_idleness(provider: Provider, portal: Portal, person: str) -> None:
    consents.agree(provider.services, person, portal.client, ("openid", "offline_access"), ())
    idle = portal.tokens(provider.signed_in(person), scope="openid offline_access")["refresh_token"]
    provider.clock.advance(provider.services.settings.refresh_token_idle + 1)
    assert portal.refresh(idle).status_code == 400


def test_a_frozen_account_is_refreshed_no_more(
    provider: Provider, portal: Portal, person: str, browser: Browser
) -> None:
    from idp.store import accounts

    token = portal.tokens(browser)["refresh_token"]
    with provider.services.database.write() as connection:
        accounts.change(connection, person, state="frozen")
    assert portal.refresh(token).status_code == 400


def test_rubbish_is_an_invalid_grant(portal: Portal) -> None:
    for rubbish in ("x", ".", "a.b", "é", "a" * 5000):
        response = portal.refresh(rubbish)
        assert response.status_code == 400
        assert response.json is not None
        assert response.json["error"] == "invalid_grant"


def test_a_grace_forgives_a_lost_answer_once_and_never_two_holders(provider: Provider, person: str) -> None:
    portal = provider.portal(refresh_token_grace=10)
    first = portal.tokens(provider.signed_in(person))["refresh_token"]
    lost = portal.refresh(first).json
    assert lost is not None
    provider.clock.advance(5)
    again = portal.refresh(first).json
    assert again is not None
    assert portal.refresh(lost["refresh_token"]).status_code == 400, "the lost successor must be worth nothing"


def test_after_the_grace_or_once_the_successor_was_used_it_is_a_reuse(provider: Provider, person: str) -> None:
    portal = provider.portal(refresh_token_grace=10)
    for wait, use_successor in ((11, False), (1, True)):
        first = portal.tokens(provider.signed_in(person))["refresh_token"]
        second = portal.refresh(first).json
        assert second is not None
        if use_successor:
            assert portal.refresh(second["refresh_token"]).status_code == 200
        provider.clock.advance(wait)
        assert portal.refresh(first).status_code == 400
        assert portal.refresh(second["refresh_token"]).status_code == 400
