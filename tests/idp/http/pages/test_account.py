"""One's own account: what is known, where one is signed in, which portals know one, and ending any of it."""

import json
from pathlib import Path

import pytest

from idp.domain import sessions
from tests.idp.http.pages.conftest import Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.mark.parametrize("path", ["/account", "/account/sessions", "/account/portals"])
def test_nobody_sees_anything_without_signing_in(visitor: Visitor, path: str):
    assert visitor.open(path).path == f"/signin?next={path}"


@pytest.mark.parametrize("path", ["/account/sessions/end", "/account/sessions/end-others", "/account/portals/withdraw"])
def test_nor_ends_anything(visitor: Visitor, path: str):
    token = visitor.open("/signin").fields["csrf_token"]

    response = visitor.browser.post(path, data={"csrf_token": token})

    assert response.headers["Location"] == "/signin?next=/account"


def test_one_sees_what_is_known_and_what_is_not_proofed(signed_in: Visitor):
    signed_in.open("/account")

    for words in ("Nguyễn Thị Minh Khai", "08/03/1994", "Định danh mức 1", "Chưa xác thực", "1 phiên đang mở"):
        assert words in signed_in.text


def test_a_proofed_person_sees_the_number(visitor: Visitor, enrol: Enrol):
    enrol("Đỗ Văn Ẩn", phone="+84987654321", identity_level=2, personal_number="022094001234")

    enter(visitor.open("/signin"), "022094001234")

    assert "022 094 001 234" in visitor.text
    assert "Đã xác thực" in visitor.text


def test_sessions_are_named_by_device_address_and_time(signed_in: Visitor, khai: str, provider: Provider):
    elsewhere = Visitor(provider.browser())
    elsewhere.browser.get("/signin")
    sign_in_elsewhere(elsewhere)

    signed_in.open("/account/sessions")

    assert "Firefox trên Windows" in signed_in.text
    assert "203.0.113.7" in signed_in.text
    assert "02/03/2026 10:00" in signed_in.text
    assert signed_in.text.index("Thiết bị này") < signed_in.text.index("Firefox trên Windows")


def test_a_browser_that_never_signed_in_before_is_marked_until_it_is_known(
    signed_in: Visitor, khai: str, provider: Provider
):
    elsewhere = sign_in_elsewhere(Visitor(provider.browser()))
    told = "Trước đó chưa ai đăng nhập vào tài khoản của bạn bằng trình duyệt này."
    assert told in signed_in.open("/account/sessions").text
    assert signed_in.text.index("Firefox trên Windows") < signed_in.text.index(told)

    elsewhere.open("/logout").press("Đăng xuất khỏi mọi nơi")
    enter(elsewhere.open("/signin"))

    assert "Firefox trên Windows" in signed_in.open("/account/sessions").text
    assert told not in signed_in.text


def sign_in_elsewhere(elsewhere: Visitor) -> Visitor:
    """Sign in with Firefox from another address."""
    elsewhere.browser.environ_base = {}
    real = elsewhere.browser.open

    def from_there(*arguments, **named):
        named["headers"] = {**named.get("headers", {}), "User-Agent": FIREFOX}
        return real(*arguments, environ_base={"REMOTE_ADDR": "203.0.113.7"}, **named)

    elsewhere.browser.open = from_there
    return enter(elsewhere.open("/signin"))


def test_a_session_elsewhere_is_ended_from_here(signed_in: Visitor, khai: str, provider: Provider):
    elsewhere = sign_in_elsewhere(Visitor(provider.browser()))

    signed_in.open("/account/sessions").press("Kết thúc phiên này")

    assert "Phiên đã kết thúc, các cổng liên quan đang được báo." in signed_in.text
    assert "Firefox" not in signed_in.text
    assert elsewhere.open("/account").path == "/signin?next=/account"


def test_all_others_at_once_and_this_one_stays(signed_in: Visitor, khai: str, provider: Provider):
    others = [Visitor(provider.signed_in(khai)) for _ in range(3)]

    signed_in.open("/account/sessions").press("Kết thúc mọi phiên khác")

    assert "Đã kết thúc 3 phiên khác." in signed_in.text
    assert [other.open("/account").path for other in others] == ["/signin?next=/account"] * 3


