"""Back-channel logout: OpenID Connect Back-Channel Logout 1.0, told through the outbox."""

from collections.abc import Iterator

import pytest
from werkzeug.test import Client as Browser

from idp.domain import sessions
from idp.protocol import back_channel_logout
from idp.protocol.back_channel_logout import EVENT, NotTold
from idp.store import sessions as sessions_store
from keys.jose import parse
from tests.support.logout_receiver import Receiver, receiving
from tests.support.provider import Provider, claims_of


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_a_portal_is_told_with_a_token_of_its_own(provider: Provider, person: str, receiver: Receiver) -> None:
    portal = provider.portal(backchannel_logout_uri=receiver.address)
    id_token = claims_of(portal.tokens(provider.signed_in(person))["id_token"])
    told = sessions.end_session(provider.services, id_token["sid"], "signed_out")
    assert [row.client_id for row in told] == [portal.id]

    back_channel_logout.tell(provider.services, id_token["sid"], portal.id, id_token["sub"])
    parsed = parse(receiver.tokens.get(timeout=5))
    assert parsed.header["typ"] == "logout+jwt"
    assert parsed.claims["events"] == {EVENT: {}}
    assert parsed.claims["sid"] == id_token["sid"]
    assert parsed.claims["sub"] == id_token["sub"]
    assert parsed.claims["aud"] == portal.id
    assert "nonce" not in parsed.claims
    assert parsed.claims["exp"] - parsed.claims["iat"] <= 120
    with provider.services.database.read() as connection:
        assert sessions_store.clients_of(connection, id_token["sid"])[0].told_at is not None


@pytest.mark.parametrize(
    ("end_reason", "told"),
    [
        ("certificate_revoked", {"end_reason": "certificate_revoked"}),
        ("certificate_on_hold", {"end_reason": "certificate_on_hold"}),
        ("account_frozen", {"end_reason": "account_frozen"}),
        ("ended_by_owner", {}),
        ("signed_out", {}),
    ],
)
def test_a_portal_learns_why_only_where_its_person_is_to_be_told(
    provider: Provider, person: str, receiver: Receiver, end_reason: str, told: dict[str, str]
) -> None:
    portal = provider.portal(backchannel_logout_uri=receiver.address)
    id_token = claims_of(portal.tokens(provider.signed_in(person))["id_token"])
    sessions.end_session(provider.services, id_token["sid"], end_reason)

    back_channel_logout.tell(provider.services, id_token["sid"], portal.id, id_token["sub"])

    claims = parse(receiver.tokens.get(timeout=5)).claims
    assert {name: value for name, value in claims.items() if name == "end_reason"} == told
    assert claims["events"] == {EVENT: {}}


@pytest.mark.parametrize("status", [400, 500, 302])
def test_a_portal_that_does_not_acknowledge_is_shown_as_not_told(
    provider: Provider, person: str, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    portal = provider.portal(backchannel_logout_uri=receiver.address)
    id_token = claims_of(portal.tokens(provider.signed_in(person))["id_token"])
    sessions.end_session(provider.services, id_token["sid"], "signed_out")
    with pytest.raises(NotTold):
        back_channel_logout.tell(provider.services, id_token["sid"], portal.id, id_token["sub"])
    with provider.services.database.read() as connection:
        row = sessions_store.clients_of(connection, id_token["sid"])[0]
    assert row.told_at is None
    assert row.failure == f"it answered {status}"


def test_ending_a_session_twice_tells_nobody_twice(provider: Provider, person: str, receiver: Receiver) -> None:
    portal = provider.portal(backchannel_logout_uri=receiver.address)
    sid = claims_of(portal.tokens(provider.signed_in(person))["id_token"])["sid"]
    assert sessions.end_session(provider.services, sid, "signed_out")
    assert sessions.end_session(provider.services, sid, "signed_out") == []


def test_one_portal_alone_can_be_signed_out(provider: Provider, person: str, browser: Browser) -> None:
    one, two = provider.portal(), provider.portal()
    tokens = one.tokens(browser), two.tokens(browser)
    sid = claims_of(tokens[0]["id_token"])["sid"]
    assert sessions.end_portal(provider.services, sid, one.id, "ended_by_owner")
    assert one.refresh(tokens[0]["refresh_token"]).status_code == 400
    assert two.refresh(tokens[1]["refresh_token"]).status_code == 200
