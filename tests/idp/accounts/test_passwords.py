"""Passwords: one hash for everybody, few at once, kept sealed, and fit by length and rarity alone."""

import os
import sys
import threading
from collections.abc import Iterable

import argon2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idp.domain.authenticators import password, password_rules
from idp.domain.authenticators.password import Passwords
from idp.domain.authenticators.password_rules import UnfitPassword, check, fold, vietnamese_passwords
from idp.errors import TryAgainLater
from idp.settings import Settings
from idp.store.database import Database
from keys.sealing import SealBroken, Sealer
from tests.idp.accounts.conftest import Create, everything_kept
from tests.support.hashing import HashCounter

GOOD = "mưa rơi trên mái ngói cũ"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(memory_kib=8192, time_cost=1, slots=2, wait=0.05)


class TestHashing:
    def test_a_password_matches_its_own_hash_only(self, passwords: Passwords) -> None:
        kept = passwords.hash(GOOD)
        assert passwords.verify(kept, GOOD).matches
        assert not passwords.verify(kept, GOOD + " ").matches

    def test_nobody_costs_exactly_one_hash_like_everybody(self, passwords: Passwords) -> None:
        kept = passwords.hash(GOOD)
        with HashCounter() as hashes:
            assert not passwords.verify(None, GOOD).matches
        with HashCounter() as known_hashes:
            assert not passwords.verify(kept, "wrong").matches
        assert hashes.costs == known_hashes.costs == [(8192, 1, 1)]

    def test_the_cost_is_the_settings(self) -> None:
        given_settings = Settings(issuer="https://motcua.example", argon2_memory_kib=9000, argon2_time_cost=3)
        with HashCounter() as hashes:
            kept = Passwords.from_settings(given_settings).hash(GOOD)
        assert kept.startswith("$argon2id$v=19$m=9000,t=3,p=1$")
        assert hashes.costs == [(9000, 3, 1)]

    def test_a_hash_of_another_cost_is_outdated(self, passwords: Passwords) -> None:
        dearer = Passwords(memory_kib=9216, time_cost=2, slots=1)
        kept = passwords.hash(GOOD)
        assert not passwords.verify(kept, GOOD).outdated
        assert dearer.verify(kept, GOOD).outdated

    def test_one_word_however_its_marks_were_composed(self, passwords: Passwords) -> None:
        composed, apart = "ti\u1ebfng Vi\u1ec7t", "tie\u0302\u0301ng Vie\u0323\u0302t"
        assert passwords.verify(passwords.hash(composed), apart).matches

    def test_a_broken_hash_matches_nothing(self, passwords: Passwords) -> None:
        assert not passwords.verify("no hash at all", GOOD).matches

    @settings(deadline=None, max_examples=20)
    @given(st.text(st.characters(), max_size=300))
    @example("\ud800 lone surrogate")
    def test_anything_can_be_typed(self, typed: str) -> None:
        assert not Passwords(memory_kib=8192, time_cost=1, slots=1).verify(None, typed).matches


class TestSlots:
    def test_who_finds_no_free_slot_is_asked_to_try_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        passwords = Passwords(memory_kib=8192, time_cost=1, slots=1, wait=0)
        inside, leave = threading.Event(), threading.Event()
        hash_really = argon2.PasswordHasher.hash

        def slowly(self: argon2.PasswordHasher, typed: bytes) -> str:
            inside.set()
            leave.wait(5)
            return hash_really(self, typed)

        monkeypatch.setattr(argon2.PasswordHasher, "hash", slowly)
        busy = threading.Thread(target=passwords.hash, args=(GOOD,))
        busy.start()
        try:
            assert inside.wait(5)
            with pytest.raises(TryAgainLater):
                passwords.verify(None, GOOD)
        finally:
            leave.set()
            busy.join()
        assert not passwords.verify(None, GOOD).matches

    def test_a_slot_comes_free_again_when_hashing_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        passwords = Passwords(memory_kib=8192, time_cost=1, slots=1, wait=0)

        def fails(self: argon2.PasswordHasher, typed: bytes) -> str:
            raise MemoryError

        monkeypatch.setattr(argon2.PasswordHasher, "hash", fails)
        for _ in range(3):
            with pytest.raises(MemoryError):
                passwords.hash(GOOD)


