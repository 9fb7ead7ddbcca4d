"""Signing in says and does the same whether the account is there or not; failures bring a challenge, never a refusal."""

import hashlib
import itertools
import json
from collections.abc import Callable

import pytest

from idp.domain import accounts, throttling
from idp.domain.authenticators import password as kept_passwords
from idp.domain.authenticators.password import Passwords
from idp.domain.known_devices import ACCOUNTS, Device, device_cookie, read_device
from idp.domain.proof_of_work import Challenge, ProofOfWork
from idp.domain.sign_in import AccountFrozen, Answer, ChallengeNeeded, NotSignedIn, SignedIn, SignIn
from idp.domain.throttling import Limits, Throttle
from idp.errors import TryAgainLater
from idp.store import accounts as store
from idp.store import opening, outbox
from idp.store.database import Database
from idp.store.direct import within
from idp.store.ephemeral import EphemeralStore
from idp.store.ephemeral.sql import SqlEphemeralStore
from keys.sealing import Sealer
from tests.idp.accounts.conftest import Act, Create, Mailbox, Trail, everything_kept
from tests.support.clock import StoppedClock
from tests.support.hashing import HashCounter

GOOD, WRONG = "mưa rơi trên mái ngói cũ", "nắng lên trên đồng lúa mới"
KHAI, NOBODY = "0912345678", "0999999999"
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"
COST = {"memory_kib": 8192, "time_cost": 1}


def solved(challenge: Challenge) -> Answer:
    """Do the browser's half of a proof of work."""
    for number in itertools.count():
        digest = hashlib.sha256(f"{challenge.nonce}:{number}".encode()).digest()
        if not int.from_bytes(digest) >> (256 - challenge.bits):
            return Answer(challenge.token, str(number))
    raise AssertionError


@pytest.fixture
def database(sqlite: Database) -> Database:
    """SQLite alone: what is kept where has its own suites on both; ``test_sign_up`` walks through both."""
    return sqlite


@pytest.fixture
def ephemeral(database: Database, clock: StoppedClock) -> EphemeralStore:
    """An ephemeral store that was born an hour ago."""
    made = SqlEphemeralStore(database, clock)
    made.born_at()
    clock.advance(3600)
    return made


Make = Callable[..., SignIn]


@pytest.fixture
def make(database: Database, ephemeral: EphemeralStore, sealer: Sealer, clock: StoppedClock) -> Make:
    """Make a sign-in with its own limits or cost."""

    def made(limits: Limits | None = None, *, channels: tuple[str, ...] = (), **cost: float) -> SignIn:
        passwords = Passwords(**{**COST, "slots": 2, "wait": 0.05, **cost})  # type: ignore[arg-type]
        throttle = Throttle(ephemeral, clock, limits or Limits())
        return SignIn(database, ephemeral, sealer, passwords, throttle, clock, frozenset(channels))  # type: ignore[arg-type]

    return made


@pytest.fixture
def sign_in(make: Make) -> SignIn:
    return make()


@pytest.fixture
def khai(create: Create, act: Act) -> str:
    """An account with a password, a phone and an e-mail address."""
    account_id = create(phone="+84912345678", email="khai@example.vn")
    act(accounts.change_password, account_id, Passwords(**COST, slots=1).hash(GOOD))
    return account_id


@pytest.fixture
def mailbox(mailbox: Mailbox, khai: str) -> Mailbox:
    """Everybody's messages, those of making the account put away."""
    mailbox.post()
    return mailbox


def fail(
    sign_in: SignIn, name: str = KHAI, times: int = 1, address: str = ELSEWHERE, device: str | None = None
) -> None:
    for _ in range(times):
        with pytest.raises(NotSignedIn):
            sign_in.with_password(name, WRONG, address=address, device=device)


def challenged(sign_in: SignIn, name: str = KHAI, address: str = ELSEWHERE, **more: object) -> ChallengeNeeded:
    with pytest.raises(ChallengeNeeded) as needed:
        sign_in.with_password(name, GOOD, address=address, **more)  # type: ignore[arg-type]
    return needed.value


