"""Signing up makes a whole account or nothing, and says to nobody on the page who has an account already."""

import re
from collections.abc import Callable
from typing import Any, get_args

import pytest
from sqlalchemy import select

from idp.domain import accounts, confirmation, sign_up
from idp.domain.authenticators.password import Passwords
from idp.domain.authenticators.password_rules import UnfitPassword
from idp.domain.confirmation import CodeOver, Confirmations, WrongCode
from idp.domain.messages import Channel
from idp.domain.profile import load_profile
from idp.domain.sign_in import ChallengeNeeded, NotSignedIn, SignIn
from idp.domain.sign_up import Application, SignUp, masked
from idp.domain.throttling import Limits, Throttle
from idp.errors import Refusal
from idp.store import accounts as store
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from idp.store.ephemeral.sql import SqlEphemeralStore
from keys.sealing import Sealer
from tests.idp.accounts.conftest import Create, Mailbox, Trail, everything_kept
from tests.idp.accounts.test_sign_in import solved
from tests.support.clock import StoppedClock
from tests.support.hashing import HashCounter

PASSWORD = "mưa rơi trên mái ngói cũ"
PHONE, MAIL = "0912 345 678", "Duong@Example.vn"
HERE = "203.0.113.7"
DUONG = Application("Lê  Thùy Dương", PHONE, PASSWORD)


@pytest.fixture
def ephemeral(database: Database, clock: StoppedClock) -> EphemeralStore:
    return SqlEphemeralStore(database, clock)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(memory_kib=8192, time_cost=1, slots=2)


@pytest.fixture
def signing_up(
    database: Database, ephemeral: EphemeralStore, sealer: Sealer, passwords: Passwords, clock: StoppedClock
) -> SignUp:
    return SignUp(database, ephemeral, sealer, passwords, clock, frozenset(get_args(Channel)), from_address=3)


@pytest.fixture
def begin(signing_up: SignUp) -> Callable[..., sign_up.Waiting]:
    """Begin a sign-up with some members of the application changed."""

    def begun(**changed: str) -> sign_up.Waiting:
        application = Application(**{**DUONG.__dict__, **changed})
        return signing_up.begin(application, address=HERE)

    return begun


def code_in(mailbox: Mailbox) -> str:
    """Give the code of the newest message."""
    found = re.search(r"\b\d{6}\b", mailbox.post()[-1].body)
    assert found is not None
    return found[0]


def accounts_in(database: Database) -> int:
    with database.read() as connection:
        return len(connection.execute(select(store.accounts)).all())


Begin = Callable[..., sign_up.Waiting]


class TestTheWholeWay:
    @pytest.mark.parametrize(
        ("typed", "channel", "address"), [(PHONE, "phone", "+84912345678"), (MAIL, "email", "duong@example.vn")]
    )
    def test_from_the_form_to_the_next_sign_in(
        self,
        begin: Begin,
        signing_up: SignUp,
        mailbox: Mailbox,
        database: Database,
        ephemeral: EphemeralStore,
        sealer: Sealer,
        passwords: Passwords,
        clock: StoppedClock,
        typed: str,
        channel: str,
        address: str,
    ) -> None:
        waiting = begin(contact=typed, personal_number="001 301 054 321")
        assert (waiting.channel, waiting.contact, waiting.minutes) == (channel, masked(address), 10)
        signed_in = signing_up.confirm(waiting.id, code_in(mailbox))
        assert signed_in.factor == {"kind": "password", "amr": "pwd", "strength": 1, "at": int(clock())}
        with database.read() as connection:
            profile = load_profile(connection, sealer, signed_in.account_id)
        assert profile is not None
        assert (profile.name, profile.identity_level, profile.kind) == ("Lê Thùy Dương", 1, "citizen")
        assert address in (profile.phone_number, profile.email)
        assert profile.personal_number is None
        sign_in = SignIn(database, ephemeral, sealer, passwords, Throttle(ephemeral, clock, Limits()), clock)
        again = sign_in.with_password(typed, PASSWORD, address=HERE, device=signed_in.device)
        assert (again.account_id, again.new_device) == (signed_in.account_id, False)

    def test_it_is_recorded_without_a_name(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, trail: Trail
    ) -> None:
        account_id = signing_up.confirm(begin().id, code_in(mailbox)).account_id
        assert trail.acts() == [("account_added", account_id, "done"), ("signed_up", account_id, "done")]

    def test_a_claimed_number_is_kept_as_a_claim(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, database: Database
    ) -> None:
        account_id = signing_up.confirm(begin(personal_number="001301054321").id, code_in(mailbox)).account_id
        with database.read() as connection:
            row = store.find(connection, account_id)
        assert row is not None
        assert row.personal_number_claim
        assert row.personal_number_proofed is None

    def test_the_message_is_in_the_readers_language(self, begin: Begin, mailbox: Mailbox) -> None:
        begin(locale="en")
        begin(locale="klingon", contact=MAIL)
        assert [subject for _, subject in mailbox.subjects()] == ["Your confirmation code", "Mã xác nhận của bạn"]


