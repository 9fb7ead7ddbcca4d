"""An administrator looks after people: finds them, sees what is open in their name, ends it with a reason."""

import pytest

from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.domain.sessions import open_session
from tests.clients.console.conftest import CONSOLE, Administrator, words_of
from tests.support.provider import PASSWORD_FACTOR, Provider

KHAI = NewAccount(
    "Nguyễn Thị Minh Khai",
    identity_level=2,
    personal_number="001185012345",
    phone="+84912000001",
    email="khai@example.vn",
)


@pytest.fixture
def khai(real: Provider) -> str:
    services = real.services
    with services.database.write() as connection:
        return accounts.create(connection, services.sealer, KHAI, at=services.clock(), actor=("operator", "test"))


def search(who: Administrator, by: str, value: str) -> str:
    return words_of(who.press(who.see("/people"), "/people", by=by, value=value))


@pytest.mark.parametrize(
    ("by", "value"),
    [("sign_in_name", "0912 000 001"), ("sign_in_name", "001185012345"), ("name", "nguyen thi minh khai")],
)
def test_a_person_is_found_and_their_numbers_stay_hidden(
    central: Administrator, khai: str, by: str, value: str
) -> None:
    found = search(central, by, value)
    shown = central.see(f"/people/{khai}")

    assert "1 tài khoản" in found
    assert "Nguyễn Thị Minh Khai" in words_of(shown)
    assert "•••••••••345" in words_of(shown)
    for secret in ("912000001", "khai@example.vn"):
        assert secret not in shown.text


def test_officials_are_listed_by_agency(central: Administrator, real: Provider) -> None:
    real.person("Bùi Thị Thanh Hà", kind="official", agency="H49")

    assert "Bùi Thị Thanh Hà" in search(central, "agency", "H49")


def test_a_session_is_ended_with_a_reason_and_the_page_says_who_was_told(
    central: Administrator, real: Provider, khai: str
) -> None:
    portal = real.portal(client_name="Cổng tỉnh", backchannel_logout_uri="http://localhost:8003/backchannel-logout")
    browser = real.signed_in(khai)
    token = portal.tokens(browser)["access_token"]
    sid = portal.introspect(token)["sid"]
    person = central.see(f"/people/{khai}")
    page = central.see(f"/sessions/{sid}")

    refused = central.press(page, f"/sessions/{sid}")
    ended = central.press(page, f"/sessions/{sid}", reason="device_lost")

    assert f'href="/sessions/{sid}"' in person.text
    assert refused.status_code == 422
    assert "Phiên đã kết thúc" in words_of(ended)
    assert "Cổng tỉnh Chưa được báo" in words_of(ended)
    assert portal.introspect(token) == {"active": False}


def test_a_session_is_not_ended_from_another_site(central: Administrator, real: Provider, khai: str) -> None:
    portal = real.portal()
    token = portal.tokens(real.signed_in(khai))["access_token"]
    sid = portal.introspect(token)["sid"]
    central.see("/home")

    answer = central.at_portals[CONSOLE].post(f"/sessions/{sid}", data={"reason": "mistake"})

    assert answer.status_code == 400
    assert portal.introspect(token)["active"] is True


def test_portals_are_listed_and_shown(central: Administrator, real: Provider) -> None:
    portal = real.portal(agency="H49", client_name="Cổng tỉnh", legal_basis="274/QĐ-TTg")

    listed, shown = central.see("/portals"), central.see(f"/portals/{portal.id}")

    assert f'href="/portals/{portal.id}"' in listed.text
    assert "274/QĐ-TTg" in words_of(shown)
    assert portal.secret is not None
    assert portal.secret not in shown.text


def test_a_long_list_of_portals_goes_on(central: Administrator, real: Provider) -> None:
    for number in range(26):
        real.portal(client_name=f"Cổng {number}")
    first = central.see("/portals")
    after = first.text.partition('href="/portals?after=')[2].partition('"')[0]

    second = central.see(f"/portals?after={after}")

    assert first.text.count('class="row-title"') == 25
    assert second.text.count('class="row-title"') == 2


def test_the_home_page_says_how_far_one_reaches(enter, central: Administrator) -> None:
    assert "mọi cơ quan" in words_of(central.see("/home"))
    assert "H49" in words_of(enter("administrator", agency="H49").see("/home"))
    assert "không ghi cơ quan" in words_of(enter("administrator", agency=None).see("/home"))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome trên Android"),
        ("Lynx/2.9", "Lynx/2.9"),
    ],
)
def test_the_browser_of_a_session_is_named_and_an_unknown_one_shown_as_it_is(
    central: Administrator, real: Provider, khai: str, said: str, shown: str
) -> None:
    session, _cookie = open_session(real.services, khai, [PASSWORD_FACTOR], device=said)

    page = words_of(central.see(f"/sessions/{session.sid}"))

    assert f"Trình duyệt {shown}" in page
