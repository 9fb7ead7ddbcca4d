"""An application that shows codes: added by showing one, asked for where two factors are wanted, each code good once."""

from collections.abc import Callable

import pyotp
import pytest

from idp.domain.authenticators import recovery_codes
from idp.domain.messages import Outgoing
from idp.services import Services
from idp.store import accounts as store
from tests.idp.http.pages.conftest import PASSWORD, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of

MFA = "urn:vn:eid:loa1:mfa"


class Phone:
    """The application on somebody's phone: it keeps a key and shows the code of now."""

    def __init__(self, secret: str, clock: StoppedClock) -> None:
        self.totp = pyotp.TOTP(secret.replace(" ", ""))
        self.clock = clock

    @property
    def code(self) -> str:
        return self.totp.at(int(self.clock()))


def key_on(page: Visitor) -> str:
    return str(page.response.text.partition('class="secret" translate="no">')[2].partition("<")[0])


def add_application(visitor: Visitor, clock: StoppedClock, **query: str) -> Phone:
    visitor.open("/account/authenticators/totp", **query)
    if visitor.title == "Mật khẩu của bạn":
        visitor.press("Xác nhận", password=PASSWORD)
    phone = Phone(key_on(visitor), clock)
    visitor.press("Thêm", code=phone.code, label="Điện thoại của Khai")
    return phone


@pytest.fixture
def phone(signed_in: Visitor, clock: StoppedClock) -> Phone:
    """Minh Khai's phone, whose codes her session has not used for a while."""
    return add_application(signed_in, clock)


@pytest.fixture
def later(provider: Provider, phone: Phone, clock: StoppedClock) -> Visitor:
    """The same person with another browser, an hour later, signed in with the password."""
    clock.advance(3600)
    return enter(Visitor(provider.browser()).open("/signin"))


def test_it_is_added_by_showing_a_code(
    signed_in: Visitor, clock: StoppedClock, post: Callable[[], list[Outgoing]]
) -> None:
    post()
    add_application(signed_in, clock)

    assert signed_in.title == "Mã khôi phục"
    assert "Đã thêm ứng dụng." in signed_in.text
    assert "mã một lần: Điện thoại của Khai" in signed_in.open("/account/authenticators").text
    told = post()
    assert {message.recipient.channel for message in told} == {"phone", "email"}
    assert all("/freeze/" in message.body for message in told)


def test_a_wrong_first_code_adds_nothing_and_the_key_stays(signed_in: Visitor, clock: StoppedClock) -> None:
    signed_in.open("/account/authenticators/totp")
    key = key_on(signed_in)

    signed_in.press("Thêm", code="000000")

    assert signed_in.response.status_code == 403
    assert signed_in.errors == [
        "Lỗi: Đây không phải mã lúc này. Đồng hồ điện thoại có đúng không? Hãy nhập mã mới nhất."
    ]
    assert key_on(signed_in) == key
    assert "mã một lần" not in signed_in.open("/account/authenticators").text


def test_the_seed_is_kept_sealed(provider: Provider, phone: Phone, khai: str) -> None:
    with provider.services.database.read() as connection:
        (row,) = store.authenticators_of(connection, khai, "totp")

    assert phone.totp.secret.encode() not in (row.secret or b"")


def test_the_picture_fits_the_strict_policy(signed_in: Visitor) -> None:
    page = signed_in.open("/account/authenticators/totp").response

    picture = page.text.partition("<svg")[2].partition("</svg>")[0]
    assert "<path" in page.text
    assert not any(word in picture for word in ("style", "script", "onload"))
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_adding_asks_for_the_password_once_more_when_it_was_long_ago(signed_in: Visitor, clock: StoppedClock) -> None:
    clock.advance(301)
    signed_in.open("/account/authenticators/totp")
    assert signed_in.title == "Mật khẩu của bạn"

    signed_in.press("Xác nhận", password="không phải mật khẩu này")
    assert signed_in.response.status_code == 403

    signed_in.press("Xác nhận", password=PASSWORD)
    assert signed_in.title == "Thêm ứng dụng tạo mã"


def test_a_service_that_wants_two_factors_asks_for_the_code_alone(later: Visitor, phone: Phone, portal: Portal) -> None:
    later.open("/authorize", **portal.request(acr_values=MFA))
    assert later.title == "Còn một bước nữa"

    later.follow("Nhập mã từ ứng dụng").press("Xác nhận", code=phone.code)
    later.press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(later.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == (MFA, ["pwd", "otp", "mfa"])
    assert claims["auth_time"] == int(phone.clock())


def test_whoever_has_none_adds_one_on_the_way_and_nothing_is_lost(
    signed_in: Visitor, portal: Portal, clock: StoppedClock
) -> None:
    signed_in.open("/authorize", **portal.request(acr_values=MFA)).follow("Thêm ứng dụng tạo mã")
    phone = Phone(key_on(signed_in), clock)
    assert "https://portal.example" in signed_in.response.headers["Content-Security-Policy"]
    signed_in.press("Thêm", code=phone.code, label="")
    assert signed_in.title == "Mã khôi phục"

    signed_in.press("Tạo mười mã").follow("Tôi đã cất giữ, tiếp tục").press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(signed_in.answer["code"]).json["id_token"])
    assert claims["acr"] == MFA


def test_a_code_is_good_once(later: Visitor, provider: Provider, phone: Phone) -> None:
    code = phone.code
    later.open("/step-up/code", next="/account").press("Xác nhận", code=code)
    assert later.path == "/account"

    other = enter(Visitor(provider.browser()).open("/signin"))
    other.open("/step-up/code", next="/account").press("Xác nhận", code=code)

    assert other.response.status_code == 403
    assert other.errors == ["Lỗi: Mã này không đúng hoặc đã dùng rồi. Hãy đợi mã tiếp theo và nhập mã đó."]


