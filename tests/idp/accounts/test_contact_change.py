"""A new phone or e-mail address is confirmed by its own reader, and nobody learns whose it was before."""

import re
from collections.abc import Callable

import pytest

from idp.domain import accounts
from idp.domain.confirmation import CodeOver, WrongCode
from idp.domain.contact_change import ContactChange
from idp.domain.profile import Profile
from idp.errors import NotFound, Refusal
from idp.store.database import Database
from idp.store.ephemeral.sql import SqlEphemeralStore
from keys.sealing import Sealer
from tests.idp.accounts.conftest import Act, Create, Mailbox, Trail
from tests.support.clock import StoppedClock

Profiles = Callable[[str], Profile]


@pytest.fixture
def change(sqlite: Database, sealer: Sealer, clock: StoppedClock) -> ContactChange:
    return ContactChange(sqlite, SqlEphemeralStore(sqlite, clock), sealer, clock, frozenset({"phone", "email"}))


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def khai(create: Create) -> str:
    return create(phone="+84912345678", email="khai@example.vn")


def code_in(mailbox: Mailbox) -> str:
    found = re.search(r"\b\d{6}\b", mailbox.post()[-1].body)
    assert found is not None
    return found[0]


def test_the_new_number_is_confirmed_and_the_old_ones_are_told(
    change: ContactChange, khai: str, mailbox: Mailbox, profile_of: Profiles, trail: Trail
) -> None:
    confirmation = change.begin(khai, "0987 654 321")
    change.confirm(khai, confirmation, code_in(mailbox))
    assert profile_of(khai).phone_number == "+84987654321"
    told = "Thông tin liên hệ đã thay đổi"
    assert mailbox.subjects() == [("+84912345678", told), ("khai@example.vn", told)]
    assert trail.acts()[-1] == ("contact_confirmed", khai, "done")


def test_without_its_code_nothing_changes(
    change: ContactChange, khai: str, mailbox: Mailbox, profile_of: Profiles
) -> None:
    confirmation = change.begin(khai, "0987654321")
    with pytest.raises(WrongCode):
        change.confirm(khai, confirmation, "no code")
    assert profile_of(khai).phone_number == "+84912345678"


def test_somebody_elses_is_answered_alike_and_told_to_its_reader(
    change: ContactChange, khai: str, mailbox: Mailbox, create: Create, profile_of: Profiles
) -> None:
    create("Trần Văn An", phone="+84987654321")
    taken, free = change.begin(khai, "0987654321"), change.begin(khai, "0987654322")
    assert len(taken) == len(free)
    assert mailbox.subjects() == [
        ("+84987654321", "Địa chỉ hoặc số này đã được dùng"),
        ("+84987654322", "Mã xác nhận của bạn"),
    ]
    for confirmation in (taken, free):
        with pytest.raises(WrongCode):
            change.confirm(khai, confirmation, "no code")
    assert profile_of(khai).phone_number == "+84912345678"


def test_ones_own_may_be_confirmed_again(change: ContactChange, khai: str, mailbox: Mailbox) -> None:
    change.confirm(khai, change.begin(khai, "0912345678"), code_in(mailbox))


def test_a_code_serves_only_who_asked_for_it(
    change: ContactChange, khai: str, mailbox: Mailbox, create: Create, profile_of: Profiles
) -> None:
    an = create("Trần Văn An", phone="+84987654321")
    confirmation = change.begin(khai, "0911111111")
    with pytest.raises(CodeOver):
        change.confirm(an, confirmation, code_in(mailbox))
    assert profile_of(an).phone_number == "+84987654321"


def test_who_lost_the_race_keeps_the_old_one(
    change: ContactChange, khai: str, mailbox: Mailbox, create: Create, profile_of: Profiles
) -> None:
    confirmation = change.begin(khai, "0987654321")
    code = code_in(mailbox)
    create("Trần Văn An", phone="+84987654321")
    with pytest.raises(CodeOver):
        change.confirm(khai, confirmation, code)
    assert profile_of(khai).phone_number == "+84912345678"
    assert mailbox.post() == []


@pytest.mark.parametrize("typed", ["", "nobody", "001185012345"])
def test_what_cannot_be_reached_is_refused(change: ContactChange, khai: str, typed: str) -> None:
    with pytest.raises(Refusal, match="can be reached"):
        change.begin(khai, typed)


def test_a_frozen_account_changes_nothing(change: ContactChange, khai: str, act: Act) -> None:
    act(accounts.freeze, khai, reason="stolen_phone")
    with pytest.raises(NotFound):
        change.begin(khai, "0987654321")


def test_an_account_cannot_flood_phones(change: ContactChange, khai: str, mailbox: Mailbox) -> None:
    for end in range(10):
        change.begin(khai, f"098765432{end}")
    assert len(mailbox.post()) == 5