class TestGivingWay:
    def test_a_hash_stands_behind_what_else_the_process_does(
        self, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        hash_really = argon2.PasswordHasher.hash

        def noting(self: argon2.PasswordHasher, typed: bytes) -> str:
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return hash_really(self, typed)

        monkeypatch.setattr(argon2.PasswordHasher, "hash", noting)
        here = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        passwords.hash(GOOD)
        assert seen[0] > here
        assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == here


class TestKeeping:
    def test_a_hash_is_kept_sealed_for_its_own_account(
        self, database: Database, sealer: Sealer, create: Create
    ) -> None:
        khai, an = create(), create("Trần Văn An", phone="+84987654321")
        with database.write() as connection:
            password.keep(connection, sealer, khai, "$argon2id$the-hash", at=1)
            assert password.kept(connection, sealer, khai) == "$argon2id$the-hash"
            assert password.kept(connection, sealer, an) is None
            assert "the-hash" not in everything_kept(connection)

    def test_a_hash_copied_to_another_account_does_not_open(
        self, database: Database, sealer: Sealer, create: Create
    ) -> None:
        from idp.store import accounts as store

        khai, an = create(), create("Trần Văn An", phone="+84987654321")
        with database.write() as connection:
            for account_id in (khai, an):
                password.keep(connection, sealer, account_id, f"hash of {account_id}", at=1)
            (of_khai,), (of_an,) = (store.authenticators_of(connection, each) for each in (khai, an))
            store.change_authenticator(connection, of_an.id, secret=of_khai.secret)
            with pytest.raises(SealBroken):
                password.kept(connection, sealer, an)


class TestRules:
    @pytest.mark.parametrize(
        "fit",
        [
            GOOD,
            "ngua dung pin ghim",
            "correct horse battery staple",
            "viết hoa hay không đều được",
            "8261940573920184",
            "a" * 3 + "x7" + "tre làng đan rổ bán ở chợ huyện ngày phiên " * 4,
            "雨の日の古い屋根の音を聞いている",
        ],
    )
    def test_long_and_uncommon_is_all_that_is_asked(self, fit: str) -> None:
        check(fit)

    @pytest.mark.parametrize("short", ["", "Kh0ng-du-d@i!", "x" * 14])
    def test_too_short(self, short: str) -> None:
        with pytest.raises(UnfitPassword, match="at least") as refused:
            check(short)
        assert refused.value.values == {"minimum": 15}

    def test_the_minimum_is_a_setting(self) -> None:
        check("quả mít rơi vỡ", minimum=8)
        with pytest.raises(UnfitPassword, match="at least"):
            check("quả mít", minimum=8)

    def test_length_counts_letters_and_not_how_they_were_composed(self) -> None:
        with pytest.raises(UnfitPassword, match="at least"):
            check("e\u0302\u0301" * 7)

    @pytest.mark.parametrize("length", [73, 100, 256])
    def test_a_long_passphrase_is_no_trouble(self, length: int) -> None:
        check(("mưa rơi trên mái ngói cũ của nhà bà ngoại tôi " * 8)[:length])

    def test_too_long_is_said_before_anything_costs(self) -> None:
        with pytest.raises(UnfitPassword, match="at most"):
            check("mưa rơi trên mái " * 100)

    @pytest.mark.parametrize(
        "common",
        [
            "password12345678",
            "12345678password",
            "matkhau2026202620",
            "Mật khẩu 2026!!!!",
            "Tôi yêu Việt Nam 2026",
            "ĐỘC LẬP TỰ DO HẠNH PHÚC",
            "anhyeuemnhieulam",
            "dichvucongquocgia",
        ],
    )
    def test_what_is_tried_first_is_refused_with_or_without_marks_and_digits(self, common: str) -> None:
        with pytest.raises(UnfitPassword, match="lists of common"):
            check(common)

    @pytest.mark.parametrize(
        "easy", ["aaaaaaaaaaaaaaaa", "qwertyuiopasdfghjkl", "abcabcabcabcabcabc", "anhyeuem anhyeuem anhyeuem"]
    )
    def test_what_follows_a_pattern_is_refused(self, easy: str) -> None:
        with pytest.raises(UnfitPassword, match="too easy"):
            check(easy)

    @pytest.mark.parametrize(
        ("typed", "own"),
        [
            ("Nguyễn Thị Minh Khai", ["Nguyễn Thị Minh Khai"]),
            ("nguyenthiminhkhai85", ["Nguyễn Thị Minh Khai"]),
            ("khai.nguyen@example.vn", ["khai.nguyen@example.vn"]),
            ("001185012345001185012345", ["001185012345"]),
        ],
    )
    def test_what_is_made_of_the_owners_own_data_is_refused(self, typed: str, own: Iterable[str]) -> None:
        with pytest.raises(UnfitPassword, match="too easy"):
            check(typed, own)

    def test_a_short_listed_word_inside_digits_is_not_what_decides(self) -> None:
        assert password_rules.is_common("love48201739562")
        assert not password_rules.is_common("48a2017395620173")

    @settings(deadline=None, max_examples=50)
    @given(st.text(max_size=300))
    def test_whatever_is_chosen_is_passed_or_refused(self, typed: str) -> None:
        try:
            check(typed, [typed[:5]], minimum=8)
        except UnfitPassword:
            assert len(typed) < 8 or password_rules.guess_mistake(typed, [typed[:5]])


class TestTheList:
    def test_every_line_is_written_as_typed_passwords_are_folded(self) -> None:
        listed = vietnamese_passwords()
        assert len(listed) > 500
        assert list(listed) == sorted(set(listed))
        assert [line for line in listed if fold(line) != line] == []

    def test_a_process_that_only_verifies_loads_no_dictionary(self) -> None:
        import subprocess

        code = "import sys, idp.domain.authenticators.password_rules; sys.exit('zxcvbn' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
