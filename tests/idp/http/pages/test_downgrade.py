"""Attacks on the pages of a second factor: weaker ones presented as stronger, forms from elsewhere, others' codes."""

from collections.abc import Callable

import pyotp
import pytest

from idp.domain import sessions
from idp.domain.authenticators import recovery_codes, totp
from idp.domain.authenticators.second_factor_delay import FREE
from idp.domain.messages import Outgoing
from idp.store import accounts as store
from idp.store import sessions as sessions_store
from tests.idp.http.pages.conftest import PASSWORD, Enrol, enter
from tests.idp.http.pages.test_totp import MFA, key_on
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of

SEED, OTHER_SEED = pyotp.random_base32(), pyotp.random_base32()


@pytest.fixture
def owner(provider: Provider, khai: str) -> str:
    """Minh Khai, who owns an application that shows codes."""
    with provider.services.database.write() as connection:
        totp.keep(connection, provider.services, khai, SEED)
    return khai


@pytest.fixture
def paper(provider: Provider, owner: str) -> list[str]:
    return recovery_codes.make(provider.services, owner)


@pytest.fixture
def thief(owner: str, visitor: Visitor) -> Visitor:
    """Somebody who knows her password and nothing else."""
    return enter(visitor.open("/signin"))


def code(clock: StoppedClock, seed: str = SEED) -> str:
    return pyotp.TOTP(seed).at(int(clock()))


def waiting(page: Visitor, portal: Portal, **asked: str) -> str:
    """The address of a request that waits, as a query."""
    page.open("/authorize", **portal.request(acr_values=MFA, **asked))
    return page.path.partition("?")[2]


def test_the_password_twice_is_one_factor(thief: Visitor, portal: Portal) -> None:
    query = waiting(thief, portal)

    thief.open(f"/step-up/password?{query}").press("Xác nhận", password=PASSWORD)

    assert thief.title == "Còn một bước nữa"


def test_a_recovery_code_is_not_taken_for_a_portal_and_stays_good(
    thief: Visitor, portal: Portal, provider: Provider, paper: list[str], owner: str
) -> None:
    query = waiting(thief, portal)
    token = thief.fields["csrf_token"]

    thief.browser.post(f"/step-up/recovery-code?{query}", data={"csrf_token": token, "code": paper[0]})

    assert thief.open(f"/authorize?{query}").title == "Còn một bước nữa"
    with provider.services.database.read() as connection:
        assert recovery_codes.left(connection, owner) == len(paper)


def test_recovery_codes_used_for_ones_own_pages_reach_no_portal(
    thief: Visitor, portal: Portal, paper: list[str]
) -> None:
    for each in paper[:2]:
        thief.open("/step-up/recovery-code?next=/account").press("Xác nhận", code=each)
    assert thief.path == "/account"

    waiting(thief, portal)

    assert thief.title == "Còn một bước nữa"


def test_a_recovery_code_typed_where_a_code_is_wanted_is_wrong_and_stays_good(
    thief: Visitor, portal: Portal, provider: Provider, paper: list[str], owner: str
) -> None:
    query = waiting(thief, portal)
    told = []
    for typed in (paper[0], paper[0][::-1]):
        thief.open(f"/step-up/code?{query}").press("Xác nhận", code=typed)
        told.append((thief.response.status_code, thief.response.text.replace(typed, "").count("giấy")))

    assert told[0] == told[1], "by its shape alone: whether it is a good one is not told"
    assert told[0][0] == 400
    with provider.services.database.read() as connection:
        assert recovery_codes.left(connection, owner) == len(paper)


def test_a_code_of_another_account_steps_nobody_up(
    thief: Visitor, portal: Portal, enrol: Enrol, provider: Provider, clock: StoppedClock
) -> None:
    own = enrol("Kẻ Gian", phone="+84987654321")
    with provider.services.database.write() as connection:
        totp.keep(connection, provider.services, own, OTHER_SEED)

    thief.open(f"/step-up/code?{waiting(thief, portal)}").press("Xác nhận", code=code(clock, OTHER_SEED))

    assert thief.response.status_code == 403


