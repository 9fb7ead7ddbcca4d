"""An invitation makes one administrator's account, once, and its secret stays out of every log."""

import pytest

from idp.domain import invitations
from tests.idp.http.pages.conftest import PASSWORD, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Provider

DETAILS = {
    "name": "Đỗ An Khang",
    "email": "khang@motcua.example",
    "personal_number": "001085012345",
    "password": PASSWORD,
}


@pytest.fixture
def link(provider: Provider) -> str:
    address = invitations.invite(provider.services, actor=("operator", "test"))
    return address.removeprefix(provider.services.settings.issuer)


def test_the_link_makes_an_account_and_signs_in(visitor: Visitor, link: str, provider: Provider):
    visitor.open(link).press("Tạo tài khoản của tôi", **DETAILS)

    assert visitor.title == "Xin chào, Đỗ An Khang"
    assert "Quản trị viên" in visitor.text
    again = Visitor(provider.browser())
    assert enter(again.open("/signin"), DETAILS["email"]).path == "/account"


def test_it_works_once(visitor: Visitor, link: str, provider: Provider):
    visitor.open(link).press("Tạo tài khoản của tôi", **DETAILS)

    other = Visitor(provider.browser()).open(link)

    assert other.response.status_code == 404
    assert "Liên kết này đã được dùng hoặc đã quá hạn." in other.text


def test_a_mistake_costs_nobody_their_link(visitor: Visitor, link: str):
    visitor.open(link).press("Tạo tài khoản của tôi", **{**DETAILS, "personal_number": "12"})
    assert visitor.errors == ["Lỗi: Số định danh cá nhân có mười hai chữ số."]

    assert visitor.press("Tạo tài khoản của tôi", **DETAILS).path == "/account"


def test_after_thirty_minutes_it_is_over(visitor: Visitor, link: str, clock: StoppedClock):
    visitor.open(link)
    clock.advance(1801)

    assert visitor.press("Tạo tài khoản của tôi", **DETAILS).response.status_code == 404


def test_a_made_up_link_is_nothing(visitor: Visitor):
    assert visitor.open("/invitation/made-up").response.status_code == 404


def test_no_line_of_the_log_holds_the_secret(log_lines, visitor: Visitor, provider: Provider, link: str):
    Visitor(provider.browser()).open(link)

    assert [line for line in log_lines() if link.rpartition("/")[2] in str(line)] == []


def test_its_address_is_logged_as_a_pattern(log_lines, provider: Provider, link: str):
    from werkzeug.test import Client

    from idp.http.provider import provider_application

    Client(provider_application(provider.services)).get(link)

    assert [line["path"] for line in log_lines() if line["event"] == "request"] == ["/invitation/<token>"]