class TestTheRightPassword:
    @pytest.mark.parametrize("typed", ["0912 345 678", "+84912345678", " Khai@Example.vn "])
    def test_signs_in_by_any_name(
        self, sign_in: SignIn, khai: str, database: Database, clock: StoppedClock, typed: str
    ) -> None:
        signed_in = sign_in.with_password(typed, GOOD, address=HOME)
        assert signed_in.account_id == khai
        usual = {"kind": "password", "amr": "pwd", "strength": 1, "at": int(clock())}
        with database.read() as connection:
            (kept,) = store.authenticators_of(connection, khai, "password")
        assert signed_in.factor == {**usual, "authenticator": kept.id}

    def test_costs_one_hash(self, sign_in: SignIn, khai: str) -> None:
        with HashCounter() as hashes:
            sign_in.with_password(KHAI, GOOD, address=HOME)
        assert len(hashes) == 1

    def test_is_hashed_at_todays_cost_from_then_on(
        self, make: Make, khai: str, database: Database, sealer: Sealer
    ) -> None:
        dearer = make(memory_kib=9216, time_cost=2)
        assert dearer.with_password(KHAI, GOOD, address=HOME).account_id == khai
        with database.read() as connection:
            kept = kept_passwords.kept(connection, sealer, khai)
        assert kept is not None
        assert "$m=9216,t=2,p=1$" in kept
        with HashCounter() as hashes:
            dearer.with_password(KHAI, GOOD, address=HOME)
        assert hashes.costs == [(9216, 2, 1)]

    def test_a_wrong_one_upgrades_nothing(self, make: Make, khai: str, database: Database, sealer: Sealer) -> None:
        fail(make(memory_kib=9216))
        with database.read() as connection:
            assert "$m=8192," in (kept_passwords.kept(connection, sealer, khai) or "")

    def test_notes_when_it_was_used(self, sign_in: SignIn, khai: str, database: Database, clock: StoppedClock) -> None:
        """With the session, in whose transaction it is looked at once more."""
        factor = sign_in.with_password(KHAI, GOOD, address=HOME).factor
        with database.write() as connection:
            assert opening.look(within(connection), khai, [factor["authenticator"]], factor["at"]).all_there
        with database.read() as connection:
            (row,) = store.authenticators_of(connection, khai)
        assert row.used_at == int(clock())


class TestEnumeration:
    """Nothing tells a name that is somebody's from one that is nobody's."""

    @pytest.mark.parametrize("typed", [NOBODY, "nobody@example.vn", "001099999999", "not a name", "", "x" * 5000])
    def test_nobody_gets_the_same_answer_for_the_same_one_hash(self, sign_in: SignIn, khai: str, typed: str) -> None:
        answers = []
        for name in (KHAI, typed):
            with HashCounter() as hashes, pytest.raises(NotSignedIn) as refused:
                sign_in.with_password(name, WRONG, address=ELSEWHERE)
            answers.append((str(refused.value), refused.value.field, refused.value.values, hashes.costs))
        assert answers[0] == answers[1]
        assert answers[0][-1] == [(8192, 1, 1)]

    def test_an_account_without_password_is_no_different(self, sign_in: SignIn, create: Create) -> None:
        create("Trần Văn An", phone="+84987654321")
        with HashCounter() as hashes:
            fail(sign_in, "0987654321")
        assert len(hashes) == 1

    def test_both_write_as_much(self, sign_in: SignIn, khai: str, database: Database, trail: Trail) -> None:
        before = len(trail.rows())
        fail(sign_in, KHAI)
        known = len(trail.rows()) - before
        fail(sign_in, NOBODY)
        assert (known, len(trail.rows()) - before - known) == (1, 1)

    def test_both_are_challenged_at_the_same_failure_in_the_same_words(self, sign_in: SignIn, khai: str) -> None:
        seen = []
        for name, address in ((KHAI, "192.0.2.1"), (NOBODY, "192.0.2.2")):
            fail(sign_in, name, times=5, address=address)
            with HashCounter() as hashes:
                needed = challenged(sign_in, name, address)
            seen.append((str(needed), needed.challenge.bits, len(needed.challenge.nonce), len(hashes)))
        assert seen[0] == seen[1]
        assert seen[0][-1] == 0

    def test_both_are_promised_a_code_with_the_same_kind_of_identifier(
        self, make: Make, khai: str, mailbox: Mailbox
    ) -> None:
        sign_in = make(channels=("phone",))
        known, unknown = sign_in.send_code(KHAI), sign_in.send_code(NOBODY)
        assert len(known) == len(unknown)
        assert [message.recipient.address for message in mailbox.post()] == ["+84912345678"]

    def test_asking_for_a_code_is_the_same_work(
        self, make: Make, khai: str, mailbox: Mailbox, database: Database
    ) -> None:
        sign_in, posted = make(channels=("phone",)), []
        for name in (KHAI, NOBODY):
            sign_in.send_code(name)
            with database.read() as connection:
                posted.append(outbox.backlog(connection).waiting)
        assert posted == [1, 2]
        assert len(mailbox.post()) == 1

    def test_a_closed_account_is_nobodys(self, sign_in: SignIn, khai: str, act: Act) -> None:
        act(accounts.close, khai, reason="asked_for_it")
        fail(sign_in)


