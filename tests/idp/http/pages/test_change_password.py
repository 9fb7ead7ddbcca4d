"""A new password: only for who has just proved who they are, fit for this person, every other session ended."""

from collections.abc import Callable

import pytest

from idp.domain.messages import Outgoing
from tests.idp.http.pages.conftest import PASSWORD, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Provider

NEW = "bảy con cò trắng bay qua đồng"


def test_it_is_changed_and_told(signed_in: Visitor, provider: Provider, post: Callable[[], list[Outgoing]]) -> None:
    post()
    signed_in.open("/account/authenticators/password").press("Đổi", password=NEW)

    assert signed_in.title == "Cách đăng nhập"
    assert enter(Visitor(provider.browser()).open("/signin"), password=NEW).path == "/account"
    assert enter(Visitor(provider.browser()).open("/signin"), password=PASSWORD).response.status_code == 403
    assert "Mật khẩu đã thay đổi" in {message.subject for message in post()}


def test_every_other_session_ends(signed_in: Visitor, provider: Provider) -> None:
    elsewhere = enter(Visitor(provider.browser()).open("/signin"))

    signed_in.open("/account/authenticators/password").press("Đổi", password=NEW)

    assert elsewhere.open("/account").path.startswith("/signin")
    assert signed_in.open("/account").path == "/account"


def test_an_open_browser_is_not_enough(signed_in: Visitor, clock: StoppedClock) -> None:
    signed_in.open("/account/authenticators/password")
    clock.advance(301)

    signed_in.press("Đổi", password=NEW)

    assert signed_in.title == "Mật khẩu của bạn"


@pytest.mark.parametrize(
    "weak",
    ["", "ngắn quá", "123456789012345", "matkhau123456789", "Mật khẩu 2026!!!!!", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaaaa",
     "Nguyễn Thị Minh Khai", "84912345678@thu.example", "0912345678 1994-03-08", "x" * 257],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_at_its_field_and_nothing_changes(
    signed_in: Visitor, provider: Provider, weak: str
) -> None:
    signed_in.open("/account/authenticators/password").press("Đổi", password=weak)

    assert signed_in.response.status_code == 400
    assert len(signed_in.errors) == 1
    assert enter(Visitor(provider.browser()).open("/signin")).path == "/account"


def test_a_long_one_is_no_trouble(signed_in: Visitor) -> None:
    """zxcvbn raises on more than 72 characters; a long sentence is a good password."""
    signed_in.open("/account/authenticators/password").press("Đổi", password=f"{NEW} {NEW} {NEW} {NEW} {NEW}")

    assert signed_in.title == "Cách đăng nhập"


def test_it_stands_in_the_list_and_cannot_be_removed(signed_in: Visitor) -> None:
    signed_in.open("/account/authenticators")
    assert "Mật khẩu".casefold() in signed_in.text.casefold()

    assert signed_in.follow("Quản lý").title == "Đổi mật khẩu"
