"""Signing up: two steps to an account of one's own, and a page that tells nobody who has one."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.domain.messages import Outgoing
from tests.idp.http.pages.conftest import PASSWORD, enter, key_file
from tests.idp.http.pages.test_signin import cookie, solve
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider

Post = Callable[[], list[Outgoing]]
MAIL = "quynh.tran@thu.example"
DETAILS = {"name": "Trần Thị Như Quỳnh", "contact": MAIL, "password": PASSWORD}


def begin(visitor: Visitor, **changed: str) -> Visitor:
    return visitor.open("/signup").press("Gửi mã cho tôi", **{**DETAILS, **changed})


def code_in(post: Post) -> str:
    return re.search(r"\d{6}", post()[-1].body).group()


def test_two_steps_and_one_is_signed_in(visitor: Visitor, post: Post):
    begin(visitor)
    assert visitor.title == "Nhập mã xác nhận"
    assert "q•••••@thu.example" in visitor.text

    visitor.press("Xác nhận", code=code_in(post))

    assert visitor.title == "Xin chào, Trần Thị Như Quỳnh"
    assert "Định danh mức 1" in visitor.text
    assert (
        enter(Visitor(visitor.browser.__class__(visitor.browser.application)).open("/signin"), MAIL).path == "/account"
    )


def test_on_the_way_to_a_portal_one_gets_there(visitor: Visitor, post: Post, portal: Portal):
    visitor.open("/authorize", **portal.request()).follow("Tạo tài khoản")
    assert "Cổng dịch vụ công Hạ Long" in visitor.text

    visitor.press("Gửi mã cho tôi", **DETAILS).press("Xác nhận", code=code_in(post)).press("Đồng ý và tiếp tục")

    assert portal.redeem(visitor.answer["code"]).status_code == 200


def test_a_contact_that_has_an_account_reads_just_like_one_that_has_none(visitor: Visitor, khai: str, post: Post):
    post()
    taken, free = begin(visitor, contact="84912345678@thu.example").text, begin(visitor).text

    assert taken.replace("8•••••", "q•••••") == free
    (told,) = (message for message in post() if message.recipient.address.startswith("84912345678"))
    assert "đã có tài khoản" in told.subject.lower() + told.body.lower()
    assert not re.search(r"\d{6}", told.body.replace(told.recipient.address, ""))


def test_for_such_a_contact_no_code_is_right(visitor: Visitor, khai: str):
    begin(visitor, contact="84912345678@thu.example")

    for code in ("000000", "123456"):
        visitor.press("Xác nhận", code=code)

        assert visitor.errors == ["Lỗi: Đây không phải mã đã gửi. Vui lòng xem tin nhắn mới nhất."]
    assert not cookie(visitor)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"contact": "khong phai"}, "Vui lòng nhập số điện thoại hoặc thư điện tử."),
        ({"contact": "0912345678"}, "Hiện chưa gửi được tin nhắn. Vui lòng dùng thư điện tử."),
        ({"personal_number": "123"}, "Số định danh cá nhân có mười hai chữ số."),
        ({"password": "ngắn quá"}, "Vui lòng dùng ít nhất 15 ký tự. Tốt nhất là vài từ mà chỉ bạn mới ghép với nhau."),
        ({"name": "\u0007"}, "Tên quá dài hoặc có ký hiệu không dùng trong tên."),
        ({"name": ""}, "Vui lòng điền mục này."),
        ({"password": "x" * 300}, "Không được dài quá 256 ký tự."),
    ],
)
def test_what_is_to_be_mended_is_said_at_its_field_and_the_rest_is_kept(visitor: Visitor, changed, complaint):
    begin(visitor, **changed)

    assert visitor.response.status_code == 400
    assert visitor.errors == [f"Lỗi: {complaint}"]
    (field,) = changed
    assert f'id="{field}-error"' in visitor.response.text
    assert {name: visitor.fields[name] for name in ("name", "contact") if name != field} == {
        name: DETAILS[name] for name in ("name", "contact") if name != field
    }
    assert not visitor.fields["password"]


def test_a_wrong_code_leaves_tries_and_then_one_begins_again(visitor: Visitor, post: Post):
    begin(visitor)
    right = code_in(post)
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        assert visitor.press("Xác nhận", code=wrong).title == "Nhập mã xác nhận"

    visitor.press("Xác nhận", code=right)

    assert visitor.title == "Tạo tài khoản"
    assert "Mã này không còn hiệu lực" in visitor.text
    assert not cookie(visitor)


def test_a_new_code_makes_the_old_one_void(visitor: Visitor, post: Post):
    begin(visitor)
    old = code_in(post)
    visitor.press("Gửi mã mới")
    assert "Mã mới đang được gửi; mã cũ không còn hiệu lực." in visitor.text
    new = code_in(post)

    if old != new:
        assert visitor.press("Xác nhận", code=old).title == "Nhập mã xác nhận"
    assert visitor.press("Xác nhận", code=new).path == "/account"


def test_after_ten_minutes_it_is_over(visitor: Visitor, post: Post, clock: StoppedClock):
    begin(visitor)
    code = code_in(post)
    clock.advance(601)

    visitor.press("Xác nhận", code=code)

    assert (visitor.response.status_code, visitor.title) == (410, "Tạo tài khoản")


def test_another_browser_cannot_confirm_it(visitor: Visitor, provider: Provider, post: Post):
    begin(visitor)
    code = code_in(post)
    other = Visitor(provider.browser())

    assert other.open("/signup/confirm").path == "/signup"
    token = other.fields["csrf_token"]
    other.browser.post("/signup/confirm", data={"csrf_token": token, "code": code})
    assert not cookie(other)


def test_reloading_the_second_step_shows_it_again(visitor: Visitor):
    begin(visitor)

    assert visitor.open("/signup/confirm").title == "Nhập mã xác nhận"


def test_many_from_one_place_cost_the_browser_a_sum_and_nobody_is_refused(visitor: Visitor, provider: Provider):
    for number in range(30):
        begin(visitor, contact=f"nguoi{number}@thu.example")
    begin(visitor)
    assert visitor.response.status_code == 429

    visitor.press("Gửi mã cho tôi", **DETAILS, number=solve(visitor.response.text))

    assert visitor.title == "Nhập mã xác nhận"


def test_whoever_is_signed_in_needs_no_second_account(signed_in: Visitor):
    assert signed_in.open("/signup").path == "/account"


def test_where_no_message_can_be_sent_nobody_signs_up(tmp_path: Path, clock: StoppedClock):
    made = make_provider(tmp_path, clock, demo=False, key_encryption_key_file=key_file(tmp_path))
    visitor = Visitor(made.browser())

    assert visitor.open("/signup").response.status_code == 404
    assert "Tạo tài khoản" not in visitor.open("/signin").text
    assert "Tạo tài khoản" not in visitor.open("/").text
    made.services.database.dispose()


def test_all_that_is_to_be_mended_is_said_at_once(visitor: Visitor):
    begin(visitor, name="\u0007", contact="khong phai", personal_number="123", password="ngắn quá")

    assert [error.partition(":")[0] for error in visitor.errors] == ["Lỗi"] * 4
    assert visitor.response.text.count('-error"') >= 4
    assert begin(visitor).title == "Nhập mã xác nhận"


def test_a_new_code_is_entered_in_an_empty_field(visitor: Visitor):
    begin(visitor).press("Xác nhận", code="000000")

    visitor.press("Gửi mã mới", code="000000")

    assert not visitor.fields["code"]
    assert "Mã mới đang được gửi" in visitor.text