def test_nobody_ends_anothers_session(signed_in: Visitor, enrol: Enrol, provider: Provider):
    from idp.domain.own_account import open_sessions

    other = enrol("Đỗ Văn Ẩn", phone="+84987654321")
    theirs = Visitor(provider.signed_in(other))
    (session,) = open_sessions(provider.services, other)
    token = signed_in.open("/account/portals").open("/logout").fields["csrf_token"]

    data = {"csrf_token": token, "sid": session.row.sid}
    response = signed_in.browser.post("/account/sessions/end", data=data)

    assert response.status_code == 404
    assert theirs.open("/account").path == "/account"


def test_a_session_that_slept_too_long_is_not_listed(
    signed_in: Visitor, khai: str, provider: Provider, clock: StoppedClock
):
    provider.signed_in(khai)
    clock.advance(1800)
    signed_in.open("/account")
    clock.advance(1900)

    signed_in.open("/account/sessions")

    assert signed_in.response.text.count('class="row-title"') == 1


def agree(visitor: Visitor, portal: Portal) -> Visitor:
    return visitor.open("/authorize", **portal.request(scope="openid profile")).press("Đồng ý và tiếp tục")


def test_a_portal_is_listed_with_what_it_knows_until_when(signed_in: Visitor, portal: Portal):
    portal.redeem(agree(signed_in, portal).answer["code"])

    signed_in.open("/account/portals")

    assert "Cổng dịch vụ công Hạ Long Đang đăng nhập" in signed_in.text
    assert "Họ tên, ngày sinh và giới tính của bạn" in signed_in.text
    assert "Đồng ý ngày 02/03/2026, đến hết ngày 02/03/2027" in signed_in.text


def test_taking_it_back_ends_the_tokens_and_the_portal_must_ask_again(signed_in: Visitor, portal: Portal):
    tokens = portal.redeem(agree(signed_in, portal).answer["code"]).json

    signed_in.open("/account/portals").press("Rút lại")

    assert "Chưa có cổng nào được kết nối." in signed_in.text
    assert portal.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert signed_in.open("/authorize", **portal.request(scope="openid profile")).path.startswith("/consent")


def test_taking_it_back_ends_the_access_token_of_a_portal_that_may_not_refresh(signed_in: Visitor, provider: Provider):
    """Such a token rests on no refresh token; with the agreement gone it would tell even what had been left out."""
    plain = provider.portal(first_party=False, grant_types=["authorization_code"])
    token = plain.redeem(agree(signed_in, plain).answer["code"]).json["access_token"]
    assert plain.introspect(token)["active"] is True

    signed_in.open("/account/portals").press("Rút lại")

    bearer = {"Authorization": f"Bearer {token}"}
    assert provider.browser().get("/userinfo", headers=bearer).status_code == 401
    assert plain.introspect(token) == {"active": False}


def test_a_code_that_was_on_its_way_is_worth_nothing_once_it_is_taken_back(signed_in: Visitor, portal: Portal):
    code = agree(signed_in, portal).answer["code"]

    signed_in.open("/account/portals").press("Rút lại")

    assert portal.redeem(code).json["error"] == "invalid_grant"


def test_taking_back_what_was_never_given_is_said(signed_in: Visitor):
    token = signed_in.open("/logout").fields["csrf_token"]

    response = signed_in.browser.post("/account/portals/withdraw", data={"csrf_token": token, "client_id": "nobody"})

    assert response.status_code == 404


def test_a_portal_of_the_first_party_is_listed_while_one_is_signed_in_there(signed_in: Visitor, provider: Provider):
    own = provider.portal(client_name="Cổng Nhà Nước")
    own.redeem(signed_in.open("/authorize", **own.request()).answer["code"])

    assert "Cổng Nhà Nước Đang đăng nhập" in signed_in.open("/account/portals").text


def test_a_portal_of_the_first_party_that_was_sent_away_asks_before_it_knows_the_person_again(
    signed_in: Visitor, provider: Provider
):
    portal = provider.portal(scope="openid profile")
    signed_in.open("/authorize", **portal.request())
    portal.redeem(signed_in.answer["code"])
    assert "code" in signed_in.open("/authorize", **portal.request(prompt="none")).answer

    signed_in.open("/account/portals").press("Rút lại")

    assert "Chưa có cổng nào được kết nối." in signed_in.text
    assert signed_in.open("/authorize", **portal.request(prompt="none")).answer["error"] == "consent_required"
    signed_in.open("/authorize", **portal.request())
    assert signed_in.path.startswith("/consent")
    assert "Bạn đã rút lại những gì cổng này được biết." in signed_in.text
    portal.redeem(signed_in.press("Đồng ý và tiếp tục").answer["code"])
    assert "code" in signed_in.open("/authorize", **portal.request(prompt="none")).answer
    assert portal.client.name("vi") in signed_in.open("/account/portals").text


