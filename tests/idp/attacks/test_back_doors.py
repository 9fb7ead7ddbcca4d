"""Recovery as a back door: less shown than was lost, something kept alive by who was there before, codes guessed or spent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest

from idp.domain import account_recovery, account_stop, accounts, certificates, password_recovery
from idp.domain.account_recovery import COUNTER, REPROOFING
from idp.domain.authenticators import recovery_codes
from idp.domain.confirmation import CodeOver, WrongCode
from idp.domain.messages import Outgoing
from idp.domain.owners_code import CODES
from idp.errors import Refusal
from tests.idp.attacks.people import NEW, Person, code_in
from tests.idp.http.pages.conftest import OPERATOR, PASSWORD, PHONE, Enrol
from tests.support.certificates import Office, new_key, request_for
from tests.support.clock import StoppedClock
from tests.support.provider import Provider

Post = Callable[[], list[Outgoing]]
Somebody = Callable[..., Person]


def ticket_of(provider: Provider, post: Post, name: str = PHONE) -> str:
    """What whoever reads the owner's messages has in hand."""
    post()
    confirmation = password_recovery.begin(provider.services, name, address="203.0.113.7")
    return password_recovery.redeem(provider.services, confirmation, code_in(post()))


def recovered(provider: Provider, account_id: str, enrol: Enrol) -> None:
    """Have two officials recover an account at a counter."""
    officials = [
        enrol(f"Cán bộ {each}", phone=f"+8491200000{each}", kind="official", agency="G02", roles=["clerk"])
        for each in (1, 2)
    ]
    begun = account_recovery.begin(provider.services, account_id, COUNTER, official=officials[0], actor=OPERATOR)
    account_recovery.confirm(provider.services, begun.id, official=officials[1], actor=OPERATOR)


class TestTwoAtOnce:
    def test_the_loser_keeps_the_code_on_paper(
        self, provider: Provider, khai: str, application: pyotp.TOTP, post: Post
    ) -> None:
        """Two sends of one form: one sets the password, and one code is spent, whoever wins."""
        paper = recovery_codes.make(provider.services, khai)
        ticket = ticket_of(provider, post)
        start = Barrier(2)

        def one(code: str) -> bool:
            start.wait(timeout=10)
            try:
                password_recovery.finish(provider.services, ticket, NEW, code, device=None)
            except CodeOver:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(one, paper[:2]))

        assert sorted(done) == [False, True]
        with provider.services.database.read() as connection:
            assert recovery_codes.left(connection, khai) == len(paper) - 1

    def test_a_ticket_that_is_over_spends_nothing(
        self, provider: Provider, khai: str, application: pyotp.TOTP, post: Post
    ) -> None:
        paper = recovery_codes.make(provider.services, khai)
        ticket = ticket_of(provider, post)
        password_recovery.finish(provider.services, ticket, NEW, paper[0], device=None)

        with pytest.raises(CodeOver):
            password_recovery.finish(provider.services, ticket, NEW, paper[1], device=None)

        with provider.services.database.read() as connection:
            assert recovery_codes.left(connection, khai) == len(paper) - 1

    def test_a_wrong_code_leaves_the_way_open(
        self, provider: Provider, khai: str, application: pyotp.TOTP, post: Post
    ) -> None:
        paper = recovery_codes.make(provider.services, khai)
        ticket = ticket_of(provider, post)
        with pytest.raises(recovery_codes.WrongRecoveryCode):
            password_recovery.finish(provider.services, ticket, NEW, "aaaa-aaaa-aaaa", device=None)

        assert password_recovery.finish(provider.services, ticket, NEW, paper[0], device=None).account_id == khai

    def test_trying_codes_does_not_make_a_ticket_last(
        self, provider: Provider, khai: str, application: pyotp.TOTP, post: Post, clock: StoppedClock
    ) -> None:
        ticket = ticket_of(provider, post)
        clock.advance(password_recovery.LIFETIME - 1)
        with pytest.raises(Refusal):
            password_recovery.finish(provider.services, ticket, NEW, "000000", device=None)
        clock.advance(2)

        assert password_recovery.opened(provider.services, ticket) is None