def test_a_request_of_another_browser_is_not_stepped_up(
    thief: Visitor, portal: Portal, provider: Provider, clock: StoppedClock
) -> None:
    elsewhere = enter(Visitor(provider.browser()).open("/signin"))
    query = waiting(elsewhere, portal)

    answer = thief.open(f"/step-up/code?{query}").response

    assert answer.status_code == 400
    assert elsewhere.open(f"/authorize?{query}").title == "Còn một bước nữa"


def test_where_a_new_sign_in_is_due_a_code_does_not_stand_for_the_password(
    thief: Visitor, portal: Portal, clock: StoppedClock
) -> None:
    query = waiting(thief, portal, prompt="login")
    assert thief.title == "Đăng nhập"

    thief.open(f"/step-up/code?{query}").press("Xác nhận", code=code(clock))

    assert thief.title == "Đăng nhập"


def test_guessing_meets_a_wait_with_its_time_and_a_way_round(
    thief: Visitor, portal: Portal, clock: StoppedClock, post: Callable[[], list[Outgoing]]
) -> None:
    thief.open(f"/step-up/code?{waiting(thief, portal)}")
    for _ in range(FREE + 2):
        thief.press("Xác nhận", code="000000")
    assert thief.response.status_code == 429
    assert thief.response.headers["Retry-After"] == "30"
    post()

    thief.press("Gửi mã cho tôi")
    (message,) = [each for each in post() if "Mã xác nhận" in each.body]
    sent = next(word for word in message.body.replace(",", " ").split() if word.isdigit() and len(word) == 6)
    thief.press("Thử ngay", message="000000")
    assert thief.response.status_code == 400
    thief.press("Thử ngay", message=sent).press("Xác nhận", code=code(clock))

    assert "consent" in thief.path


class TestEnrolmentByAnotherSite:
    """A page elsewhere that makes the owner's browser enrol the attacker's key."""

    @pytest.mark.parametrize("origin", ["cross-site", "same-site"])
    def test_its_form_is_not_taken(
        self, signed_in: Visitor, provider: Provider, khai: str, clock: StoppedClock, origin: str
    ) -> None:
        signed_in.open("/account/authenticators/totp")
        data = {"code": code(clock, key_on(signed_in).replace(" ", "")), "csrf_token": signed_in.fields["csrf_token"]}

        answer = signed_in.browser.post("/account/authenticators/totp", data=data, headers={"Sec-Fetch-Site": origin})

        assert answer.status_code == 400
        assert kinds(provider, khai) == ["password"]

    @pytest.mark.parametrize("token", [None, "", "forged", "another's"])
    def test_without_the_token_of_this_browser_nothing_is_added(
        self, signed_in: Visitor, provider: Provider, khai: str, clock: StoppedClock, token: str | None
    ) -> None:
        signed_in.open("/account/authenticators/totp")
        if token == "another's":
            token = Visitor(provider.browser()).open("/signin").fields["csrf_token"]
        data = {"code": code(clock, key_on(signed_in).replace(" ", ""))} | (
            {} if token is None else {"csrf_token": token}
        )

        answer = signed_in.browser.post("/account/authenticators/totp", data=data)

        assert answer.status_code == 400
        assert kinds(provider, khai) == ["password"]

    def test_a_seed_cannot_be_sent_along(
        self, signed_in: Visitor, provider: Provider, khai: str, clock: StoppedClock
    ) -> None:
        token = signed_in.open("/account/authenticators/totp").fields["csrf_token"]
        data = {"code": code(clock, OTHER_SEED), "csrf_token": token, "secret": OTHER_SEED, "seed": OTHER_SEED}

        assert signed_in.browser.post("/account/authenticators/totp", data=data).status_code == 403
        assert kinds(provider, khai) == ["password"]