def test_the_code_that_added_it_is_used_up_by_that(signed_in: Visitor, clock: StoppedClock) -> None:
    phone = add_application(signed_in, clock)

    signed_in.open("/step-up/code", next="/account").press("Xác nhận", code=phone.code)

    assert signed_in.response.status_code == 403


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(later: Visitor, phone: Phone, steps: int, taken: bool) -> None:
    code = phone.totp.at(int(phone.clock()) + 30 * steps)

    later.open("/step-up/code", next="/account").press("Xác nhận", code=code)

    assert (later.path == "/account") is taken


@pytest.mark.parametrize(
    "code", ["", " ", "12345", "1234567", "１２３４５６", "abcdef", "0" * 41, "\N{ARABIC-INDIC DIGIT ONE}" * 6]
)
def test_odd_codes_are_refused_with_a_sentence(later: Visitor, code: str) -> None:
    later.open("/step-up/code", next="/account").press("Xác nhận", code=code)

    assert later.response.status_code in (400, 403)
    assert later.errors


def test_codes_with_blanks_and_wide_digits_are_read(later: Visitor, phone: Phone) -> None:
    wide = phone.code.translate({ord("0") + n: 0xFF10 + n for n in range(10)})

    later.open("/step-up/code", next="/account").press("Xác nhận", code=f" {wide[:3]} {wide[3:]} ")

    assert later.path == "/account"


def test_removing_it_asks_for_both_factors(later: Visitor, phone: Phone, provider: Provider, khai: str) -> None:
    later.open("/account/authenticators").follow("Gỡ")
    assert later.path.startswith("/step-up/code")

    later.press("Xác nhận", code=phone.code)
    assert later.title == "Gỡ một cách đăng nhập"
    later.press("Gỡ")

    assert "mã một lần" not in later.open("/account/authenticators").text
    with provider.services.database.read() as connection:
        assert store.authenticators_of(connection, khai, "totp") == []


def test_removing_it_ends_the_other_sessions_in_which_it_was_used(
    later: Visitor, phone: Phone, provider: Provider, clock: StoppedClock
) -> None:
    thief = enter(Visitor(provider.browser()).open("/signin"))
    thief.open("/step-up/code?next=/account").press("Xác nhận", code=phone.code)
    without = enter(Visitor(provider.browser()).open("/signin"))
    clock.advance(30)

    later.open("/account/authenticators").follow("Gỡ")
    if later.title == "Mật khẩu của bạn":
        later.press("Xác nhận", password=PASSWORD)
    later.press("Xác nhận", code=phone.code).press("Gỡ")

    assert thief.open("/account").path.startswith("/signin")
    assert without.open("/account").path == "/account"
    assert later.open("/account").path == "/account"


def test_another_ones_application_cannot_be_removed(
    signed_in: Visitor, phone: Phone, provider: Provider, enrol: Callable[..., str], khai: str
) -> None:
    thief_id = enrol("Kẻ Gian", phone="+84987654321")
    assert thief_id != khai
    thief = enter(Visitor(provider.browser()).open("/signin"), "0987654321")
    (row,) = rows_of(provider.services, khai)

    assert thief.open(f"/account/authenticators/{row.id}/remove").response.status_code == 404


def rows_of(services: Services, account_id: str) -> list[store.AuthenticatorRow]:
    with services.database.read() as connection:
        return list(store.authenticators_of(connection, account_id, "totp"))


def test_loading_the_page_of_the_codes_again_makes_no_new_ones(signed_in: Visitor, phone: Phone) -> None:
    """A browser sends the form once more: the codes on paper must stay good."""
    form = signed_in.open("/account/authenticators/recovery-codes").fields
    made = signed_in.press("Tạo mười mã").response.text.count("<li><code>")

    again = signed_in.browser.post("/account/authenticators/recovery-codes", data=form)
    signed_in.open("/account/authenticators/recovery-codes")

    assert (made, again.status_code) == (10, 303)
    assert "Các mã này chỉ hiện một lần và vẫn dùng được." in signed_in.text
    assert "Bạn đang có 10 mã. Mã mới sẽ thay các mã này." in signed_in.text


def test_codes_that_one_has_are_managed_and_not_offered_again(signed_in: Visitor, phone: Phone) -> None:
    assert "Tạo mã khôi phục" in signed_in.open("/account/authenticators").text

    signed_in.open("/account/authenticators/recovery-codes").press("Tạo mười mã")

    assert "Tạo mã khôi phục" not in signed_in.open("/account/authenticators").text
    assert "còn 10 mã" in signed_in.text


def test_a_code_on_paper_typed_here_is_led_to_its_own_page(
    later: Visitor, provider: Provider, khai: str, clock: StoppedClock
) -> None:
    (code, *_) = recovery_codes.make(provider.services, khai)
    clock.advance(301)
    later.open("/account/authenticators/totp").follow("Nhập mã từ ứng dụng")

    later.press("Xác nhận", code=code.upper())
    assert later.errors[0].startswith("Lỗi: Đây là mã khôi phục")
    later.follow("Bạn mất điện thoại? Dùng mã khôi phục ở đây")

    assert later.title == "Dùng mã khôi phục"
    assert later.press("Xác nhận", code=code).response.status_code == 200


def test_at_a_portals_request_no_page_for_paper_is_offered(
    later: Visitor, provider: Provider, portal: Portal, khai: str
) -> None:
    (code, *_) = recovery_codes.make(provider.services, khai)
    later.open("/authorize", **portal.request(acr_values=MFA))

    later.follow("Nhập mã từ ứng dụng").press("Xác nhận", code=code)

    assert later.errors
    assert "Dùng mã khôi phục ở đây" not in later.text
