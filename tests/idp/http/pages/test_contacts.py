"""Changing one's phone or e-mail address: by its own code, after a fresh proof, told to the old ones, and no way in."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from idp.domain.contact_change import MESSAGES
from idp.domain.contacts import WAIT
from idp.domain.messages import Outgoing
from idp.store import audit as audit_store
from tests.idp.http.pages.conftest import PASSWORD, PHONE, Enrol, enter
from tests.idp.http.pages.test_freeze import link_in
from tests.idp.http.pages.test_recovery import asked, own
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Provider

Post = Callable[[], list[Outgoing]]
LIST = "Điện thoại và thư điện tử"
NEW = "0987 654 321"
OLD_PHONE, OLD_EMAIL = "+84912345678", "84912345678@thu.example"
TOLD = "Thông tin liên hệ đã thay đổi"


def code_in(posted: list[Outgoing]) -> str:
    (code,) = [found[0] for message in posted if (found := re.search(r"\b\d{6}\b", message.body))]
    return code


def begun(visitor: Visitor, contact: str = NEW, channel: str = "phone") -> Visitor:
    return visitor.open(f"/account/contacts/{channel}").press("Gửi mã", contact=contact)


def changed(visitor: Visitor, post: Post, contact: str = NEW, channel: str = "phone") -> list[Outgoing]:
    """Change a contact to the end; gives what everybody was sent at the end."""
    post()
    begun(visitor, contact, channel).press("Xác nhận", code=code_in(post()))
    assert visitor.path == "/account/contacts"
    return post()


def trail(provider: Provider) -> list[str]:
    with provider.services.database.read() as connection:
        rows = connection.execute(select(audit_store.waiting))
        return [row.action for row in sorted(rows, key=lambda row: float(row.at))]


@pytest.fixture
def senders(senders: dict[str, str]) -> dict[str, str]:
    """Text messages leave too."""
    return {**senders, "sms_sender": "tests.of_no_sender:make"}


@pytest.fixture
def elsewhere(provider: Provider) -> Callable[[], Visitor]:
    """Another browser that nobody is signed in with."""
    return lambda: Visitor(provider.browser())


def test_it_is_found_from_the_account_and_shows_no_more_than_the_owner_needs(signed_in: Visitor) -> None:
    signed_in.open("/account").follow("Thêm hoặc đổi số điện thoại, thư điện tử")

    assert signed_in.title == LIST
    assert "••••••678" in signed_in.text
    assert "8•••••@thu.example" in signed_in.text
    assert "912345678" not in signed_in.text.replace(" ", "")


def test_the_new_number_signs_in_and_the_old_one_does_not(
    signed_in: Visitor, elsewhere: Callable[[], Visitor], provider: Provider, post: Post
) -> None:
    told = changed(signed_in, post)

    assert "Đã xác nhận: từ nay bạn đăng nhập" in signed_in.text
    assert "••••••321" in signed_in.text
    assert sorted(message.recipient.address for message in told) == [OLD_PHONE, OLD_EMAIL]
    assert {message.subject for message in told} == {TOLD}
    assert all("/freeze/" in message.body for message in told)
    assert enter(elsewhere().open("/signin"), name=NEW).path == "/account"
    assert enter(elsewhere().open("/signin"), name=PHONE).response.status_code == 403
    assert trail(provider)[-3:].count("contact_confirmed") == 1


def test_an_address_is_added_beside_the_only_number(
    enrol: Enrol, visitor: Visitor, elsewhere: Callable[[], Visitor], post: Post
) -> None:
    enrol(email=None)
    enter(visitor.open("/signin")).open("/account/contacts")
    assert "Chưa có" in visitor.text

    changed(visitor, post, "Moi@Thu.example", "email")

    assert enter(elsewhere().open("/signin"), name="moi@thu.example").path == "/account"
    assert enter(elsewhere().open("/signin"), name=PHONE).path == "/account"


def test_until_the_code_comes_it_waits_and_nothing_is_changed(
    signed_in: Visitor, elsewhere: Callable[[], Visitor], post: Post
) -> None:
    post()
    begun(signed_in)
    assert signed_in.title == "Nhập mã xác nhận"

    signed_in.open("/account/contacts")

    assert "••••••321 đang chờ nhập mã" in signed_in.text
    assert [message.recipient.address for message in post()] == ["+84987654321"]
    assert enter(elsewhere().open("/signin"), name=PHONE).path == "/account"
    assert signed_in.follow("Nhập mã xác nhận").path == "/account/contacts/code"


def test_an_open_browser_is_not_enough(signed_in: Visitor, clock: StoppedClock, post: Post) -> None:
    post()
    clock.advance(301)
    for page in ("phone", "email", "phone/remove"):
        assert signed_in.open(f"/account/contacts/{page}").title == "Mật khẩu của bạn"

    assert post() == []


def test_a_form_left_open_is_not_enough_either(signed_in: Visitor, clock: StoppedClock, post: Post) -> None:
    post()
    signed_in.open("/account/contacts/phone")
    clock.advance(301)

    signed_in.press("Gửi mã", contact=NEW)

    assert signed_in.title == "Mật khẩu của bạn"
    assert post() == []


def test_a_password_alone_is_not_enough_where_the_account_has_more(
    signed_in: Visitor, provider: Provider, khai: str
) -> None:
    own(provider, khai)

    assert signed_in.open("/account/contacts/phone").title == "Nhập mã của ứng dụng"


def test_a_message_may_take_its_time(signed_in: Visitor, clock: StoppedClock, post: Post) -> None:
    post()
    begun(signed_in)
    clock.advance(400)

    signed_in.press("Xác nhận", code=code_in(post()))

    assert signed_in.path == "/account/contacts"


def test_somebody_elses_number_is_answered_like_a_free_one(signed_in: Visitor, enrol: Enrol, post: Post) -> None:
    enrol("Trần Văn An", phone="+84987654321")
    post()
    pages = []
    for contact in (NEW, "0987 654 320"):
        begun(signed_in, contact)
        pages.append((signed_in.path, signed_in.text.replace("321", "…").replace("320", "…")))
        signed_in.press("Xác nhận", code="000000")
        pages.append((str(signed_in.response.status_code), *signed_in.errors))

    assert pages[:2] == pages[2:]
    assert [message.subject for message in post()] == ["Địa chỉ hoặc số này đã được dùng", "Mã xác nhận của bạn"]


def test_sending_again_tells_no_more(signed_in: Visitor, enrol: Enrol, post: Post) -> None:
    enrol("Trần Văn An", phone="+84987654321")
    post()
    begun(signed_in).press("Gửi mã mới")

    assert "Mã mới đang được gửi" in signed_in.text
    assert {message.subject for message in post()} == {"Địa chỉ hoặc số này đã được dùng"}


def test_of_two_codes_the_newer_is_good(signed_in: Visitor, post: Post) -> None:
    post()
    begun(signed_in)
    old = code_in(post())
    signed_in.press("Gửi mã mới")
    new = code_in(post())

    signed_in.press("Xác nhận", code=old)
    assert len(signed_in.errors) == 1
    signed_in.press("Xác nhận", code=new)

    assert signed_in.path == "/account/contacts"


def test_after_five_wrong_codes_the_right_one_is_no_good(signed_in: Visitor, post: Post) -> None:
    post()
    begun(signed_in)
    code = code_in(post())
    for _ in range(5):
        signed_in.press("Xác nhận", code="000000" if code != "000000" else "111111")

    signed_in.press("Xác nhận", code=code)

    assert signed_in.response.status_code == 410
    assert signed_in.title == "Chưa có gì thay đổi"
    assert "••••••678" in signed_in.follow(LIST).text


def test_nobody_is_flooded(signed_in: Visitor, post: Post) -> None:
    post()
    begun(signed_in)
    for _ in range(10):
        signed_in.press("Gửi mã mới")

    assert len(post()) == MESSAGES


@pytest.mark.parametrize(
    ("channel", "typed"),
    [("phone", ""), ("phone", "không phải số"), ("phone", "moi@thu.example"), ("phone", "001185012345"), ("phone", "9" * 300),
     ("email", ""), ("email", "moi@"), ("email", "0987654321"), ("email", "a b@thu.example"), ("email", "\x00")],
)  # fmt: skip
def test_what_is_none_is_refused_at_its_field(signed_in: Visitor, post: Post, channel: str, typed: str) -> None:
    post()
    begun(signed_in, typed, channel)

    assert signed_in.response.status_code == 400
    assert len(signed_in.errors) == 1
    assert post() == []


@pytest.mark.parametrize("page", ["fax", "personal_number", "phone/remove/now", "code/remove"])
def test_there_are_no_other_channels(signed_in: Visitor, page: str) -> None:
    assert signed_in.open(f"/account/contacts/{page}").response.status_code == 404


def test_a_code_page_without_a_change_leads_back(signed_in: Visitor) -> None:
    signed_in.open("/account/contacts/code")

    assert signed_in.response.status_code == 410
    assert signed_in.follow(LIST).path == "/account/contacts"


@pytest.mark.parametrize(
    "page", ["/account/contacts/phone", "/account/contacts/code", "/account/contacts/phone/remove"]
)
def test_another_site_cannot_begin_or_end_anything(signed_in: Visitor, post: Post, page: str) -> None:
    post()
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}):
        answer = signed_in.browser.post(page, data={"contact": NEW, "code": "000000"}, headers=headers)
        assert answer.status_code == 400

    assert post() == []


def test_one_of_two_is_removed_and_both_are_told(
    signed_in: Visitor, provider: Provider, elsewhere: Callable[[], Visitor], post: Post
) -> None:
    post()
    signed_in.open("/account/contacts/phone/remove").press("Gỡ")

    assert "Chưa có" in signed_in.text
    assert sorted(message.recipient.address for message in post()) == [OLD_PHONE, OLD_EMAIL]
    assert enter(elsewhere().open("/signin"), name=PHONE).response.status_code == 403
    assert enter(elsewhere().open("/signin"), name=OLD_EMAIL).path == "/account"
    assert "contact_removed" in trail(provider)


def test_the_last_one_stays(signed_in: Visitor, elsewhere: Callable[[], Visitor]) -> None:
    signed_in.open("/account/contacts/phone/remove").press("Gỡ")
    signed_in.open("/account/contacts/email/remove")

    assert "Đây là nơi liên hệ duy nhất của bạn" in signed_in.text
    assert enter(elsewhere().open("/signin"), name=OLD_EMAIL).path == "/account"


def test_two_pages_open_at_once_cannot_remove_both(signed_in: Visitor, elsewhere: Callable[[], Visitor]) -> None:
    second = enter(elsewhere().open("/signin")).open("/account/contacts/email/remove")
    signed_in.open("/account/contacts/phone/remove").press("Gỡ")

    second.press("Gỡ")

    assert second.response.status_code == 400
    assert "Đây là nơi liên hệ duy nhất của bạn" in second.text


def test_whoever_had_the_session_for_a_moment_does_not_come_back_by_their_own_phone(
    signed_in: Visitor, elsewhere: Callable[[], Visitor], clock: StoppedClock, post: Post
) -> None:
    """The attack: at an unlocked computer the phone is changed, the address taken off, then the password forgotten."""
    changed(signed_in, post)
    signed_in.open("/account/contacts/email/remove")
    assert "chưa đủ 72 giờ" in signed_in.text

    thief = asked(elsewhere(), NEW)

    assert thief.title == asked(elsewhere(), "0999999999").title
    (sent,) = post()
    assert (sent.recipient.address, sent.subject) == (OLD_EMAIL, "Mã xác nhận của bạn")


def test_where_it_is_the_only_channel_no_code_is_sent_for_72_hours(
    enrol: Enrol, visitor: Visitor, elsewhere: Callable[[], Visitor], clock: StoppedClock, post: Post
) -> None:
    enrol(email=None)
    changed(enter(visitor.open("/signin")), post)

    asked(elsewhere(), NEW)
    (refused,) = post()
    clock.advance(WAIT + 1)
    asked(elsewhere(), NEW)
    (sent,) = post()

    assert (refused.recipient.address, refused.subject) == ("+84987654321", "Chưa gửi được mã khôi phục")
    assert re.search(r"\d{6}", refused.body) is None
    assert sent.subject == "Mã xác nhận của bạn"


def test_what_the_owner_stopped_never_recovers(
    enrol: Enrol, visitor: Visitor, elsewhere: Callable[[], Visitor], clock: StoppedClock, post: Post
) -> None:
    enrol(email=None)
    (notice,) = changed(enter(visitor.open("/signin")), post)
    assert notice.recipient.address == OLD_PHONE

    elsewhere().open(link_in(notice)).press("Dừng mọi việc")
    clock.advance(10 * WAIT)
    post()
    asked(elsewhere(), NEW)

    assert [message.subject for message in post()] == ["Chưa gửi được mã khôi phục"]


def test_the_owner_confirms_it_again_and_it_recovers_after_the_wait(
    enrol: Enrol, visitor: Visitor, elsewhere: Callable[[], Visitor], clock: StoppedClock, post: Post
) -> None:
    enrol(email=None)
    (notice,) = changed(enter(visitor.open("/signin")), post)
    elsewhere().open(link_in(notice)).press("Dừng mọi việc")
    clock.advance(1)
    enter(visitor.open("/signin"), name=NEW)
    assert "đã bị dừng" in visitor.open("/account/contacts").text

    changed(visitor, post, NEW)
    clock.advance(WAIT + 1)
    asked(elsewhere(), NEW)

    assert [message.subject for message in post()] == ["Mã xác nhận của bạn"]


def test_confirming_ones_own_again_takes_nothing_away(
    enrol: Enrol, visitor: Visitor, elsewhere: Callable[[], Visitor], post: Post
) -> None:
    enrol(email=None)
    changed(enter(visitor.open("/signin")), post, PHONE)

    asked(elsewhere(), PHONE)

    assert [message.subject for message in post()] == ["Mã xác nhận của bạn"]


def test_the_link_stops_a_change_that_waits(
    signed_in: Visitor, elsewhere: Callable[[], Visitor], clock: StoppedClock, post: Post
) -> None:
    notice = post()[-1]
    begun(signed_in)
    code = code_in(post())
    clock.advance(1)
    elsewhere().open(link_in(notice)).press("Dừng mọi việc")

    enter(signed_in.open("/signin"), password=PASSWORD)
    signed_in.open("/account/contacts/code")

    assert signed_in.response.status_code == 410
    assert code
    assert enter(elsewhere().open("/signin"), name=NEW).response.status_code == 403


def test_a_recovery_that_was_begun_before_the_change_is_void(
    signed_in: Visitor, elsewhere: Callable[[], Visitor], post: Post
) -> None:
    """Whoever has the stolen phone asked for a code before its owner changed the number."""
    post()
    thief = asked(elsewhere())
    code = code_in(post())
    changed(signed_in, post)

    thief.press("Xác nhận", code=code)

    assert thief.path == "/recovery"