def test_refused_again_it_stays_away_and_a_code_on_its_way_is_worth_nothing(signed_in: Visitor, provider: Provider):
    portal = provider.portal(scope="openid profile")
    portal.redeem(signed_in.open("/authorize", **portal.request()).answer["code"])
    on_its_way = signed_in.open("/authorize", **portal.request()).answer["code"]

    signed_in.open("/account/portals").press("Rút lại")

    assert portal.redeem(on_its_way).json["error"] == "invalid_grant"
    signed_in.open("/authorize", **portal.request()).press("Từ chối")
    assert signed_in.answer["error"] == "access_denied"
    assert signed_in.open("/authorize", **portal.request()).path.startswith("/consent")
    held = json.loads(signed_in.open("/account/download").press("Cho máy đọc (JSON)").response.text)["agreements"]
    assert [(each["scopes"], each["agreed_at"], bool(each["withdrawn_at"])) for each in held] == [([], None, True)]


def test_it_is_listed_with_what_it_was_given_and_not_with_all_it_might_ask(signed_in: Visitor, provider: Provider):
    portal = provider.portal(scope="openid profile email phone address")
    signed_in.open("/authorize", **portal.request(scope="openid email"))
    portal.redeem(signed_in.answer["code"])

    signed_in.open("/account/portals")

    assert "Thư điện tử của bạn" in signed_in.text
    for words in ("Họ tên, ngày sinh", "Số điện thoại của bạn", "Địa chỉ của bạn"):
        assert words not in signed_in.text


@pytest.mark.parametrize(
    ("kinds", "idle", "lifetime"),
    [(("password",), 3600, 12 * 3600), (("password", "totp"), 3600, 8 * 3600), (("passkey",), 1800, 8 * 3600)],
)
def test_a_session_ends_by_itself_the_sooner_the_more_it_may_do(
    provider: Provider, khai: str, kinds: tuple[str, ...], idle: int, lifetime: int
):
    used, unused = provider.signed_in(khai, *kinds), provider.signed_in(khai, *kinds)
    provider.clock.advance(idle)
    assert unused.get("/account").status_code == 200
    provider.clock.advance(idle + 1)
    assert unused.get("/account").status_code == 303

    used = provider.signed_in(khai, *kinds)
    for _ in range(lifetime // 1200):
        assert used.get("/account").status_code == 200
        provider.clock.advance(1200)
    assert used.get("/account").status_code == 303


def test_what_grows_stronger_lives_no_longer_than_the_strong(provider: Provider, khai: str):
    services = provider.services
    session, _ = sessions.open_session(services, khai, [{"kind": "password", "at": services.now()}])
    provider.clock.advance(600)

    stronger, _ = sessions.strengthen(services, session, [{"kind": "totp", "at": services.now()}])

    assert stronger.row.expires_at == session.row.created_at + 8 * 3600


def test_the_start_page_knows_who_is_there(signed_in: Visitor, provider: Provider):
    assert "Bạn đang đăng nhập với tên Nguyễn Thị Minh Khai." in signed_in.open("/").text
    assert "Bạn đang đăng nhập" not in Visitor(provider.browser()).open("/").text


@pytest.mark.parametrize("path", ["/demo/messages", "/demo/look"])
def test_what_is_for_the_demonstration_is_there_alone(visitor: Visitor, path: str, tmp_path: Path, clock: StoppedClock):
    assert visitor.open(path).response.status_code == 404
    shown = make_provider(tmp_path, clock, demo=True)
    assert Visitor(shown.browser()).open(path).response.status_code == 200
    shown.services.database.dispose()


def test_from_the_list_one_goes_to_a_portal_and_nothing_about_one_goes_along(
    signed_in: Visitor, provider: Provider, portal: Portal
):
    """Third-party initiated login (OpenID Connect Core §4): ``iss`` is told, no ``login_hint``."""
    begins = provider.portal(first_party=False, initiate_login_uri="https://portal.example/login?from=list")
    for each in (begins, portal):
        each.redeem(agree(signed_in, each).answer["code"])

    page = signed_in.open("/account/portals").response.text

    address = "https://portal.example/login?from=list&amp;iss=http%3A%2F%2Flocalhost%3A8000"
    assert page.count(f'href="{address}"') == 1
    assert page.count("Đến cổng này") == 1, "a portal that registered no such address has no link"
