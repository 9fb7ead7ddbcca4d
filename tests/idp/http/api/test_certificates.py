"""Certificates as administrators find and stop them: within reach, freshly signed in, once, and with every consequence."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client as Browser

from idp.domain import sessions
from idp.domain.agencies import load_built_in
from idp.store.audit import Entry
from tests.idp.http.api.conftest import Caller
from tests.support.certificates import OPERATOR, Office, Owner
from tests.support.provider import Portal, Provider

SEARCH = "/api/certificates/search"


@pytest.fixture
def office(provider: Provider) -> Office:
    load_built_in(provider.services, actor=OPERATOR)
    return Office(provider.services)


@pytest.fixture
def khai(office: Office) -> Owner:
    """A citizen."""
    return office.owner()


@pytest.fixture
def thang(office: Office) -> Owner:
    """An official of the ministry G02."""
    return office.owner(office.official())


@pytest.fixture
def of_g02(enter: Callable[..., Caller]) -> Caller:
    return enter("administrator", agency="G02")


def signed_in_with(provider: Provider, owner: Owner) -> Browser:
    factor = {"kind": "certificate", "serial": owner.row.serial, "at": provider.services.now()}
    _, cookie = sessions.open_session(provider.services, owner.account_id, [factor])
    browser = provider.browser()
    browser.set_cookie("motcua_idp_session", cookie, domain="localhost")
    return browser


def path(owner: Owner, act: str = "") -> str:
    return f"/api/certificates/{owner.row.serial}{act}"


def revoke(caller: Caller, owner: Owner, reason: str = "keyCompromise"):
    return caller.post(path(owner, "/revoke"), {"reason": reason})


def found(caller: Caller, by: str, value: str) -> list[dict[str, Any]]:
    answer = caller.post(SEARCH, {"by": by, "value": value})
    assert answer.status_code == 200, answer.text
    return list((answer.json or {})["items"])


def test_one_is_found_by_serial_number_subject_and_account(central: Caller, khai: Owner) -> None:
    serial = khai.row.serial
    written = ":".join(serial[place : place + 2] for place in range(0, 32, 2)).upper()

    for by, value in (
        ("serial", serial),
        ("serial", written),
        ("subject", "nguyen thi MINH khai"),
        ("account", khai.account_id),
    ):
        assert [item["serial"] for item in found(central, by, value)] == [serial], (by, value)
    assert found(central, "subject", "Minh Khai") == []


def test_it_is_shown_with_whom_it_names_and_without_the_number(central: Caller, khai: Owner) -> None:
    answer = central.get(path(khai))

    assert answer.json is not None
    assert answer.json["name"] == "Nguyễn Thị Minh Khai"
    assert answer.json["status"] == "good"
    assert "001185012345" not in answer.text


def test_an_agencys_administrator_sees_its_officials_certificates_alone(
    of_g02: Caller, of_h49: Caller, khai: Owner, thang: Owner
) -> None:
    assert [item["serial"] for item in found(of_g02, "subject", "Hoàng Đức Thắng")] == [thang.row.serial]
    assert found(of_h49, "subject", "Hoàng Đức Thắng") == []
    assert found(of_g02, "serial", khai.row.serial) == []
    for caller, owner in ((of_g02, khai), (of_h49, thang)):
        for answer in (
            caller.get(path(owner)),
            caller.get(path(owner, "/consequences")),
            revoke(caller, owner),
            caller.call("POST", path(owner, "/hold")),
            caller.call("POST", path(owner, "/release")),
        ):
            assert answer.status_code == 404
    assert revoke(of_g02, thang).status_code == 200


def test_what_a_revocation_would_end_is_told_before(central: Caller, provider: Provider, khai: Owner) -> None:
    portal = provider.portal(agency="H49")
    portal.tokens(signed_in_with(provider, khai))
    provider.signed_in(khai.account_id)

    shown = central.get(path(khai)).json

    assert shown is not None
    assert shown["open_sessions"] == 1
    assert [(each["client_id"], each["name"]["vi"]) for each in shown["portals"]] == [
        (portal.id, "Cổng dịch vụ công thử nghiệm")
    ]


def test_revoking_ends_at_once_what_rests_on_it_and_nothing_else(
    central: Caller, provider: Provider, khai: Owner
) -> None:
    portal = provider.portal(agency="H49", backchannel_logout_uri="http://localhost:8003/backchannel-logout")
    token = portal.tokens(signed_in_with(provider, khai))["access_token"]
    other = portal.tokens(provider.signed_in(khai.account_id))["access_token"]

    answer = revoke(central, khai)

    assert answer.status_code == 200, answer.text
    kinds = {item["kind"]: item["state"] for item in (answer.json or {})["items"]}
    assert kinds == {
        "status": "done",
        "ocsp": "done",
        "sign_in": "done",
        "crl": "pending",
        "session": "done",
        "tokens": "done",
        "portal": "pending",
    }
    assert portal.introspect(token) == {"active": False}
    assert portal.introspect(other)["active"] is True
    assert (central.get(path(khai)).json or {})["status"] == "revoked"


def test_the_consequences_turn_done(central: Caller, office: Office, khai: Owner) -> None:
    before = central.get(path(khai, "/consequences")).json
    revoke(central, khai)
    waiting = central.get(path(khai, "/consequences")).json
    office.at_work()
    after = central.get(path(khai, "/consequences")).json

    assert before == {"items": [], "done": True}
    assert waiting is not None
    assert waiting["done"] is False
    assert after is not None
    assert after["done"] is True
    assert all(item["at"] is not None for item in after["items"])


def test_revoking_again_changes_nothing(
    central: Caller, khai: Owner, provider: Provider, trail: Callable[[str], list[Entry]]
) -> None:
    revoke(central, khai)
    first = central.get(path(khai)).json
    provider.clock.advance(60)

    again = revoke(central, khai, "superseded")

    assert again.status_code == 200
    second = central.get(path(khai)).json
    assert first is not None
    assert second is not None
    assert (first["reason"], first["since"]) == (second["reason"], second["since"])
    assert len(trail("certificate_revoked")) == 1


def test_the_trail_says_who_revoked_it_where_and_why(
    of_g02: Caller, thang: Owner, trail: Callable[[str], list[Entry]]
) -> None:
    revoke(of_g02, thang, "affiliationChanged")

    (entry,) = trail("certificate_revoked")
    assert (entry.actor_kind, entry.actor_id, entry.agency) == ("administrator", of_g02.account, "G02")
    assert (entry.reason, entry.object_id, entry.account_id) == (
        "affiliationChanged",
        thang.row.serial,
        thang.account_id,
    )


def test_a_suspension_is_released_and_a_revocation_is_not(central: Caller, khai: Owner) -> None:
    assert central.call("POST", path(khai, "/hold")).status_code == 200
    assert (central.get(path(khai)).json or {})["status"] == "on-hold"
    assert (central.call("POST", path(khai, "/release")).json or {})["status"] == "good"
    assert central.call("POST", path(khai, "/release")).status_code == 409

    revoke(central, khai)
    assert central.call("POST", path(khai, "/hold")).status_code == 409
    assert central.call("POST", path(khai, "/release")).status_code == 409


@pytest.mark.parametrize("act", ["/revoke", "/hold", "/release"])
def test_whoever_proved_themselves_too_long_ago_does_it_first(
    enter: Callable[..., Caller], provider: Provider, console: Portal, khai: Owner, act: str
) -> None:
    account = provider.person(agency="G22", roles=("administrator", "central_administrator"))
    browser = provider.signed_in(account, "password", "totp")
    provider.clock.advance(331)
    asked = {"scope": "openid certificate:revoke", "resource": provider.services.settings.api}
    caller = Caller(provider, console.tokens(browser, **asked)["access_token"])

    answer = caller.post(path(khai, act), {"reason": "keyCompromise"})

    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    assert 'max_age="300"' in answer.headers["WWW-Authenticate"]


def test_reading_does_not_allow_revoking(enter: Callable[..., Caller], khai: Owner) -> None:
    reader = enter(scope="certificate:read")

    assert revoke(reader, khai).status_code == 403
    assert (reader.get(path(khai)).json or {})["status"] == "good"


@pytest.mark.parametrize("reason", ["", "because", "certificateHold", "removeFromCRL", "keyCompromise\n", None, 1])
def test_without_a_reason_of_the_rfc_nothing_is_revoked(central: Caller, khai: Owner, reason: object) -> None:
    assert central.post(path(khai, "/revoke"), {"reason": reason}).status_code == 422
    assert (central.get(path(khai)).json or {})["status"] == "good"


@pytest.mark.parametrize("serial", ["0", "zz", "..", "f" * 32, "f" * 128, "0x12", "-1"])
def test_a_serial_number_of_nobody_is_not_found(central: Caller, office: Office, serial: str) -> None:
    assert central.get(f"/api/certificates/{serial}").status_code == 404
    assert central.post(f"/api/certificates/{serial}/revoke", {"reason": "superseded"}).status_code == 404
