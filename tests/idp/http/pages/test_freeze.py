"""The link in every notice: it shows what it would do, does it once, and can do nothing else."""

from collections.abc import Callable

import pytest

from idp.domain import accounts, freeze_link
from idp.domain.account_stop import freeze_account
from idp.domain.messages import Outgoing
from tests.idp.http.pages.conftest import PASSWORD, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider

Post = Callable[[], list[Outgoing]]


def link_in(message: Outgoing) -> str:
    """The path of the link that a notice ends with."""
    return "/freeze/" + message.body.rpartition("/freeze/")[2]


@pytest.fixture
def link(signed_in: Visitor, post: Post) -> str:
    """The link of a notice that Minh Khai has: the one of her changed password."""
    return link_in(post()[-1])


def test_looking_at_it_changes_nothing(signed_in: Visitor, provider: Provider, link: str) -> None:
    stranger = Visitor(provider.browser()).open(link)

    assert stranger.title == "Dừng mọi việc trong tài khoản của bạn"
    assert signed_in.open("/account").response.status_code == 200
    assert signed_in.path == "/account"


def test_it_ends_every_session_and_asks_for_a_new_sign_in(signed_in: Visitor, provider: Provider, link: str) -> None:
    other = enter(Visitor(provider.browser()).open("/signin"))
    stopped = Visitor(provider.browser()).open(link).press("Dừng mọi việc")

    assert stopped.title == "Đã dừng mọi việc"
    assert signed_in.open("/account").path.startswith("/signin")
    assert other.open("/account").path.startswith("/signin")
    assert enter(stopped.follow("Đăng nhập")).title == "Cách đăng nhập"


def test_portals_lose_their_refresh_tokens_too(
    provider: Provider, khai: str, signed_in: Visitor, portal: Portal, link: str
) -> None:
    signed_in.open("/authorize", **portal.request(scope="openid profile offline_access", prompt="consent"))
    signed_in.press("Đồng ý và tiếp tục")
    tokens = portal.redeem(signed_in.answer["code"]).json

    Visitor(provider.browser()).open(link).press("Dừng mọi việc")

    assert portal.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_used_again_it_leaves_the_fresh_sign_in_alone(provider: Provider, link: str) -> None:
    Visitor(provider.browser()).open(link).press("Dừng mọi việc")
    fresh = enter(Visitor(provider.browser()).open("/signin"))

    again = Visitor(provider.browser()).open(link).press("Dừng mọi việc")

    assert again.title == "Đã dừng mọi việc"
    assert fresh.open("/account").path == "/account"


def test_the_owner_is_told(provider: Provider, link: str, post: Post) -> None:
    Visitor(provider.browser()).open(link).press("Dừng mọi việc")

    told = post()
    assert {message.subject for message in told} == {"Đã dừng mọi việc"}
    assert not any("/freeze/" in message.body for message in told)


@pytest.mark.parametrize("token", ["", "x", "Zg", "done-not", "A" * 70, "%00", "é", "A" * 5000])
def test_what_is_no_link_stops_nothing(signed_in: Visitor, token: str) -> None:
    assert signed_in.open(f"/freeze/{token}").response.status_code in (404, 414)
    assert signed_in.open("/account").path == "/account"


def test_a_changed_link_stops_nothing(signed_in: Visitor, link: str) -> None:
    swapped = link[:-2] + ("A" if link[-2] != "A" else "B") + link[-1]

    assert signed_in.open(swapped).response.status_code == 404


def test_it_is_good_for_thirty_days(provider: Provider, link: str, clock: StoppedClock) -> None:
    clock.advance(freeze_link.LIFETIME)
    assert Visitor(provider.browser()).open(link).response.status_code == 200

    clock.advance(1)
    assert Visitor(provider.browser()).open(link).response.status_code == 404


def test_another_site_cannot_press_the_button(signed_in: Visitor, link: str) -> None:
    response = signed_in.browser.post(link, headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 400
    assert signed_in.open("/account").path == "/account"


def test_a_key_that_waits_for_its_first_code_is_void(signed_in: Visitor, provider: Provider, link: str) -> None:
    before = signed_in.open("/account/authenticators/totp").response.text
    Visitor(provider.browser()).open(link).press("Dừng mọi việc")

    enter(signed_in.open("/signin"), password=PASSWORD).open("/account/authenticators/totp")

    assert signed_in.response.text.partition("secret")[2] != before.partition("secret")[2]


def test_of_an_account_that_an_office_froze_it_says_where_it_is_opened_again(
    signed_in: Visitor, khai: str, provider: Provider, link: str
) -> None:
    form = signed_in.open(link).fields
    freeze_account(provider.services, khai, actor=("account", "an-official"), reason="asked_for_it")

    shown = Visitor(provider.browser()).open(link)
    pressed = signed_in.browser.post(link, data=form)

    assert (shown.response.status_code, pressed.status_code) == (200, 409)
    for text in (shown.response.text, pressed.text):
        assert "Để mở lại, hãy mang thẻ căn cước đến bộ phận một cửa." in text


def test_the_notice_that_it_is_open_again_has_the_link_and_that_it_is_frozen_has_none(
    khai: str, provider: Provider, post: Post
) -> None:
    """What is frozen is stopped already; what is open again may be open for somebody else."""
    post()
    services, office = provider.services, ("account", "an-official")
    freeze_account(services, khai, actor=office, reason="asked_for_it")
    with services.database.write() as connection:
        accounts.thaw(connection, services.sealer, khai, at=services.clock(), actor=office, reason="came_in_person")

    told = post()

    assert [("bị khóa" in each.subject, "/freeze/" in each.body) for each in told] == [(True, False)] * 2 + [
        (False, True)
    ] * 2
    assert Visitor(provider.browser()).open(link_in(told[-1])).press("Dừng mọi việc").title == "Đã dừng mọi việc"
