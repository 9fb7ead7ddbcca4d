"""Sessions as administrators see and end them: within reach, with a reason, with every consequence, and twice is once."""

from collections.abc import Callable

import pytest
from werkzeug.test import Client as Browser

from idp.store.audit import Entry
from tests.idp.http.api.conftest import Caller
from tests.support.provider import Portal, Provider, claims_of


@pytest.fixture
def official(provider: Provider) -> str:
    return provider.person("Bùi Thị Thanh Hà", agency="H49", roles=("receiver",), kind="official")


@pytest.fixture
def portal(provider: Provider) -> Portal:
    return provider.portal(agency="H49", backchannel_logout_uri="http://localhost:8003/backchannel-logout")


@pytest.fixture
def at_work(provider: Provider, official: str) -> Browser:
    return provider.signed_in(official, "password", "totp")


@pytest.fixture
def token(portal: Portal, at_work: Browser) -> str:
    return str(portal.tokens(at_work)["access_token"])


def end(caller: Caller, sid: str, reason: str = "suspected_misuse"):
    return caller.post(f"/api/sessions/{sid}/end", {"reason": reason})


def test_an_accounts_sessions_are_listed_with_their_portals(
    of_h49: Caller, official: str, portal: Portal, token: str
) -> None:
    answer = of_h49.get(f"/api/accounts/{official}/sessions").json

    assert answer is not None
    (session,) = answer["items"]
    assert session["sid"] == claims_of(token)["sid"]
    assert session["amr"] == ["pwd", "otp", "mfa"]
    assert [(each["client_id"], each["ended_at"]) for each in session["portals"]] == [(portal.id, None)]
    assert "cookie" not in str(answer)


def test_ending_one_ends_its_tokens_and_tells_its_portals(
    of_h49: Caller, official: str, portal: Portal, token: str, at_work: Browser
) -> None:
    answer = end(of_h49, claims_of(token)["sid"])

    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["end_reason"] == "suspected_misuse"
    assert answer.json["portals"][0]["ended_at"] is not None
    assert portal.introspect(token) == {"active": False}
    assert at_work.get("/account").status_code in (302, 303)
    assert of_h49.get(f"/api/accounts/{official}/sessions").json == {"items": []}


def test_ending_it_again_changes_nothing(
    of_h49: Caller, token: str, provider: Provider, trail: Callable[[str], list[Entry]]
) -> None:
    sid = claims_of(token)["sid"]
    first = end(of_h49, sid).json
    provider.clock.advance(60)
    second = end(of_h49, sid, "device_lost").json

    assert first == second
    assert len(trail("session_ended")) == 1


def test_the_trail_says_who_ended_it_where_and_why(
    of_h49: Caller, official: str, token: str, trail: Callable[[str], list[Entry]]
) -> None:
    end(of_h49, claims_of(token)["sid"], "left_office")

    (entry,) = trail("session_ended")
    assert (entry.actor_kind, entry.actor_id, entry.agency) == ("administrator", of_h49.account, "H49")
    assert (entry.reason, entry.account_id) == ("left_office", official)


def test_another_agencys_session_is_neither_shown_nor_ended(
    enter: Callable[..., Caller], official: str, portal: Portal, token: str
) -> None:
    of_g02, sid = enter("administrator", agency="G02"), claims_of(token)["sid"]

    assert of_g02.get(f"/api/accounts/{official}/sessions").status_code == 404
    assert of_g02.get(f"/api/sessions/{sid}").status_code == 404
    assert end(of_g02, sid).status_code == 404
    assert portal.introspect(token)["active"] is True


def test_reading_does_not_allow_ending(enter: Callable[..., Caller], portal: Portal, token: str) -> None:
    reader = enter(scope="session:read")

    assert end(reader, claims_of(token)["sid"]).status_code == 403
    assert portal.introspect(token)["active"] is True


@pytest.mark.parametrize("content", [{}, {"reason": "because"}, {"reason": ""}, {"reason": "mistake", "sid": "x"}, []])
def test_without_a_reason_that_there_is_nothing_ends(
    of_h49: Caller, portal: Portal, token: str, content: object
) -> None:
    answer = of_h49.post(f"/api/sessions/{claims_of(token)['sid']}/end", content)

    assert answer.status_code == 422
    assert portal.introspect(token)["active"] is True