GUARDED = ["totp", "recovery-codes", "password"]


class TestOnlyTheOwnerChangesAnything:
    @pytest.mark.parametrize("page", GUARDED)
    def test_who_knows_the_password_alone_is_asked_for_the_code(self, thief: Visitor, page: str) -> None:
        thief.open(f"/account/authenticators/{page}")

        assert thief.path.startswith("/step-up")
        assert "Nhập mã" in thief.text

    @pytest.mark.parametrize("page", GUARDED)
    def test_a_form_sent_straight_there_changes_nothing(
        self, thief: Visitor, provider: Provider, owner: str, page: str
    ) -> None:
        token = (
            thief.open("/account/authenticators").browser and thief.open("/step-up/code?next=/").fields["csrf_token"]
        )
        before = rows(provider, owner)

        answer = thief.browser.post(
            f"/account/authenticators/{page}",
            data={"csrf_token": token, "password": "một mật khẩu khác hẳn", "code": "1"},
        )

        assert answer.headers["Location"].startswith("/step-up")
        assert rows(provider, owner) == before

    def test_removing_is_asked_for_the_code_too(self, thief: Visitor, provider: Provider, owner: str) -> None:
        (row,) = [each for each in rows(provider, owner) if each.kind == "totp"]
        token = thief.open("/step-up/code?next=/").fields["csrf_token"]

        answer = thief.browser.post(f"/account/authenticators/{row.id}/remove", data={"csrf_token": token})

        assert answer.headers["Location"].startswith("/step-up")
        assert "totp" in kinds(provider, owner)

    @pytest.mark.parametrize("page", [*GUARDED, ""])
    def test_a_stranger_is_sent_to_sign_in(self, visitor: Visitor, page: str) -> None:
        assert visitor.open(f"/account/authenticators/{page}".rstrip("/")).path.startswith("/signin")

    def test_an_address_elsewhere_is_not_gone_on_to(self, thief: Visitor, clock: StoppedClock) -> None:
        thief.open("/step-up/code?next=//evil.example/").press("Xác nhận", code=code(clock))

        assert thief.left_for == ""
        assert thief.path == "/account"

    @pytest.mark.parametrize(
        "query", ["strength=0", "strength=1", "max_age=99999", "strength=x&max_age=-1", "recovery=1"]
    )
    def test_what_the_address_says_opens_nothing(self, thief: Visitor, query: str) -> None:
        thief.open(f"/step-up?next=/account/authenticators/password&{query}")

        assert thief.title != "Đổi mật khẩu"