class TestGuessingTheMessage:
    """Six digits and five tries a message: whoever begins again and again gets there, unless that is counted too."""

    def test_a_month_of_guessing_gets_nowhere(
        self, provider: Provider, khai: str, post: Post, clock: StoppedClock
    ) -> None:
        """The chance of each try is one in so many; together they stay under one in ten thousand (SP 800-63B-4 §3.2.2)."""
        names, chance = (PHONE, "84912345678@thu.example"), 0.0
        for _ in range(30):
            for name in names:
                for _ in range(CODES + 1):
                    post()
                    confirmation = password_recovery.begin(provider.services, name, address="203.0.113.7")
                    sent = [message for message in post() if "/freeze/" not in message.body]
                    length = len(code_in(sent)) if sent else 0
                    chance += sum(10.0**-length for _ in range(guessed(provider, confirmation)) if length)
            clock.advance(86400)

        assert chance < 1e-4

    def test_the_owner_gets_in_all_the_same(
        self, provider: Provider, khai: str, post: Post, clock: StoppedClock
    ) -> None:
        for _ in range(8):
            confirmation = password_recovery.begin(provider.services, PHONE, address="203.0.113.7")
            guessed(provider, confirmation)
            clock.advance(3600)

        ticket = ticket_of(provider, post)

        assert password_recovery.finish(provider.services, ticket, NEW, "", device=None).account_id == khai

    def test_the_owner_is_told_that_somebody_guesses(self, provider: Provider, khai: str, post: Post) -> None:
        post()
        for _ in range(3):
            guessed(provider, password_recovery.begin(provider.services, PHONE, address="203.0.113.7"))

        told = [message for message in post() if "/freeze/" in message.body]

        assert {message.subject for message in told} == {"Có người đang thử mã của bạn"}
        assert len(told) == 2

    def test_for_nobody_it_is_the_same(self, provider: Provider, khai: str) -> None:
        for name in (PHONE, "0987654321"):
            for _ in range(3):
                confirmation = password_recovery.begin(provider.services, name, address="203.0.113.7")
                assert guessed(provider, confirmation) == 5

    def test_both_names_of_an_account_share_what_it_is_sent(
        self, provider: Provider, khai: str, post: Post, clock: StoppedClock
    ) -> None:
        post()
        for name in (PHONE, "84912345678@thu.example", PHONE, "84912345678@thu.example"):
            password_recovery.begin(provider.services, name, address="203.0.113.7")

        assert len(post()) == CODES


def guessed(provider: Provider, confirmation: str) -> int:
    """Try codes until the confirmation is over; gives how many were looked at."""
    for tried in range(20):
        try:
            password_recovery.redeem(provider.services, confirmation, "999999999")
        except WrongCode:
            continue
        except CodeOver:
            return tried
    raise AssertionError("guessing never ends")


