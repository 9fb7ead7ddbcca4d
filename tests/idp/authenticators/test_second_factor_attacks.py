"""Attacks on codes: guessing, replay, at the same moment, by another's code; and that the owner is never locked out."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from idp.domain.authenticators import recovery_codes, second_factor_delay, second_factor_release, totp
from idp.domain.authenticators.recovery_codes import WrongRecoveryCode
from idp.domain.authenticators.second_factor_delay import FREE, LAST, TooSoon
from idp.domain.authenticators.totp import WrongOneTimeCode
from idp.domain.messages import Outgoing
from idp.domain.sign_in import SignedIn
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from tests.idp.accounts.conftest import Trail, everything_kept
from tests.idp.authenticators.conftest import Person, code_of
from tests.support.clock import StoppedClock

Post = Callable[[], list[Outgoing]]
OTHER_SEED = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"


def guess(services: Services, account_id: str, times: int = 1, **where: str) -> None:
    for _ in range(times):
        with pytest.raises(WrongOneTimeCode):
            totp.prove(services, account_id, "000000", device=where.get("device"), sid=where.get("sid", ""))


def show(services: Services, account_id: str, code: str, **where: str) -> SignedIn:
    return totp.prove(services, account_id, code, device=where.get("device"), sid=where.get("sid", ""))


def sent_code(message: Outgoing) -> str:
    """The six digits of a message."""
    return re.findall(r"\b\d{6}\b", message.body)[0]


class TestGuessing:
    def test_after_five_wrong_codes_even_the_right_one_is_not_looked_at(
        self, services: Services, khai: str, clock: StoppedClock
    ) -> None:
        guess(services, khai, FREE + 1)

        with pytest.raises(TooSoon) as waits:
            show(services, khai, code_of(clock))
        assert waits.value.seconds == 30

    def test_a_day_of_guessing_leaves_a_few_dozen_tries(
        self, services: Services, khai: str, clock: StoppedClock
    ) -> None:
        looked_at = 0
        for _ in range(24 * 60):
            try:
                show(services, khai, "000000")
            except WrongOneTimeCode:
                looked_at += 1
            except TooSoon:
                pass
            clock.advance(60)

        assert looked_at < 40

    def test_each_wait_is_twice_the_one_before_up_to_an_hour(
        self, services: Services, khai: str, clock: StoppedClock
    ) -> None:
        guess(services, khai, FREE)
        waits = []
        for _ in range(9):
            guess(services, khai)
            with pytest.raises(TooSoon) as waiting:
                show(services, khai, "000000")
            waits.append(waiting.value.seconds)
            clock.advance(waits[-1])

        assert waits == [30, 60, 120, 240, 480, 960, 1920, LAST, LAST]

    def test_asking_too_soon_makes_nobody_wait_longer(self, services: Services, khai: str, clock: StoppedClock) -> None:
        guess(services, khai, FREE + 1)
        for _ in range(50):
            with pytest.raises(TooSoon):
                show(services, khai, "000000")

        clock.advance(30)

        assert show(services, khai, code_of(clock)).account_id == khai

    def test_new_browsers_have_no_new_tries(self, services: Services, khai: str, clock: StoppedClock) -> None:
        from idp.domain.sign_in import proved

        for _ in range(FREE + 1):
            fresh = proved(services, khai, "password", None).device
            guess(services, khai, device=fresh)

        with pytest.raises(TooSoon):
            show(services, khai, code_of(clock), device=proved(services, khai, "password", None).device)

    def test_many_at_the_same_moment_have_no_more_tries(self, services: Services, khai: str) -> None:
        def one(_: int) -> bool:
            try:
                show(services, khai, "000000")
            except WrongOneTimeCode:
                return True
            except TooSoon:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            looked_at = sum(pool.map(one, range(24)))

        assert looked_at == FREE + 1

    def test_the_owner_is_told_once_that_somebody_knows_the_password(
        self, services: Services, khai: str, post: Post
    ) -> None:
        post()
        guess(services, khai, FREE + 1)

        told = post()
        assert {message.subject for message in told} == {"Có người đang thử mã của bạn"}
        assert len(told) == 2
        assert all("/freeze/" in message.body for message in told)

    def test_each_failure_is_in_the_trail(self, services: Services, khai: str) -> None:
        guess(services, khai, 2)

        assert Trail(services.database).acts().count(("step_up_refused", khai, "refused")) == 2

    def test_a_young_store_is_strict(self, services: Services, khai: str, clock: StoppedClock) -> None:
        services.ephemeral.forget("store", "born")
        guess(services, khai, 2)

        with pytest.raises(TooSoon):
            show(services, khai, code_of(clock))

    def test_codes_on_paper_are_guessed_no_faster(self, services: Services, khai: str) -> None:
        recovery_codes.make(services, khai)
        for number in range(FREE + 1):
            with pytest.raises(WrongRecoveryCode):
                recovery_codes.prove(services, khai, f"2222-2222-222{number + 2}", device=None)

        with pytest.raises(TooSoon):
            recovery_codes.prove(services, khai, "2222-2222-2222", device=None)


class TestTheOwnerIsNeverLockedOut:
    def test_where_a_second_factor_was_shown_before_guessing_elsewhere_slows_nobody(
        self, services: Services, khai: str, clock: StoppedClock
    ) -> None:
        own = show(services, khai, code_of(clock)).device
        clock.advance(60)
        guess(services, khai, FREE + 1)

        assert show(services, khai, code_of(clock), device=own).account_id == khai

    def test_a_device_of_another_account_helps_nobody(
        self, services: Services, khai: str, person: Person, clock: StoppedClock
    ) -> None:
        thief = person("+84987654321", OTHER_SEED)
        theirs = show(services, thief, code_of(clock, OTHER_SEED)).device
        guess(services, khai, FREE + 1, device=theirs)

        with pytest.raises(TooSoon):
            show(services, khai, code_of(clock), device=theirs)

    def test_a_message_gives_this_session_tries_of_its_own(
        self, services: Services, khai: str, clock: StoppedClock, post: Post
    ) -> None:
        guess(services, khai, FREE + 1)
        post()
        confirmation = second_factor_release.send(services, khai)
        (message,) = post()

        second_factor_release.redeem(services, khai, "here", confirmation, sent_code(message))

        with pytest.raises(TooSoon):
            show(services, khai, code_of(clock), sid="elsewhere")
        assert show(services, khai, code_of(clock), sid="here").account_id == khai

    def test_those_tries_are_few_too(self, services: Services, khai: str, clock: StoppedClock, post: Post) -> None:
        post()
        confirmation = second_factor_release.send(services, khai)
        (message,) = post()
        second_factor_release.redeem(services, khai, "here", confirmation, sent_code(message))
        guess(services, khai, FREE + 1, sid="here")

        with pytest.raises(TooSoon):
            show(services, khai, code_of(clock), sid="here")

    def test_three_messages_a_day_and_none_for_another_account(
        self, services: Services, khai: str, person: Person, post: Post
    ) -> None:
        thief = person("+84987654321", OTHER_SEED)
        post()
        confirmation = second_factor_release.send(services, thief)
        (message,) = post()
        with pytest.raises(Refusal):
            second_factor_release.redeem(services, khai, "here", confirmation, sent_code(message))
        for _ in range(3):
            second_factor_release.send(services, khai)

        with pytest.raises(Refusal, match="No more codes"):
            second_factor_release.send(services, khai)

    def test_the_first_right_code_forgets_the_wrong_ones(
        self, services: Services, khai: str, clock: StoppedClock
    ) -> None:
        guess(services, khai, FREE - 1)
        show(services, khai, code_of(clock))

        guess(services, khai, FREE)
        clock.advance(60)
        assert show(services, khai, code_of(clock)).account_id == khai


class TestReplay:
    def test_a_code_that_somebody_looked_at_is_worth_nothing(
        self, services: Services, khai: str, clock: StoppedClock
    ) -> None:
        seen = code_of(clock)
        show(services, khai, seen)

        with pytest.raises(WrongOneTimeCode):
            show(services, khai, seen)

    def test_nor_is_an_older_one_that_was_never_used(self, services: Services, khai: str, clock: StoppedClock) -> None:
        older = code_of(clock, steps=-1)
        show(services, khai, code_of(clock))

        with pytest.raises(WrongOneTimeCode):
            show(services, khai, older)

    def test_of_many_uses_at_the_same_moment_one_counts(
        self, services: Services, khai: str, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(second_factor_delay, "FREE", 100)
        code = code_of(clock)

        def one(_: int) -> bool:
            try:
                show(services, khai, code)
            except WrongOneTimeCode:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(one, range(8))) == 1

    def test_of_many_uses_of_one_code_on_paper_one_counts(
        self, services: Services, khai: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(second_factor_delay, "FREE", 100)
        code = recovery_codes.make(services, khai)[0]

        def one(_: int) -> bool:
            try:
                recovery_codes.prove(services, khai, code, device=None)
            except WrongRecoveryCode:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(one, range(8))) == 1
        with services.database.read() as connection:
            assert recovery_codes.left(connection, khai) == recovery_codes.NUMBER - 1

    def test_two_applications_are_advanced_each_by_itself(
        self, services: Services, khai: str, clock: StoppedClock
    ) -> None:
        with services.database.write() as connection:
            totp.keep(connection, services, khai, OTHER_SEED)
        show(services, khai, code_of(clock))

        assert show(services, khai, code_of(clock, OTHER_SEED)).account_id == khai


class TestAnothersCodes:
    def test_a_code_of_another_account_opens_nothing(
        self, services: Services, khai: str, person: Person, clock: StoppedClock
    ) -> None:
        person("+84987654321", OTHER_SEED)

        with pytest.raises(WrongOneTimeCode):
            show(services, khai, code_of(clock, OTHER_SEED))

    def test_a_recovery_code_of_another_account_opens_nothing_and_stays_good(
        self, services: Services, khai: str, person: Person
    ) -> None:
        thief = person("+84987654321", OTHER_SEED)
        theirs = recovery_codes.make(services, thief)

        with pytest.raises(WrongRecoveryCode):
            recovery_codes.prove(services, khai, theirs[0], device=None)
        assert recovery_codes.prove(services, thief, theirs[0], device=None).account_id == thief

    def test_a_sealed_seed_put_into_another_account_opens_nothing(
        self, services: Services, khai: str, person: Person, clock: StoppedClock
    ) -> None:
        """Who can write to the database alone cannot make a code of their own good for somebody else."""
        from keys.sealing import SealBroken

        thief = person("+84987654321", OTHER_SEED)
        with services.database.write() as connection:
            (theirs,) = store.authenticators_of(connection, thief, "totp")
            (own,) = store.authenticators_of(connection, khai, "totp")
            store.change_authenticator(connection, own.id, secret=theirs.secret)

        with pytest.raises(SealBroken):
            show(services, khai, code_of(clock, OTHER_SEED))


class TestRecoveryCodes:
    def test_ten_that_differ_and_are_read_however_they_are_typed(self, services: Services, khai: str) -> None:
        made = recovery_codes.make(services, khai)
        assert len(set(made)) == recovery_codes.NUMBER

        for number, typed in zip(count(), (made[0].upper(), made[1].replace("-", ""), f" {made[2]} "), strict=False):
            recovery_codes.prove(services, khai, typed, device=None)
            with services.database.read() as connection:
                assert recovery_codes.left(connection, khai) == recovery_codes.NUMBER - 1 - number

    def test_they_are_nowhere_readable(self, services: Services, khai: str) -> None:
        made = recovery_codes.make(services, khai)

        with services.database.read() as connection:
            kept = everything_kept(connection)
        assert not any(code in kept or code.replace("-", "") in kept for code in made)

    def test_new_ones_void_the_old(self, services: Services, khai: str) -> None:
        old = recovery_codes.make(services, khai)
        recovery_codes.make(services, khai)

        with pytest.raises(WrongRecoveryCode):
            recovery_codes.prove(services, khai, old[0], device=None)

    def test_using_one_is_told_with_how_many_are_left(self, services: Services, khai: str, post: Post) -> None:
        made = recovery_codes.make(services, khai)
        post()

        recovery_codes.prove(services, khai, made[0], device=None)

        assert all("còn lại 9 mã" in message.body for message in post())

    def test_one_makes_no_device_trusted(self, services: Services, khai: str, clock: StoppedClock) -> None:
        made = recovery_codes.make(services, khai)
        device = recovery_codes.prove(services, khai, made[0], device=None).device
        guess(services, khai, FREE + 1)

        with pytest.raises(TooSoon):
            show(services, khai, code_of(clock), device=device)