class TestFrozenAccounts:
    def test_who_knows_the_password_learns_that_it_is_frozen(
        self, sign_in: SignIn, khai: str, act: Act, trail: Trail
    ) -> None:
        act(accounts.freeze, khai, reason="stolen_phone")
        with pytest.raises(AccountFrozen):
            sign_in.with_password(KHAI, GOOD, address=HOME)
        assert trail.rows()[-1].reason == "frozen"

    def test_who_does_not_learns_nothing(self, sign_in: SignIn, khai: str, act: Act) -> None:
        act(accounts.freeze, khai, reason="stolen_phone")
        fail(sign_in)


class TestChallenges:
    def test_after_five_failures_even_the_right_password_waits_for_a_challenge(
        self, sign_in: SignIn, khai: str, trail: Trail
    ) -> None:
        fail(sign_in, times=5)
        needed = challenged(sign_in)
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE, answer=solved(needed.challenge)).account_id == khai
        assert trail.actions().count("sign_in_throttled") == 1

    def test_four_failures_bring_none(self, sign_in: SignIn, khai: str) -> None:
        fail(sign_in, times=4)
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE).account_id == khai

    def test_a_page_that_refused_can_ask_for_it_along_with_the_rest(self, sign_in: SignIn, khai: str) -> None:
        device = sign_in.with_password(KHAI, GOOD, address=HOME).device
        assert sign_in.challenge(KHAI, address=ELSEWHERE) is None
        for name in (KHAI, NOBODY):
            fail(sign_in, name, times=5)
            asked = sign_in.challenge(name, address=ELSEWHERE)
            assert asked is not None
            assert asked.bits == 12
        assert sign_in.challenge(KHAI, address=HOME, device=device) is None
        asked = sign_in.challenge(KHAI, address=ELSEWHERE)
        assert asked is not None
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE, answer=solved(asked)).account_id == khai

    def test_successes_do_not_count(self, sign_in: SignIn, khai: str) -> None:
        for _ in range(10):
            sign_in.with_password(KHAI, GOOD, address=HOME)
        fail(sign_in)

    def test_it_grows_with_failures_and_stops_growing(self, make: Make, khai: str) -> None:
        sign_in, bits = make(Limits(first_bits=6, last_bits=9)), []
        fail(sign_in, times=5)
        for _ in range(10):
            needed = challenged(sign_in)
            bits.append(needed.challenge.bits)
            with pytest.raises(NotSignedIn):
                sign_in.with_password(KHAI, WRONG, address=ELSEWHERE, answer=solved(needed.challenge))
        assert bits == [6, 6, 7, 7, 8, 8, 9, 9, 9, 9]

    def test_it_is_forgotten_after_an_hour(self, sign_in: SignIn, khai: str, clock: StoppedClock) -> None:
        fail(sign_in, times=5)
        clock.advance(3601)
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE).account_id == khai

    def test_one_solution_serves_one_attempt(self, sign_in: SignIn, khai: str) -> None:
        fail(sign_in, times=5)
        answer = solved(challenged(sign_in).challenge)
        with pytest.raises(NotSignedIn):
            sign_in.with_password(KHAI, WRONG, address=ELSEWHERE, answer=answer)
        challenged(sign_in, answer=answer)

    def test_a_solution_for_another_account_is_none(self, sign_in: SignIn, khai: str) -> None:
        fail(sign_in, times=5)
        fail(sign_in, NOBODY, times=5)
        challenged(sign_in, answer=solved(challenged(sign_in, NOBODY).challenge))

    def test_a_late_solution_is_none(self, sign_in: SignIn, khai: str, clock: StoppedClock) -> None:
        fail(sign_in, times=5)
        answer = solved(challenged(sign_in).challenge)
        clock.advance(301)
        challenged(sign_in, answer=answer)

    def test_a_cheap_challenge_kept_for_later_is_none(self, sign_in: SignIn, khai: str) -> None:
        fail(sign_in, times=5)
        cheap = solved(challenged(sign_in).challenge)
        for _ in range(4):
            needed = challenged(sign_in)
            with pytest.raises(NotSignedIn):
                sign_in.with_password(KHAI, WRONG, address=ELSEWHERE, answer=solved(needed.challenge))
        challenged(sign_in, answer=cheap)

    @pytest.mark.parametrize(
        "forged",
        [
            Answer("", "1"),
            Answer("AAAA", "1"),
            Answer("ééé", "1"),
            Answer("A" * 100_000, "1"),
            Answer("=", "-1"),
            Answer(confirmation="x", code="123456"),
        ],
    )
    def test_what_is_no_answer_is_asked_again(self, sign_in: SignIn, khai: str, forged: Answer) -> None:
        fail(sign_in, times=5)
        challenged(sign_in, answer=forged)

    @pytest.mark.parametrize("number", ["", "-1", "1e3", "٣", " 7", "9" * 400])
    def test_a_number_is_digits(self, sign_in: SignIn, khai: str, number: str) -> None:
        fail(sign_in, times=5)
        challenged(sign_in, answer=Answer(challenged(sign_in).challenge.token, number))