class TestEnumeration:
    """Nothing on the page tells a phone or address that is known from one that is not."""

    def test_the_answer_and_the_work_are_alike(self, begin: Begin, create: Create, mailbox: Mailbox) -> None:
        create(phone="+84912345678")
        seen = []
        for contact in (PHONE, "0912 345 677"):
            with HashCounter() as hashes:
                waiting = begin(contact=contact)
            seen.append((waiting.channel, waiting.contact[:-1], waiting.minutes, len(waiting.id), hashes.costs))
        assert seen[0] == seen[1]
        assert len(seen[0][-1]) == 1

    def test_what_differs_goes_to_the_phone(self, begin: Begin, create: Create, mailbox: Mailbox) -> None:
        create(phone="+84912345678")
        begin()
        (message,) = mailbox.post()
        assert message.subject == "Bạn đã có tài khoản"
        assert not re.search(r"\d{6}", message.body)

    def test_codes_are_refused_alike(self, begin: Begin, signing_up: SignUp, create: Create) -> None:
        create(phone="+84912345678")
        seen = []
        for contact in (PHONE, "0912345677"):
            waiting, refusals = begin(contact=contact), []
            for _ in range(7):
                with pytest.raises((WrongCode, CodeOver)) as refused:
                    signing_up.confirm(waiting.id, "no code")
                refusals.append((type(refused.value), str(refused.value)))
            seen.append(refusals)
        assert seen[0] == seen[1]
        assert [kind for kind, _ in seen[0]] == [WrongCode] * 5 + [CodeOver] * 2

    def test_for_a_known_contact_no_code_is_right(
        self, begin: Begin, signing_up: SignUp, create: Create, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(confirmation.secrets, "randbelow", lambda _: 271828)
        create(phone="+84912345678")
        waiting = begin()
        with pytest.raises(WrongCode):
            signing_up.confirm(waiting.id, "271828")
        signing_up.send_again(waiting.id)
        with pytest.raises(WrongCode):
            signing_up.confirm(waiting.id, "271828")

    def test_asking_again_is_alike(self, begin: Begin, signing_up: SignUp, create: Create, mailbox: Mailbox) -> None:
        create(phone="+84912345678")
        for contact, subject in ((PHONE, "Bạn đã có tài khoản"), ("0912345677", "Mã xác nhận của bạn")):
            signing_up.send_again(begin(contact=contact).id)
            assert [message.subject for message in mailbox.post()] == [subject, subject]

    def test_a_claimed_number_is_looked_up_nowhere(self, begin: Begin, create: Create) -> None:
        create(phone=None, identity_level=2, personal_number="001185012345")
        assert begin(personal_number="001185012345").id

    def test_who_lost_the_race_is_told_nothing_but_to_begin_again(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, create: Create, database: Database
    ) -> None:
        waiting = begin()
        code = code_in(mailbox)
        create(phone="+84912345678")
        with pytest.raises(CodeOver):
            signing_up.confirm(waiting.id, code)
        assert accounts_in(database) == 1


class TestCodes:
    def test_one_code_makes_one_account(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, database: Database
    ) -> None:
        waiting, code = begin(), code_in(mailbox)
        signing_up.confirm(waiting.id, code)
        with pytest.raises(CodeOver):
            signing_up.confirm(waiting.id, code)
        assert accounts_in(database) == 1

    def test_spaces_in_a_code_do_no_harm(self, begin: Begin, signing_up: SignUp, mailbox: Mailbox) -> None:
        waiting, code = begin(), code_in(mailbox)
        assert signing_up.confirm(waiting.id, f" {code[:3]} {code[3:]} ")

    def test_it_is_good_for_ten_minutes(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, clock: StoppedClock, database: Database
    ) -> None:
        waiting, code = begin(), code_in(mailbox)
        clock.advance(601)
        assert signing_up.waiting(waiting.id) is None
        with pytest.raises(CodeOver):
            signing_up.confirm(waiting.id, code)
        with pytest.raises(CodeOver):
            signing_up.send_again(waiting.id)
        assert accounts_in(database) == 0

    def test_the_right_code_after_five_wrong_ones_is_too_late(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox
    ) -> None:
        waiting, code = begin(), code_in(mailbox)
        for _ in range(5):
            with pytest.raises(WrongCode):
                signing_up.confirm(waiting.id, "000000" if code != "000000" else "000001")
        with pytest.raises(CodeOver):
            signing_up.confirm(waiting.id, code)

    def test_a_new_code_voids_the_old_one_and_gives_no_new_tries(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox
    ) -> None:
        waiting, old = begin(), code_in(mailbox)
        for _ in range(3):
            with pytest.raises(WrongCode):
                signing_up.confirm(waiting.id, "no code")
        signing_up.send_again(waiting.id)
        new = code_in(mailbox)
        with pytest.raises(WrongCode):
            signing_up.confirm(waiting.id, old if old != new else "no code")
        assert signing_up.confirm(waiting.id, new)

    def test_a_code_of_one_purpose_is_good_for_no_other(
        self, begin: Begin, ephemeral: EphemeralStore, sealer: Sealer, mailbox: Mailbox
    ) -> None:
        waiting, code = begin(), code_in(mailbox)
        with pytest.raises(CodeOver):
            Confirmations(ephemeral, sealer).redeem("sign_in", waiting.id, code)

    @pytest.mark.parametrize("forged", ["", "x", "é" * 1000, "\ud800"])
    def test_a_confirmation_that_never_was_is_over(self, signing_up: SignUp, forged: str) -> None:
        with pytest.raises(CodeOver):
            signing_up.confirm(forged, "123456")
        with pytest.raises(CodeOver):
            signing_up.send_again(forged)

    def test_of_two_who_give_the_code_at_once_one_makes_the_account(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, ephemeral: EphemeralStore, database: Database
    ) -> None:
        waiting, code = begin(), code_in(mailbox)
        take_really = ephemeral.take

        def take_late(kind: str, key: str) -> dict[str, Any] | None:
            take_really(kind, key)
            return take_really(kind, key)

        ephemeral.take = take_late  # type: ignore[method-assign]
        with pytest.raises(CodeOver):
            signing_up.confirm(waiting.id, code)
        assert accounts_in(database) == 0


class TestNothingHalfSaved:
    def test_until_the_code_is_given_there_is_no_account_and_nothing_readable(
        self, begin: Begin, database: Database, mailbox: Mailbox
    ) -> None:
        begin(personal_number="001301054321")
        with database.read() as connection:
            kept = everything_kept(connection)
        assert accounts_in(database) == 0
        code = code_in(mailbox)
        assert not [secret for secret in (code, "Dương", "912345678", "001301054321", PASSWORD) if secret in kept]

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": "  "}, "name"),
            ({"contact": "nobody"}, "contact"),
            ({"contact": ""}, "contact"),
            ({"contact": "001301054321"}, "contact"),
            ({"personal_number": "123"}, "personal_number"),
            ({"password": "ngắn"}, "password"),
            ({"password": "Lê Thùy Dương 2001"}, "password"),
        ],
    )
    def test_a_mistake_names_its_field_and_sends_nothing(
        self, begin: Begin, mailbox: Mailbox, changed: dict[str, str], field: str
    ) -> None:
        with pytest.raises(Refusal) as refused:
            begin(**changed)
        assert refused.value.field == field
        assert mailbox.post() == []

    def test_the_passwords_minimum_is_the_settings(self, signing_up: SignUp) -> None:
        with pytest.raises(UnfitPassword):
            signing_up.begin(Application("Dương", PHONE, "quả mít rơi vỡ"), address=HERE)

    def test_a_channel_without_sender_is_said(
        self, database: Database, ephemeral: EphemeralStore, sealer: Sealer, passwords: Passwords, clock: StoppedClock
    ) -> None:
        by_mail = SignUp(database, ephemeral, sealer, passwords, clock, frozenset({"email"}))
        with pytest.raises(Refusal, match="text messages"):
            by_mail.begin(DUONG, address=HERE)


