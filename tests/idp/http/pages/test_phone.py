"""Signing in at a computer by a phone that is signed in: what the phone is told, what it is worth, and how it is attacked."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import lxml.html
import pytest
from werkzeug.test import Client

from idp.domain import accounts, sessions
from idp.domain.authenticators.phone import LIFETIME
from idp.domain.messages import Outgoing
from idp.http.middleware import access_log
from idp.http.pages.totp import qr
from tests.idp.http.pages.conftest import OPERATOR, Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of

ASK, GO_ON, NO = "Hiện hình", "Tiếp tục với tên Nguyễn Thị Minh Khai", "Không, không phải tôi"
SHOWN, LOOK = "Đăng nhập bằng điện thoại", "Tôi đã xác nhận trên điện thoại"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def phone(signed_in: Visitor) -> Visitor:
    """Minh Khai's phone, signed in by password."""
    return signed_in


@pytest.fixture
def computer(provider: Provider) -> Visitor:
    """A computer in an office, used by whoever comes."""
    there = {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": FIREFOX}
    return Visitor(Client(lambda environ, start: provider.application({**environ, **there}, start)))


def shows(computer: Visitor) -> str:
    """Have the computer show its picture; gives the path that the picture leads to."""
    if not computer.path.startswith("/signin/phone"):
        computer.open("/signin/phone")
    computer.press(ASK)
    return f"/phone/{urlsplit(computer.path).path.rsplit('/', 1)[1]}"


def number_on(computer: Visitor) -> str:
    (shown,) = lxml.html.fromstring(computer.response.text).find_class("match")
    return str(shown.text_content())


def offered(phone: Visitor) -> list[str]:
    found = lxml.html.fromstring(phone.response.text).xpath("//button[@name='number']/@value")
    return [str(number) for number in found if number]


def approves(phone: Visitor, path: str, number: str) -> Visitor:
    return phone.open(path).press(number)


def test_a_computer_is_signed_in_and_the_owner_told(
    phone: Visitor, computer: Visitor, post: Callable[[], list[Outgoing]]
):
    path = shows(computer)
    phone.open(path)
    assert len(set(offered(phone))) == 3
    phone.press(number_on(computer))
    assert "Đã xác nhận" in phone.text

    computer.follow(LOOK).press(GO_ON)

    assert computer.path == "/account"
    assert "điện thoại" in computer.open("/account/sessions").text
    notices = [message for message in post() if "máy tính" in message.subject.lower()]
    assert len(notices) == 2
    assert "203.0.113.7" in notices[0].body
    assert "/freeze/" in notices[0].body


def test_the_picture_leads_to_the_providers_own_address(computer: Visitor):
    path = shows(computer)

    assert qr(f"http://localhost:8000{path}") in computer.response.text
    assert re.fullmatch(r"/phone/[A-Za-z0-9_-]{24}", path)


def test_the_phone_names_portal_place_and_browser(phone: Visitor, computer: Visitor, portal: Portal):
    computer.open("/authorize", **portal.request()).follow("Dùng điện thoại đã đăng nhập")

    phone.open(shows(computer))

    for words in ("Cổng dịch vụ công Hạ Long", "portal.example", "203.0.113.7", "Firefox trên Windows"):
        assert words in phone.text


def test_a_portal_is_entered_and_told_the_truth(phone: Visitor, computer: Visitor, portal: Portal):
    computer.open("/authorize", **portal.request()).follow("Dùng điện thoại đã đăng nhập")
    approves(phone, shows(computer), number_on(computer))
    computer.follow(LOOK).press(GO_ON).press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(computer.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1", ["mca"])


def two_factors_on(provider: Provider, account_id: str) -> Visitor:
    """Another phone of the same person, signed in with two factors just now."""
    return Visitor(provider.signed_in(account_id, "password", "totp"))


def test_two_factors_on_the_phone_are_two_at_the_computer(
    provider: Provider, khai: str, computer: Visitor, portal: Portal
):
    computer.open("/authorize", **portal.request()).follow("Dùng điện thoại đã đăng nhập")
    approves(two_factors_on(provider, khai), shows(computer), number_on(computer))
    computer.follow(LOOK).press(GO_ON).press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(computer.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1:mfa", ["mca", "mfa"])


def test_what_the_phone_proved_long_ago_is_one_factor(
    provider: Provider, khai: str, computer: Visitor, portal: Portal, clock: StoppedClock
):
    strong = two_factors_on(provider, khai)
    clock.advance(901)
    computer.open("/authorize", **portal.request()).follow("Dùng điện thoại đã đăng nhập")
    approves(strong, shows(computer), number_on(computer))
    computer.follow(LOOK).press(GO_ON).press("Đồng ý và tiếp tục")

    assert claims_of(portal.redeem(computer.answer["code"]).json["id_token"])["acr"] == "urn:vn:eid:loa1"


def test_a_phone_and_a_password_are_two_factors(phone: Visitor, computer: Visitor, portal: Portal):
    computer.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:mfa"))
    computer.follow("Dùng điện thoại đã đăng nhập")
    approves(phone, shows(computer), number_on(computer))
    computer.follow(LOOK).press(GO_ON)
    assert computer.title == "Còn một bước nữa"
    computer.follow("Nhập mật khẩu").press("Xác nhận", password="mưa rơi trên mái ngói cũ")
    computer.press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(computer.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1:mfa", ["mca", "pwd", "mfa"])


def test_what_the_phone_proved_before_the_portal_asked_for_a_new_sign_in_does_not_count(
    provider: Provider, khai: str, computer: Visitor, portal: Portal, clock: StoppedClock
):
    strong = two_factors_on(provider, khai)
    clock.advance(10)
    computer.open("/authorize", **portal.request(prompt="login")).follow("Dùng điện thoại đã đăng nhập")
    approves(strong, shows(computer), number_on(computer))
    computer.follow(LOOK).press(GO_ON).press("Đồng ý và tiếp tục")

    assert claims_of(portal.redeem(computer.answer["code"]).json["id_token"])["acr"] == "urn:vn:eid:loa1"


def test_waiting_costs_a_word(phone: Visitor, computer: Visitor, provider: Provider):
    path = shows(computer)
    state = f"{urlsplit(computer.path).path}/state"
    assert computer.browser.get(state).text == "waiting"
    assert Visitor(provider.browser()).browser.get(state).text == "over"

    approves(phone, path, number_on(computer))

    assert computer.browser.get(state).text == "approved"


def test_no_ticket_stands_in_the_log(phone: Visitor, computer: Visitor, monkeypatch: pytest.MonkeyPatch):
    lines: list[str] = []
    monkeypatch.setattr(access_log, "log_request", lambda *line: lines.append(str(line)))
    path = shows(computer)
    approves(phone, path, number_on(computer))
    computer.follow(LOOK).press(GO_ON)

    assert any("/phone/<ticket>" in line for line in lines)
    assert not any(path.rsplit("/", 1)[1] in line for line in lines)


# What is refused.


def test_a_wrong_number_ends_it(phone: Visitor, computer: Visitor):
    path = shows(computer)
    phone.open(path)
    right = number_on(computer)
    wrong = next(number for number in offered(phone) if number != right)

    phone.press(wrong)

    assert phone.response.status_code == 403
    assert "không phải số trên máy tính" in phone.text
    assert phone.open(path).response.status_code == 410
    assert computer.follow(LOOK).response.status_code == 410
    assert "Hiện hình" in computer.text


def test_a_number_that_was_not_offered_is_wrong(phone: Visitor, computer: Visitor):
    path = shows(computer)
    phone.open(path)
    token = phone.fields["csrf_token"]

    sent = phone.browser.post(path, data={"csrf_token": token, "number": "٤٧"})

    assert sent.status_code == 403


def test_no_means_no(phone: Visitor, computer: Visitor):
    phone.open(shows(computer)).press(NO)

    assert "Không ai được đăng nhập" in phone.text
    assert computer.follow(LOOK).response.status_code == 410


def test_two_minutes(phone: Visitor, computer: Visitor, clock: StoppedClock):
    path = shows(computer)
    clock.advance(LIFETIME)

    assert phone.open(path).response.status_code == 410
    assert computer.follow(LOOK).response.status_code == 410


def test_an_approval_lives_no_longer_than_its_picture(phone: Visitor, computer: Visitor, clock: StoppedClock):
    path = shows(computer)
    clock.advance(LIFETIME - 10)
    approves(phone, path, number_on(computer))
    computer.follow(LOOK)
    clock.advance(10)

    computer.press(GO_ON)

    assert computer.response.status_code == 410
    assert computer.open("/account").path.startswith("/signin")


def test_one_use(phone: Visitor, computer: Visitor, provider: Provider):
    path = shows(computer)
    waiting = computer.path
    approves(phone, path, number_on(computer))
    assert phone.open(path).response.status_code == 410
    computer.follow(LOOK).press(GO_ON)

    again = computer.browser.post(waiting, data={"csrf_token": computer.open("/logout").fields["csrf_token"]})

    assert again.status_code == 410


def test_of_two_that_finish_at_once_one_does(
    phone: Visitor, computer: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    """As when both have looked before either took: what is left behind by the first does not help the second."""
    monkeypatch.setattr(type(provider.services.ephemeral), "forget", lambda *_: None)
    path = shows(computer)
    waiting = computer.path
    approves(phone, path, number_on(computer))
    computer.follow(LOOK).press(GO_ON)

    again = computer.browser.post(waiting, data={"csrf_token": computer.open("/logout").fields["csrf_token"]})

    assert again.status_code == 410


def test_only_the_computer_that_asked_goes_on(phone: Visitor, computer: Visitor, provider: Provider):
    path = shows(computer)
    approves(phone, path, number_on(computer))
    thief = Visitor(provider.browser())

    assert thief.open(computer.path).response.status_code == 410
    thief.open("/signin/phone")
    sent = thief.browser.post(computer.path, data={"csrf_token": thief.fields["csrf_token"]})

    assert sent.status_code == 410
    assert thief.open("/account").path.startswith("/signin")


def test_the_first_phone_holds_it(phone: Visitor, computer: Visitor, enrol: Enrol, provider: Provider):
    path = shows(computer)
    phone.open(path)
    enrol("Trần Đức Bình", phone="+84987654321")
    other = enter(Visitor(provider.browser()).open("/signin"), "0987654321")

    assert other.open(path).response.status_code == 410
    assert other.browser.post(path, data={"number": number_on(computer)}).status_code == 400

    phone.press(number_on(computer))
    assert computer.follow(LOOK).press(GO_ON).path == "/account"


def test_a_phone_that_is_not_signed_in_is_told_so(computer: Visitor, khai: str, provider: Provider):
    phone = Visitor(provider.browser()).open(shows(computer))

    assert phone.response.status_code == 403
    assert "chưa đăng nhập trên điện thoại này" in phone.text


def test_approvals_are_not_passed_on(phone: Visitor, computer: Visitor, provider: Provider):
    approves(phone, shows(computer), number_on(computer))
    computer.follow(LOOK).press(GO_ON)
    second = Visitor(provider.browser())

    computer.open(shows(second))

    assert computer.response.status_code == 403
    assert "điện thoại khác" in computer.text


def test_a_phone_signed_out_meanwhile_lets_nobody_in(phone: Visitor, computer: Visitor, provider: Provider, khai: str):
    approves(phone, shows(computer), number_on(computer))
    computer.follow(LOOK)
    phone.open("/logout").press("Đăng xuất khỏi mọi nơi")

    computer.press(GO_ON)

    assert computer.response.status_code == 410


def test_an_account_frozen_meanwhile_stays_shut(phone: Visitor, computer: Visitor, provider: Provider, khai: str):
    approves(phone, shows(computer), number_on(computer))
    computer.follow(LOOK)
    services = provider.services
    with services.database.write() as connection:
        accounts.freeze(connection, services.sealer, khai, at=services.clock(), actor=OPERATOR, reason="test")

    computer.press(GO_ON)

    assert computer.response.status_code == 403
    assert "đang bị khóa" in computer.text


def test_a_forged_answer_is_refused(phone: Visitor, computer: Visitor):
    path = shows(computer)
    phone.open(path)
    token, right = phone.fields["csrf_token"], number_on(computer)

    assert phone.browser.post(path, data={"number": right}).status_code == 400
    across = {"Sec-Fetch-Site": "cross-site"}
    sent = phone.browser.post(path, data={"number": right, "csrf_token": token}, headers=across)

    assert sent.status_code == 400
    assert "Tiếp tục với tên" not in computer.follow(LOOK).text


def test_one_network_does_not_fill_the_store(computer: Visitor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("idp.domain.authenticators.phone.MOST", 2)
    shows(computer)
    shows(computer.open("/signin/phone"))

    computer.open("/signin/phone").press(ASK)

    assert computer.response.status_code == 503


# What a relay yields at most: the thief's computer asks, the victim is talked into scanning and into picking the number.


@pytest.fixture
def thief(provider: Provider, khai: str, computer: Visitor) -> Visitor:
    """A thief's computer, approved by a victim whose phone had just used a passkey."""
    victim = Visitor(provider.signed_in(khai, "password", "passkey"))
    approves(victim, shows(computer), number_on(computer))
    return computer.follow(LOOK).press(GO_ON)


def test_a_relay_never_yields_phishing_resistance(thief: Visitor, portal: Portal):
    thief.open("/authorize", **portal.request()).press("Đồng ý và tiếp tục")
    claims = claims_of(portal.redeem(thief.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1:mfa", ["mca", "mfa"])

    thief.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:phr"))
    assert thief.path.startswith("/step-up")


@pytest.mark.parametrize("page", ["totp", "recovery-codes", "passkeys/add"])
def test_a_relay_changes_no_authenticator(thief: Visitor, page: str):
    thief.open(f"/account/authenticators/{page}")

    assert not thief.path.startswith("/account")


def test_a_relay_administers_nothing(provider: Provider, thief: Visitor):
    console = provider.portal(scope="openid profile client:read", client_name="Bảng điều hành")

    thief.open("/authorize", **console.request(scope="openid client:read"))
    assert thief.title == "Đăng nhập"
    assert "không qua điện thoại" in thief.text
    thief.open("/authorize", **console.request(scope="openid", prompt="none"))
    assert thief.answer["error"] == "login_required"


def test_the_console_shows_no_picture(provider: Provider, phone: Visitor, computer: Visitor):
    console = provider.portal(scope="openid profile client:read", client_name="Bảng điều hành")
    computer.open("/authorize", **console.request(scope="openid")).follow("Dùng điện thoại đã đăng nhập")

    assert "không qua điện thoại" in computer.text
    assert ASK not in computer.text


def test_in_the_console_a_phone_counts_for_nothing(provider: Provider, thief: Visitor):
    """Once the thief has the password too: the phone does not make it two factors."""
    console = provider.portal(scope="openid profile client:read", client_name="Bảng điều hành")
    thief.open("/authorize", **console.request(scope="openid", acr_values="urn:vn:eid:loa1:mfa"))
    enter(thief)

    assert thief.path.startswith("/step-up")


def test_the_strength_of_a_phone_is_bounded_by_the_data(provider: Provider, khai: str):
    """A row of a session that claims more than the table allows is worth what the table allows."""
    factor = {"kind": "phone", "at": provider.services.now(), "strength": 3}
    session, _ = sessions.open_session(provider.services, khai, [factor])

    assert session.assurance.strength == 2