class TestKnownDevices:
    def test_guessing_elsewhere_never_slows_the_owner(self, sign_in: SignIn, khai: str) -> None:
        device = sign_in.with_password(KHAI, GOOD, address=HOME).device
        fail(sign_in, times=5)
        challenged(sign_in)
        assert sign_in.with_password(KHAI, GOOD, address=HOME, device=device).account_id == khai

    def test_not_even_from_the_owners_own_address(self, sign_in: SignIn, khai: str) -> None:
        device = sign_in.with_password(KHAI, GOOD, address=HOME).device
        for number in range(20):
            fail(sign_in, f"09{number:08}", address=HOME)
        challenged(sign_in, NOBODY, HOME)
        assert sign_in.with_password(KHAI, GOOD, address=HOME, device=device).account_id == khai

    def test_its_own_failures_have_a_budget_of_their_own(self, sign_in: SignIn, khai: str) -> None:
        device = sign_in.with_password(KHAI, GOOD, address=HOME).device
        fail(sign_in, times=10, address=HOME, device=device)
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE).account_id == khai
        fail(sign_in, times=5, address=HOME, device=device)
        challenged(sign_in, address=HOME, device=device)

    def test_it_is_known_to_the_accounts_that_signed_in_with_it(
        self, sign_in: SignIn, khai: str, create: Create, act: Act
    ) -> None:
        an = create("Trần Văn An", phone="+84987654321")
        act(accounts.change_password, an, Passwords(**COST, slots=1).hash(GOOD))
        first = sign_in.with_password(KHAI, GOOD, address=HOME)
        again = sign_in.with_password(KHAI, GOOD, address=HOME, device=first.device)
        other = sign_in.with_password("0987654321", GOOD, address=HOME, device=again.device)
        assert (first.new_device, again.new_device, other.new_device) == (True, False, True)
        fail(sign_in, times=5)
        assert sign_in.with_password(KHAI, GOOD, address=HOME, device=other.device).account_id == khai

    def test_a_device_of_another_account_helps_nobody(
        self, sign_in: SignIn, khai: str, create: Create, act: Act
    ) -> None:
        an = create("Trần Văn An", phone="+84987654321")
        act(accounts.change_password, an, Passwords(**COST, slots=1).hash(GOOD))
        device = sign_in.with_password("0987654321", GOOD, address=ELSEWHERE).device
        fail(sign_in, times=5, device=device)
        challenged(sign_in, device=device)

    @pytest.mark.parametrize("cookie", [None, "", "AAAA", "é", "=" * 10, "A" * 10_000])
    def test_a_forged_cookie_is_a_new_device(self, sealer: Sealer, cookie: str | None) -> None:
        assert read_device(sealer, cookie).accounts == ()

    def test_a_cookie_says_nothing_to_who_reads_it(self, sealer: Sealer) -> None:
        cookie = device_cookie(sealer, Device("a-device", ("an-account",)))
        assert "account" not in cookie
        assert read_device(sealer, cookie) == Device("a-device", ("an-account",))
        assert read_device(Sealer({1: b"x" * 32}), cookie).accounts == ()

    def test_it_remembers_a_few_accounts(self) -> None:
        device = Device("a-device")
        for number in range(10):
            device = device.after(f"account-{number}")
        assert len(device.accounts) == ACCOUNTS
        assert device.accounts[0] == "account-9"