class TestWhatStaysAlive:
    def test_a_message_to_a_lost_mailbox_is_void_once_the_mailbox_is_replaced(
        self, provider: Provider, khai: str, post: Post
    ) -> None:
        """Who reads the old one has begun; at the counter the owner's new one takes its place."""
        ticket = ticket_of(provider, post)
        services = provider.services
        with services.database.write() as connection:
            accounts.change_contact(
                connection, services.sealer, khai, "email", "moi@thu.example", at=services.clock(), actor=OPERATOR
            )

        assert password_recovery.opened(services, ticket) is None
        with pytest.raises(CodeOver):
            password_recovery.finish(services, ticket, NEW, "", device=None)

    def test_a_ticket_from_before_a_recovery_at_the_counter_opens_nothing_after_it(
        self, provider: Provider, khai: str, application: pyotp.TOTP, post: Post, enrol: Enrol
    ) -> None:
        """Before, it asked for a code of the application too; that is gone now, and so is the ticket."""
        ticket = ticket_of(provider, post)
        recovered(provider, khai, enrol)

        assert password_recovery.opened(provider.services, ticket) is None

    def test_a_certificate_that_was_asked_for_before_is_not_issued_after(
        self, provider: Provider, office: Office, enrol: Enrol
    ) -> None:
        """The worker may come late: a thief's key must not get the owner's name once the account is recovered."""
        owner = office.account()
        certificates.request(provider.services, owner, request_for(new_key()), "browser")
        recovered(provider, owner, enrol)

        office.at_work()

        assert certificates.find(provider.services, account_id=owner) == []

    @pytest.mark.parametrize("stopped_by", ["freezing", "link"])
    def test_nor_once_the_owner_stopped_everything(self, provider: Provider, office: Office, stopped_by: str) -> None:
        services, owner = provider.services, office.account(phone="+84912345678")
        certificates.request(services, owner, request_for(new_key()), "browser")
        if stopped_by == "link":
            from idp.domain import freeze_link, freezing

            assert freezing.stop_everything(services, freeze_link.make(services.sealer, owner, at=services.clock()))
        else:
            account_stop.freeze_account(services, owner, actor=OPERATOR, reason="stolen")
            with services.database.write() as connection:
                accounts.thaw(connection, services.sealer, owner, at=services.clock(), actor=OPERATOR, reason="found")

        office.at_work()

        assert certificates.find(services, account_id=owner) == []

    def test_sessions_tokens_and_offline_access_end(
        self, provider: Provider, khai: str, post: Post, somebody: Somebody
    ) -> None:
        """Whoever was in is out everywhere, at a portal that may come back without the person too."""
        portal = provider.portal(first_party=False)
        thief = somebody().enters()
        thief.open("/authorize", **portal.request(scope="openid profile offline_access")).press("Đồng ý và tiếp tục")
        held = portal.redeem(thief.answer["code"]).json
        assert held

        password_recovery.finish(provider.services, ticket_of(provider, post), NEW, "", device=None)

        assert not thief.is_in
        assert portal.refresh(held["refresh_token"]).json["error"] == "invalid_grant"
        assert portal.introspect(held["access_token"]) == {"active": False}
        bearer = {"Authorization": f"Bearer {held['access_token']}"}
        assert provider.browser().get("/userinfo", headers=bearer).status_code == 401

    def test_an_old_password_that_is_being_checked_is_not_put_back(
        self, provider: Provider, khai: str, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its hash would be raised to today's cost in the very moment in which the owner sets another."""
        services = provider.services
        ticket, verify = ticket_of(provider, post), type(services.passwords).verify

        def slowly(self: object, kept: str | None, password: str) -> object:
            verdict = verify(services.passwords, kept, password)
            if password == PASSWORD:
                monkeypatch.setattr(type(services.passwords), "verify", verify)
                password_recovery.finish(services, ticket, NEW, "", device=None)
            return type(verdict)(verdict.matches, outdated=True)

        monkeypatch.setattr(type(services.passwords), "verify", slowly)
        thief = Person(provider)
        thief.enters(password=PASSWORD)

        assert not thief.is_in
        assert not Person(provider).enters(password=PASSWORD).is_in
        assert Person(provider).enters(password=NEW).is_in


class TestWaiting:
    def test_a_thief_with_one_channel_cannot_hurry_or_hide_a_recovery_by_proofing(
        self, provider: Provider, khai: str, application: pyotp.TOTP, post: Post, enrol: Enrol, clock: StoppedClock
    ) -> None:
        official = enrol("Cán bộ Một", phone="+84912000001", kind="official", agency="G02", roles=["clerk"])
        post()
        begun = account_recovery.begin(provider.services, khai, REPROOFING, official=official, actor=OPERATOR)

        assert {message.recipient.channel for message in post()} == {"phone", "email"}
        clock.advance(begun.effective_at - begun.created_at - 1)
        assert account_recovery.take_effect_where_due(provider.services) == 0

    def test_a_recovery_stopped_again_and_again_does_not_shut_the_owner_out(
        self, provider: Provider, khai: str, application: pyotp.TOTP, post: Post, enrol: Enrol, clock: StoppedClock
    ) -> None:
        """Who holds the owner's mailbox presses every link; at a counter, with two officials, nothing waits."""
        official = enrol("Cán bộ Không", phone="+84912000009", kind="official", agency="G02", roles=["clerk"])
        for _ in range(3):
            post()
            account_recovery.begin(provider.services, khai, REPROOFING, official=official, actor=OPERATOR)
            link = post()[0].body.rpartition("/freeze/")[2]
            Person(provider).open(f"/freeze/{link}").press("Dừng mọi việc")

        recovered(provider, khai, enrol)
        clock.advance(1)
        ticket = ticket_of(provider, post)

        assert password_recovery.finish(provider.services, ticket, NEW, "", device=None).account_id == khai