class TestLimits:
    def test_nobodys_phone_is_flooded(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, clock: StoppedClock
    ) -> None:
        waiting = begin()
        for _ in range(10):
            signing_up.send_again(waiting.id)
        assert len(mailbox.post()) == 5
        clock.advance(3601)
        begin()
        assert len(mailbox.post()) == 1

    def test_a_code_that_was_not_sent_is_good_for_nothing(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(confirmation.secrets, "randbelow", lambda _: 271828)
        waiting = begin()
        for _ in range(5):
            signing_up.send_again(waiting.id)
        assert len(mailbox.post()) == 5
        with pytest.raises(WrongCode):
            signing_up.confirm(waiting.id, "271828")

    def test_many_from_one_address_cost_its_browser_a_sum_and_are_never_refused(
        self, begin: Begin, signing_up: SignUp, mailbox: Mailbox
    ) -> None:
        for end in range(3):
            begin(contact=f"091200000{end}")
        with pytest.raises(ChallengeNeeded) as needed:
            begin(contact="0912000009")
        assert len(mailbox.post()) == 3
        answer = solved(needed.value.challenge)
        assert signing_up.begin(DUONG, address=HERE, answer=answer)
        with pytest.raises(ChallengeNeeded):
            signing_up.begin(DUONG, address=HERE, answer=answer)
        assert signing_up.begin(DUONG, address="198.51.100.1")


@pytest.mark.parametrize(
    ("contact", "shown"), [("+84912345678", "••••••678"), ("duong@example.vn", "d•••••@example.vn"), ("@", "•••••@")]
)
def test_a_contact_is_shown_as_its_owner_recognises_it(contact: str, shown: str) -> None:
    assert masked(contact) == shown


def test_who_signs_up_with_a_wrong_password_next_time_is_refused(
    begin: Begin,
    signing_up: SignUp,
    mailbox: Mailbox,
    database: Database,
    ephemeral: EphemeralStore,
    sealer: Sealer,
    passwords: Passwords,
    clock: StoppedClock,
) -> None:
    signing_up.confirm(begin().id, code_in(mailbox))
    sign_in = SignIn(database, ephemeral, sealer, passwords, Throttle(ephemeral, clock, Limits()), clock)
    with pytest.raises(NotSignedIn):
        sign_in.with_password(PHONE, PASSWORD + "!", address=HERE)


def test_the_audit_of_a_refused_race_leaves_no_account_behind(
    begin: Begin, signing_up: SignUp, mailbox: Mailbox, create: Create, trail: Trail, act: Callable[..., None]
) -> None:
    waiting, code = begin(), code_in(mailbox)
    other = create("Trần Văn An", phone="+84987654321")
    act(accounts.change_contact, other, "phone", "+84912345678")
    with pytest.raises(CodeOver):
        signing_up.confirm(waiting.id, code)
    assert trail.actions() == ["account_added", "contact_confirmed"]