class TestAddresses:
    def test_one_address_where_many_accounts_fail_is_challenged(self, sign_in: SignIn, khai: str) -> None:
        for number in range(20):
            fail(sign_in, f"09{number:08}")
        challenged(sign_in)
        assert sign_in.with_password(KHAI, GOOD, address=HOME).account_id == khai

    def test_one_account_that_fails_often_is_one_account(self, sign_in: SignIn, khai: str) -> None:
        for _ in range(4):
            for number in range(19):
                fail(sign_in, f"09{number:08}")
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE).account_id == khai

    @pytest.mark.parametrize(
        ("text", "address", "network"),
        [
            ("203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
            ("::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
            ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
            ("", "unknown", "unknown"),
        ],
    )
    def test_what_counts_as_one(self, text: str, address: str, network: str) -> None:
        assert (throttling.address_of(text), throttling.network_of(text)) == (address, network)

    def test_a_network_that_fails_a_lot_is_an_alarm_and_no_refusal(
        self, make: Make, khai: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sign_in = make(Limits(network=3))
        for end in range(3):
            fail(sign_in, f"09{end:08}", address=f"198.51.100.{end}")
        assert "198.51.100.0/24" in capsys.readouterr().out
        assert sign_in.with_password(KHAI, GOOD, address="198.51.100.77").account_id == khai


class TestYoungEphemeralStore:
    """After its counts may have been lost, one failure weighs like the last allowed one, for a minute."""

    def young(self, database: Database, clock: StoppedClock, sealer: Sealer, limits: Limits) -> SignIn:
        ephemeral = SqlEphemeralStore(database, clock)
        ephemeral.forget("store", "born")
        ephemeral.born_at()
        passwords = Passwords(**COST, slots=1)
        return SignIn(database, ephemeral, sealer, passwords, Throttle(ephemeral, clock, limits), clock)

    def test_one_failure_is_enough(self, database: Database, clock: StoppedClock, sealer: Sealer, khai: str) -> None:
        sign_in = self.young(database, clock, sealer, Limits())
        assert sign_in.with_password(KHAI, GOOD, address=HOME).account_id == khai
        fail(sign_in)
        challenged(sign_in)

    def test_a_minute_later_five_are(self, database: Database, clock: StoppedClock, sealer: Sealer, khai: str) -> None:
        sign_in = self.young(database, clock, sealer, Limits())
        clock.advance(60)
        fail(sign_in, times=4)
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE).account_id == khai

    def test_the_demo_is_relaxed(self, database: Database, clock: StoppedClock, sealer: Sealer, khai: str) -> None:
        sign_in = self.young(database, clock, sealer, throttling.DEMO)
        fail(sign_in, times=20)
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE).account_id == khai


class TestWithoutScript:
    def test_a_code_sent_to_the_owner_answers_a_challenge(self, make: Make, khai: str, mailbox: Mailbox) -> None:
        sign_in = make(channels=("email",))
        fail(sign_in, times=5)
        confirmation = sign_in.send_code(KHAI)
        (message,) = mailbox.post()
        assert message.recipient.address == "khai@example.vn"
        code = next(word for word in message.body.replace(",", " ").split() if word.isdigit() and len(word) == 6)
        answer = Answer(confirmation=confirmation, code=code)
        assert sign_in.with_password(KHAI, GOOD, address=ELSEWHERE, answer=answer).account_id == khai
        assert challenged(sign_in, answer=answer).field == "code"

    def test_a_wrong_code_is_said_and_a_new_challenge_given(self, make: Make, khai: str) -> None:
        sign_in = make(channels=("email",))
        fail(sign_in, times=5)
        needed = challenged(sign_in, answer=Answer(confirmation=sign_in.send_code(KHAI), code="no code"))
        assert needed.field == "code"
        assert "not the code" in str(needed)

    def test_a_code_for_one_account_opens_no_other(self, make: Make, khai: str, mailbox: Mailbox) -> None:
        sign_in = make(channels=("email",))
        fail(sign_in, NOBODY, times=5)
        confirmation = sign_in.send_code(KHAI)
        code = next(word for word in mailbox.post()[0].body.replace(",", " ").split() if word.isdigit())
        challenged(sign_in, NOBODY, answer=Answer(confirmation=confirmation, code=code))

    def test_nobody_is_flooded_with_codes(self, make: Make, khai: str, mailbox: Mailbox, clock: StoppedClock) -> None:
        sign_in = make(channels=("email",))
        for _ in range(10):
            sign_in.send_code(KHAI)
        assert len(mailbox.post()) == 3
        clock.advance(3601)
        sign_in.send_code(KHAI)
        assert len(mailbox.post()) == 1

    def test_without_a_sender_no_code_is_offered(self, make: Make, khai: str, mailbox: Mailbox) -> None:
        sign_in = make()
        assert not sign_in.sends_codes
        sign_in.send_code(KHAI)
        assert mailbox.post() == []


class TestRecords:
    def test_a_refusal_is_in_the_owners_log_and_names_nobody(
        self, sign_in: SignIn, khai: str, trail: Trail, database: Database
    ) -> None:
        fail(sign_in)
        fail(sign_in, NOBODY)
        owners, nobodys = trail.rows()[-2:]
        assert (owners.action, owners.account_id, owners.outcome) == ("sign_in_refused", khai, "refused")
        assert (nobodys.account_id, nobodys.object_id) == (None, "")
        with database.read() as connection:
            kept = everything_kept(connection)
        assert not [secret for secret in (GOOD, WRONG, "912345678", "999999999", "khai@") if secret in kept]

    def test_a_refused_challenge_is_not_recorded_again_and_again(
        self, sign_in: SignIn, khai: str, trail: Trail
    ) -> None:
        fail(sign_in, times=5)
        before = len(trail.rows())
        for _ in range(5):
            challenged(sign_in)
        assert len(trail.rows()) == before

    def test_too_many_at_once_count_as_nothing(
        self, make: Make, khai: str, trail: Trail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in, before = make(Limits(account=1)), len(trail.rows())

        def busy(*_: object) -> None:
            raise TryAgainLater("busy")

        monkeypatch.setattr(Passwords, "verify", busy)
        with pytest.raises(TryAgainLater):
            sign_in.with_password(KHAI, WRONG, address=ELSEWHERE)
        monkeypatch.undo()
        assert len(trail.rows()) == before
        assert isinstance(sign_in.with_password(KHAI, GOOD, address=ELSEWHERE), SignedIn)

    def test_nothing_of_a_challenge_is_kept_until_it_is_solved(
        self, ephemeral: EphemeralStore, sealer: Sealer, clock: StoppedClock, database: Database
    ) -> None:
        with database.read() as connection:
            before = everything_kept(connection)
        challenge = ProofOfWork(ephemeral, sealer, clock).issue("a name's fingerprint", 12)
        with database.read() as connection:
            assert everything_kept(connection) == before
        assert "fingerprint" not in json.dumps(challenge.__dict__)
