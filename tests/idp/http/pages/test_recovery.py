"""A forgotten password: the same for everybody who asks, no back door to what is better protected, one factor after it."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pyotp
import pytest
from sqlalchemy import event

from idp.domain.authenticators import life, recovery_codes, totp
from idp.domain.messages import Outgoing
from idp.store import accounts as store
from idp.store import tables
from idp.store.accounts import AuthenticatorRow
from tests.idp.http.pages.conftest import PASSWORD, PHONE, Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of

TABLES = {table.name for metadata in tables.every_metadata for table in metadata.sorted_tables}
Post = Callable[[], list[Outgoing]]
NEW = "bảy con cò trắng bay qua đồng"
SEED = pyotp.random_base32()


def code_in(posted: list[Outgoing]) -> str:
    """The code of the one message that holds one."""
    (code,) = [found[0] for message in posted if (found := re.search(r"\b\d{6}\b", message.body))]
    return code


def asked(visitor: Visitor, name: str = PHONE, **query: str) -> Visitor:
    onward = "?" + urlencode(query) if query else ""
    return visitor.open(f"/recovery{onward}").press("Gửi mã", username=name)


def came_to_the_password(visitor: Visitor, post: Post, **query: str) -> Visitor:
    post()
    return asked(visitor, **query).press("Xác nhận", code=code_in(post()))


def own(provider: Provider, account_id: str, secret: str = SEED) -> None:
    """Give somebody an application that shows codes."""
    with provider.services.database.write() as connection:
        totp.keep(connection, provider.services, account_id, secret)


def own_passkey(provider: Provider, account_id: str) -> None:
    row = AuthenticatorRow("a-passkey", account_id, "passkey", provider.services.now())
    with provider.services.database.write() as connection:
        life.add(connection, provider.services, row)


def test_a_new_password_is_set_with_the_code_that_was_sent(visitor: Visitor, khai: str, post: Post) -> None:
    came_to_the_password(visitor, post).press("Đặt mật khẩu", password=NEW)

    assert visitor.path == "/account"
    assert "Mật khẩu đã thay đổi" in [message.subject for message in post()]


def test_the_old_password_is_void_and_every_session_ends(
    signed_in: Visitor, provider: Provider, visitor: Visitor, post: Post
) -> None:
    somewhere = Visitor(provider.browser())
    came_to_the_password(somewhere, post).press("Đặt mật khẩu", password=NEW)

    assert signed_in.open("/account").path.startswith("/signin")
    assert enter(signed_in, password=PASSWORD).response.status_code == 403
    assert enter(signed_in, password=NEW).path == "/account"


def test_the_service_that_waits_is_reached_and_is_told_one_factor(
    visitor: Visitor, khai: str, portal: Portal, post: Post
) -> None:
    visitor.open("/authorize", **portal.request()).follow("Quên mật khẩu?")
    pending = visitor.path.partition("pending=")[2]
    came_to_the_password(visitor, post, pending=pending).press("Đặt mật khẩu", password=NEW)
    visitor.press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(visitor.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1", ["pwd"])


def test_its_forms_may_end_at_the_portal_that_waits(visitor: Visitor, khai: str, portal: Portal, post: Post) -> None:
    """Chromium stops a form whose answers lead anywhere else than ``form-action`` says."""
    visitor.open("/authorize", **portal.request()).follow("Quên mật khẩu?")
    pending = visitor.path.partition("pending=")[2]
    came_to_the_password(visitor, post, pending=pending)

    assert "https://portal.example" in visitor.response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["0987654321", "ai.do@thu.example", "001199000001", "không ai cả", "x" * 200])
def test_nobody_learns_who_has_an_account(
    visitor: Visitor, provider: Provider, khai: str, name: str, post: Post
) -> None:
    known = asked(Visitor(provider.browser()))
    post()

    unknown = asked(visitor, name)

    assert (unknown.title, unknown.text, unknown.path) == (known.title, known.text, known.path)
    assert post() == []
    wrong = [each.press("Xác nhận", code="000000") for each in (known, unknown)]
    assert wrong[0].errors == wrong[1].errors != []


def test_a_known_and_an_unknown_name_cost_the_same_statements(provider: Provider, khai: str) -> None:
    """Counted, not timed: each statement by what it does and to which table."""

    def statements(name: str) -> list[str]:
        visitor, seen = Visitor(provider.browser()), list[str]()
        visitor.open("/recovery")

        def note(*given: object) -> None:
            seen.append(" ".join(word for word in str(given[2]).split() if word.isupper() or word in TABLES))

        event.listen(provider.services.database.engine, "before_cursor_execute", note)
        visitor.press("Gửi mã", username=name)
        event.remove(provider.services.database.engine, "before_cursor_execute", note)
        return seen

    known, unknown = statements(PHONE), statements("0987654321")

    assert known == unknown
    assert any("INSERT INTO outbox" in each for each in known)


def test_the_fourth_code_within_an_hour_is_neither_sent_nor_good(
    provider: Provider, khai: str, post: Post, clock: StoppedClock
) -> None:
    post()
    for _ in range(3):
        asked(Visitor(provider.browser()))
    assert len(post()) == 3

    fourth = asked(Visitor(provider.browser()))

    assert post() == []
    assert fourth.title == "Nhập mã xác nhận"


def test_many_from_one_address_cost_a_sum_and_are_never_refused(provider: Provider, khai: str) -> None:
    for number in range(10):
        asked(Visitor(provider.browser()), f"09870000{number:02}")

    eleventh = asked(Visitor(provider.browser()), "0987000099")

    assert eleventh.response.status_code == 429
    assert "data-nonce" in eleventh.response.text


def test_a_code_is_good_for_its_own_browser_alone(visitor: Visitor, provider: Provider, khai: str, post: Post) -> None:
    post()
    asked(visitor)
    code = code_in(post())
    thief = asked(Visitor(provider.browser()), "0987654321")

    thief.press("Xác nhận", code=code)

    assert thief.title == "Nhập mã xác nhận"
    assert thief.errors


def test_guessing_the_code_ends_it(visitor: Visitor, khai: str, post: Post) -> None:
    post()
    asked(visitor)
    code = code_in(post())
    for _ in range(5):
        visitor.press("Xác nhận", code=f"{(int(code) + 1) % 10**6:06}")

    visitor.press("Xác nhận", code=code)

    assert visitor.title == "Quên mật khẩu"
    assert visitor.response.status_code == 410


@pytest.mark.parametrize("password", ["ngắn", "matkhau123456789", "nguyenthiminhkhai", "0912345678 0912345678"])
def test_a_weak_password_is_refused_and_the_way_stays_open(
    visitor: Visitor, khai: str, post: Post, password: str
) -> None:
    came_to_the_password(visitor, post).press("Đặt mật khẩu", password=password)
    assert visitor.response.status_code == 400

    visitor.press("Đặt mật khẩu", password=NEW)
    assert visitor.path == "/account"


class TestNoBackDoor:
    def test_who_has_two_factors_shows_the_other_one_too(
        self, visitor: Visitor, provider: Provider, khai: str, post: Post, clock: StoppedClock
    ) -> None:
        own(provider, khai)
        came_to_the_password(visitor, post)
        assert "chỉ mã đã gửi là chưa đủ" in visitor.text

        visitor.press("Đặt mật khẩu", password=NEW, code="000000")
        assert visitor.response.status_code == 403
        assert enter(Visitor(provider.browser()).open("/signin"), password=NEW).response.status_code == 403

        visitor.press("Đặt mật khẩu", password=NEW, code=pyotp.TOTP(SEED).at(int(clock())))
        assert visitor.path == "/account"

    def test_leaving_the_field_out_is_no_way_round(
        self, visitor: Visitor, provider: Provider, khai: str, post: Post
    ) -> None:
        own(provider, khai)
        came_to_the_password(visitor, post)
        token = visitor.fields["csrf_token"]

        answer = visitor.browser.post("/recovery/password", data={"csrf_token": token, "password": NEW})

        assert answer.status_code == 400
        assert enter(Visitor(provider.browser()).open("/signin"), password=NEW).response.status_code == 403

    def test_a_code_on_paper_does_and_the_application_stays(
        self, visitor: Visitor, provider: Provider, khai: str, post: Post, portal: Portal
    ) -> None:
        own(provider, khai)
        paper = recovery_codes.make(provider.services, khai)
        came_to_the_password(visitor, post).press("Đặt mật khẩu", password=NEW, code=paper[3])
        assert visitor.path == "/account"

        visitor.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:mfa"))

        assert visitor.title == "Còn một bước nữa"

    def test_who_has_a_passkey_is_sent_to_use_it(
        self, visitor: Visitor, provider: Provider, khai: str, post: Post
    ) -> None:
        own_passkey(provider, khai)
        came_to_the_password(visitor, post)
        assert "Hãy đăng nhập bằng cách đó" in visitor.text
        assert "password" not in visitor.response.text.partition("<main")[2].partition("</main>")[0]

        token = visitor.open("/recovery").fields["csrf_token"]
        answer = visitor.browser.post(
            "/recovery/password", data={"csrf_token": token, "password": NEW, "code": "000000"}
        )
        assert answer.status_code == 400
        assert enter(Visitor(provider.browser()).open("/signin"), password=NEW).response.status_code == 403

    def test_a_second_factor_that_was_shown_here_does_not_count_for_the_session(
        self, visitor: Visitor, provider: Provider, khai: str, post: Post, clock: StoppedClock, portal: Portal
    ) -> None:
        own(provider, khai)
        came_to_the_password(visitor, post)
        visitor.press("Đặt mật khẩu", password=NEW, code=pyotp.TOTP(SEED).at(int(clock())))
        visitor.open("/authorize", **portal.request(prompt="consent")).press("Đồng ý và tiếp tục")

        assert claims_of(portal.redeem(visitor.answer["code"]).json["id_token"])["acr"] == "urn:vn:eid:loa1"

    def test_a_frozen_account_stays_frozen(self, visitor: Visitor, provider: Provider, khai: str, post: Post) -> None:
        came_to_the_password(visitor, post)
        with provider.services.database.write() as connection:
            store.change(connection, khai, state="frozen")

        visitor.press("Đặt mật khẩu", password=NEW)

        assert visitor.response.status_code == 403
        assert "đang bị khóa" in visitor.text

    def test_the_owner_can_stop_it_after_the_code_was_read_by_somebody(
        self, visitor: Visitor, provider: Provider, khai: str, post: Post
    ) -> None:
        link = "/freeze/" + post()[-1].body.rpartition("/freeze/")[2]
        came_to_the_password(visitor, post)
        Visitor(provider.browser()).open(link).press("Dừng mọi việc")

        visitor.press("Đặt mật khẩu", password=NEW)

        assert visitor.title == "Quên mật khẩu"
        assert enter(Visitor(provider.browser()).open("/signin"), password=NEW).response.status_code == 403


def test_every_step_needs_the_one_before(visitor: Visitor, khai: str) -> None:
    assert visitor.open("/recovery/code").title == "Quên mật khẩu"
    assert visitor.open("/recovery/password").title == "Quên mật khẩu"


def test_a_ticket_is_good_once(visitor: Visitor, provider: Provider, khai: str, post: Post, enrol: Enrol) -> None:
    came_to_the_password(visitor, post)
    token = visitor.fields["csrf_token"]
    visitor.press("Đặt mật khẩu", password=NEW)

    visitor.browser.post("/recovery/password", data={"csrf_token": token, "password": NEW + " nữa"})

    assert enter(Visitor(provider.browser()).open("/signin"), password=NEW).path == "/account"
