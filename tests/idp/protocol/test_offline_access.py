"""Offline access (OpenID Connect Core §11): what a person granted for while they are away outlives their sign-out, whole.

UserInfo and introspection must agree with the refresh; the guard of resource servers is in ``tests/clients``.
"""

import pytest

from idp.domain import consents, sessions
from tests.support.provider import Portal, Provider, claims_of

SCOPES = ("openid", "profile", "offline_access")


@pytest.fixture
def granted(provider: Provider, portal: Portal, person: str) -> dict[str, str]:
    """The tokens of a person who agreed to offline access."""
    consents.agree(provider.services, person, portal.client, SCOPES, ())
    return portal.tokens(provider.signed_in(person), scope=" ".join(SCOPES))


def sign_out(provider: Provider, tokens: dict[str, str]) -> None:
    sessions.end_session(provider.services, claims_of(tokens["id_token"])["sid"], "signed_out")


def refreshed(portal: Portal, tokens: dict[str, str]) -> dict[str, str]:
    answer = portal.refresh(tokens["refresh_token"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def userinfo(provider: Provider, token: str) -> int:
    return provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_refreshed_after_the_sign_out_works_at_once(
    provider: Provider, portal: Portal, granted: dict[str, str]
) -> None:
    sign_out(provider, granted)
    token = refreshed(portal, granted)["access_token"]
    assert "sid" not in claims_of(token), "whoever follows the list of what has ended would refuse it"
    assert userinfo(provider, token) == 200
    assert portal.introspect(token)["active"] is True


def test_one_had_while_signed_in_ends_with_the_session_and_is_replaced(
    provider: Provider, portal: Portal, granted: dict[str, str]
) -> None:
    again = refreshed(portal, granted)
    assert claims_of(again["access_token"])["sid"] == claims_of(granted["id_token"])["sid"]
    sign_out(provider, granted)
    assert userinfo(provider, again["access_token"]) == 401
    assert portal.introspect(again["access_token"]) == {"active": False}
    assert userinfo(provider, refreshed(portal, again)["access_token"]) == 200


def test_a_session_that_ran_out_is_over_too(provider: Provider, portal: Portal, granted: dict[str, str]) -> None:
    provider.clock.advance(provider.services.settings.session_lifetime + 1)
    token = refreshed(portal, granted)["access_token"]
    assert "sid" not in claims_of(token)
    assert userinfo(provider, token) == 200


def test_revoking_the_grant_ends_it_at_once(provider: Provider, portal: Portal, granted: dict[str, str]) -> None:
    sign_out(provider, granted)
    away = refreshed(portal, granted)
    assert (
        provider.browser().post("/revoke", data={"token": away["refresh_token"]}, headers=portal.basic()).status_code
        == 200
    )
    assert userinfo(provider, away["access_token"]) == 401
    assert portal.introspect(away["access_token"]) == {"active": False}
    assert portal.refresh(away["refresh_token"]).status_code == 400


def test_withdrawing_the_agreement_ends_it_at_once(
    provider: Provider, portal: Portal, person: str, granted: dict[str, str]
) -> None:
    sign_out(provider, granted)
    away = refreshed(portal, granted)
    consents.withdraw(provider.services, person, portal.id)
    assert userinfo(provider, away["access_token"]) == 401
    assert portal.introspect(away["access_token"]) == {"active": False}


def test_a_refreshed_id_token_still_names_the_sign_in_it_is_about(
    provider: Provider, portal: Portal, granted: dict[str, str]
) -> None:
    """OpenID Connect Core §12.2: issuer, subject and time of the sign-in stay; so does its session's name."""
    sign_out(provider, granted)
    before, after = claims_of(granted["id_token"]), claims_of(refreshed(portal, granted)["id_token"])
    assert {name: after[name] for name in ("iss", "sub", "aud", "auth_time", "sid")} == {
        name: before[name] for name in ("iss", "sub", "aud", "auth_time", "sid")
    }