class TestALostPhone:
    """A recovery code and the password replace what was lost, and stand in for it nowhere."""

    def lost(self, page: Visitor, paper: list[str]) -> Visitor:
        page.open("/account/authenticators/totp").follow("Dùng mã khôi phục").press("Xác nhận", code=paper[0])
        return page

    def test_a_new_application_takes_its_place_and_the_account_says_one_factor_until_it_is_used(
        self, thief: Visitor, paper: list[str], clock: StoppedClock, portal: Portal, provider: Provider, owner: str
    ) -> None:
        self.lost(thief, paper)
        assert thief.title == "Thêm ứng dụng tạo mã"
        fresh = key_on(thief).replace(" ", "")
        thief.press("Thêm", code=code(clock, fresh), label="Điện thoại mới")
        assert kinds(provider, owner).count("totp") == 2

        query = waiting(thief, portal)
        assert thief.title == "Còn một bước nữa"
        clock.advance(30)
        thief.open(f"/step-up/code?{query}").press("Xác nhận", code=code(clock, fresh))
        thief.press("Đồng ý và tiếp tục")
        claims = claims_of(portal.redeem(thief.answer["code"]).json["id_token"])
        assert (claims["acr"], claims["amr"]) == (MFA, ["pwd", "kba", "otp", "mfa"])

    def test_the_lost_one_is_removed(self, thief: Visitor, paper: list[str], provider: Provider, owner: str) -> None:
        self.lost(thief, paper)

        thief.open("/account/authenticators").follow("Gỡ").press("Gỡ")

        assert "totp" not in kinds(provider, owner)

    @pytest.mark.parametrize("page", ["recovery-codes", "password"])
    def test_it_neither_makes_new_codes_nor_changes_the_password(
        self, thief: Visitor, paper: list[str], page: str
    ) -> None:
        self.lost(thief, paper)

        thief.open(f"/account/authenticators/{page}")

        assert thief.path.startswith("/step-up")

    def test_without_the_password_it_does_nothing(self, thief: Visitor, paper: list[str], clock: StoppedClock) -> None:
        clock.advance(400)
        thief.open("/step-up/recovery-code?next=/account/authenticators/totp").press("Xác nhận", code=paper[0])

        assert thief.title == "Mật khẩu của bạn"

    def test_it_is_over_after_five_minutes(self, thief: Visitor, paper: list[str], clock: StoppedClock) -> None:
        self.lost(thief, paper)
        clock.advance(301)

        thief.open("/account/authenticators/totp")

        assert thief.path.startswith("/step-up")

    def test_the_portal_that_waits_is_reached_with_the_new_one(
        self, thief: Visitor, paper: list[str], clock: StoppedClock, portal: Portal
    ) -> None:
        waiting(thief, portal)
        thief.follow("Tôi đã làm mất và muốn thay cái khác").follow("Dùng mã khôi phục")
        thief.press("Xác nhận", code=paper[0])
        fresh = key_on(thief).replace(" ", "")
        thief.press("Thêm", code=code(clock, fresh), label="")
        clock.advance(30)

        thief.follow("Nhập mã từ ứng dụng").press("Xác nhận", code=code(clock, fresh))

        assert "consent" in thief.path


def rows(provider: Provider, account_id: str) -> list[store.AuthenticatorRow]:
    with provider.services.database.read() as connection:
        return list(store.authenticators_of(connection, account_id))


def kinds(provider: Provider, account_id: str) -> list[str]:
    return [row.kind for row in rows(provider, account_id)]


class TestWhatOnlyAddsToASession:
    """A code never opens a session, whatever happens to the one that it was shown in."""

    def test_a_session_that_ended_meanwhile_is_not_opened_again(
        self, thief: Visitor, provider: Provider, owner: str, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = thief.open("/step-up/code?next=/account")
        monkeypatch.setattr("idp.http.entry.session_here", lambda _services: None)

        page.press("Xác nhận", code=code(clock))

        assert methods_of(provider, owner) == [["password"]]

    def test_another_accounts_session_is_neither_ended_nor_taken_over(
        self,
        thief: Visitor,
        provider: Provider,
        owner: str,
        enrol: Enrol,
        clock: StoppedClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        enrol("Trần Quốc Đạt", phone="+84987654321")
        other = enter(Visitor(provider.browser()).open("/signin"), "0987654321")
        name = "motcua_idp_session"
        cookie = other.browser.get_cookie(name, domain="localhost")
        assert cookie is not None
        theirs = sessions.read_session(provider.services, cookie.value)
        page = thief.open("/step-up/code?next=/account")
        monkeypatch.setattr("idp.http.entry.session_here", lambda _services: theirs)

        page.press("Xác nhận", code=code(clock))

        assert methods_of(provider, owner) == [["password"]]
        monkeypatch.undo()
        assert other.open("/account").path == "/account"


def methods_of(provider: Provider, account_id: str) -> list[list[str]]:
    """The kinds that each live session of an account has used."""
    with provider.services.database.read() as connection:
        live = sessions_store.live_of_account(connection, account_id, provider.services.now())
    return [[str(used["kind"]) for used in session.factors] for session in live]
