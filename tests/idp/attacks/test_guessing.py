"""Guessing and replay through the pages: over time steps, at once, from many addresses, between right passwords."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from idp.domain.authenticators import phone, recovery_codes, totp
from idp.domain.authenticators.second_factor_delay import FREE, TooSoon
from idp.store import sessions as sessions_store
from tests.idp.attacks.people import SEED, Person
from tests.idp.http.pages.test_phone import NO, approves, number_on, offered, shows
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider

WRONG, WAIT = 403, 429


def tries(person: Person, code: str, page: str = "code") -> int:
    """Send a code to a page of step-up; gives the answer's status."""
    form = person.open(f"/step-up/{page}?next=/account")
    if form.response.status_code != 200:
        return form.response.status_code
    return form.press("Xác nhận", code=code).response.status_code


class TestAnApplication:
    def test_many_addresses_and_browsers_share_the_tries(
        self, provider: Provider, khai: str, application: pyotp.TOTP
    ) -> None:
        answers = []
        for number in range(FREE + 3):
            answers.append(tries(Person(provider, f"192.0.2.{number}").enters(), "000000"))

        assert answers.count(WRONG) == FREE + 1
        assert set(answers[FREE + 1 :]) == {WAIT}

    def test_right_passwords_between_do_not_forget_them(
        self, provider: Provider, khai: str, application: pyotp.TOTP
    ) -> None:
        thief, answers = Person(provider).enters(), []
        for _ in range(FREE + 3):
            thief.open("/step-up/password?next=/account").press("Xác nhận", password="mưa rơi trên mái ngói cũ")
            answers.append(tries(thief, "000000"))

        assert answers.count(WRONG) == FREE + 1

    def test_a_recovery_code_between_does_not_forget_them(
        self, provider: Provider, khai: str, application: pyotp.TOTP
    ) -> None:
        """Each kind is counted by itself: a success of one says nothing of the other."""
        paper, thief, answers = recovery_codes.make(provider.services, khai), Person(provider).enters(), []
        for each in paper[: FREE + 3]:
            answers.append(tries(thief, "000000"))
            tries(thief, each, "recovery-code")

        assert answers.count(WRONG) == FREE + 1

    def test_a_day_over_every_time_step(
        self, provider: Provider, khai: str, application: pyotp.TOTP, clock: StoppedClock
    ) -> None:
        """Three codes are good at a time: forty tries a day at three in a million each, whoever knows the password."""
        looked_at = 0
        for _ in range(24 * 12):
            with pytest.raises((totp.WrongOneTimeCode, TooSoon)) as refused:
                totp.prove(provider.services, khai, "000000", device=None)
            looked_at += refused.type is totp.WrongOneTimeCode
            clock.advance(300)

        assert 10 < looked_at < 40

    @pytest.mark.parametrize("steps", [-1, 0, 1])
    def test_a_code_is_good_once_in_its_own_step_and_its_neighbours(
        self, provider: Provider, khai: str, application: pyotp.TOTP, clock: StoppedClock, steps: int
    ) -> None:
        code = application.at(int(clock()) + 30 * steps)
        assert tries(Person(provider).enters(), code) == 200
        for _ in range(3):
            assert tries(Person(provider).enters(), code) == WRONG
            clock.advance(30)

    @pytest.mark.parametrize("steps", [-2, 2])
    def test_further_away_it_is_none(
        self, provider: Provider, khai: str, application: pyotp.TOTP, clock: StoppedClock, steps: int
    ) -> None:
        assert tries(Person(provider).enters(), application.at(int(clock()) + 30 * steps)) == WRONG

    def test_two_requests_at_once_with_one_code(
        self, provider: Provider, khai: str, application: pyotp.TOTP, clock: StoppedClock
    ) -> None:
        people = [Person(provider, f"192.0.2.{number}").enters() for number in range(4)]
        code = application.at(int(clock()))

        with ThreadPoolExecutor(4) as pool:
            answers = sorted(pool.map(lambda person: tries(person, code), people))

        assert answers == [200, WRONG, WRONG, WRONG]
        services = provider.services
        with services.database.read() as connection:
            rows = sessions_store.live_of_account(connection, khai, services.now())
        assert sum(any(used["kind"] == "totp" for used in row.factors) for row in rows) == 1


class TestPaper:
    def test_guessing_is_as_slow(self, provider: Provider, khai: str) -> None:
        recovery_codes.make(provider.services, khai)
        answers = [
            tries(Person(provider, f"192.0.2.{number}").enters(), "aaaa-aaaa-aaaa", "recovery-code")
            for number in range(FREE + 2)
        ]

        assert answers == [WRONG] * (FREE + 1) + [WAIT]

    def test_one_used_for_a_forgotten_password_is_used_up(
        self, provider: Provider, khai: str, application: pyotp.TOTP
    ) -> None:
        (first, *_) = recovery_codes.make(provider.services, khai)
        recovery_codes.prove(provider.services, khai, first, device=None)

        assert tries(Person(provider).enters(), first, "recovery-code") == WRONG


class TestNumbersToPick:
    def test_the_thief_learns_nothing_from_what_is_offered(self, provider: Provider, khai: str) -> None:
        """Three numbers, any of which it may be; over many pictures each place is as often the right one."""
        places = [0, 0, 0]
        for _ in range(300):
            waiting = phone.ask(provider.services, "browser", "192.0.2.1", "")
            assert len(set(waiting.choices)) == 3
            places[waiting.choices.index(waiting.number)] += 1

        assert min(places) > 50

    def test_a_wrong_number_is_the_last_of_its_picture(self, provider: Provider, khai: str) -> None:
        """Or who is talked into picking would pick until it is right."""
        victim, thief = Person(provider, "198.51.100.4").enters(), Person(provider)
        path = shows(thief)
        victim.open(path)
        wrong = next(number for number in offered(victim) if number != number_on(thief))
        victim.press(wrong)
        assert victim.response.status_code == 403

        assert victim.open(path).response.status_code == 410
        assert thief.open(thief.path).response.status_code == 410

    def test_who_said_no_is_not_asked_again(self, provider: Provider, khai: str) -> None:
        victim, thief = Person(provider, "198.51.100.4").enters(), Person(provider)
        path = shows(thief)
        victim.open(path).press(NO)

        assert victim.open(path).response.status_code == 410

    def test_an_approval_is_of_one_computer(self, provider: Provider, khai: str, portal: Portal) -> None:
        victim, thief, other = Person(provider, "198.51.100.4").enters(), Person(provider), Person(provider)
        approves(victim, shows(thief), number_on(thief))

        assert other.open(thief.path).response.status_code == 410


def test_the_seed_that_waits_is_nobodys_elses(provider: Provider, khai: str, clock: StoppedClock) -> None:
    """Two sessions of one account enrol two keys: who sees one page cannot answer for the other."""
    one, two = Person(provider).enters(), Person(provider).enters()
    first = totp.begin(provider.services, "a-session", khai, "x").secret
    assert totp.begin(provider.services, "another-session", khai, "x").secret != first
    assert SEED not in one.open("/account/authenticators/totp").text
    assert one.text != two.open("/account/authenticators/totp").text
