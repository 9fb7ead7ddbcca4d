"""Contacts change, accounts are frozen, thawed and closed: recorded, told to the owner, and never half done."""

import json
from collections.abc import Callable

import pytest

from idp.domain import accounts
from idp.domain.accounts import ERASED, NameTaken
from idp.domain.authenticators import password
from idp.domain.profile import Profile
from idp.errors import NotFound
from idp.store import accounts as store
from idp.store.database import Database
from keys.sealing import Sealer
from tests.idp.accounts.conftest import Act, Create, Mailbox, Trail, everything_kept

NUMBER = "001185012345"
Profiles = Callable[[str], Profile]


def found(database: Database, sealer: Sealer, typed: str) -> str | None:
    with database.read() as connection:
        row = accounts.find_by_name(connection, sealer, typed)
    return row.id if row else None


def test_making_an_account_is_recorded_with_its_level(create: Create, trail: Trail) -> None:
    khai = create(identity_level=2, personal_number=NUMBER)
    assert trail.acts() == [("account_added", khai, "done")]
    assert json.loads(trail.rows()[0].details)["level"] == 2


class TestChangeOfContact:
    def test_the_new_number_signs_in_and_the_old_one_no_longer_does(
        self, database: Database, sealer: Sealer, create: Create, act: Act, profile_of: Profiles
    ) -> None:
        khai = create(phone="+84912345678")
        act(accounts.change_contact, khai, "phone", "+84987654321")
        assert found(database, sealer, "0987654321") == khai
        assert found(database, sealer, "0912345678") is None
        assert profile_of(khai).phone_number == "+84987654321"

    def test_the_channels_it_had_before_are_told(self, create: Create, act: Act, mailbox: Mailbox) -> None:
        khai = create(phone="+84912345678", email="khai@example.vn")
        act(accounts.change_contact, khai, "phone", "+84987654321")
        subject = "Thông tin liên hệ đã thay đổi"
        assert mailbox.subjects() == [("+84912345678", subject), ("khai@example.vn", subject)]

    def test_somebody_elses_number_is_refused_and_nothing_is_lost(
        self, database: Database, sealer: Sealer, create: Create, act: Act, mailbox: Mailbox, trail: Trail
    ) -> None:
        khai, an = create(phone="+84912345678"), create("Trần Văn An", phone="+84987654321")
        with pytest.raises(NameTaken):
            act(accounts.change_contact, khai, "phone", "+84987654321")
        assert found(database, sealer, "0912345678") == khai
        assert found(database, sealer, "0987654321") == an
        assert mailbox.subjects() == []
        assert trail.actions() == ["account_added", "account_added"]

    def test_confirming_the_same_number_again_changes_nothing(
        self, database: Database, sealer: Sealer, create: Create, act: Act
    ) -> None:
        khai = create(phone="+84912345678")
        act(accounts.change_contact, khai, "phone", "+84912345678")
        assert found(database, sealer, "0912345678") == khai


def test_a_new_password_replaces_the_old_one_and_is_told(
    database: Database, sealer: Sealer, create: Create, act: Act, mailbox: Mailbox, trail: Trail
) -> None:
    khai = create(locale="en")
    act(accounts.change_password, khai, "first hash")
    act(accounts.change_password, khai, "second hash")
    with database.read() as connection:
        assert password.kept(connection, sealer, khai) == "second hash"
        assert len(store.authenticators_of(connection, khai)) == 1
    assert mailbox.subjects() == [("+84912345678", "Your password changed")] * 2
    assert trail.actions()[1:] == ["password_changed", "password_changed"]


class TestFreezing:
    def test_a_frozen_account_is_frozen_until_thawed_and_each_is_told(
        self, create: Create, act: Act, mailbox: Mailbox, trail: Trail, profile_of: Profiles
    ) -> None:
        khai = create()
        act(accounts.freeze, khai, reason="stolen_phone")
        assert profile_of(khai).state == "frozen"
        act(accounts.thaw, khai, reason="came_in_person")
        assert profile_of(khai).state == "active"
        assert [subject for _, subject in mailbox.subjects()] == [
            "Tài khoản đã bị khóa",
            "Tài khoản đã được mở lại",
        ]
        assert trail.actions()[1:] == ["account_frozen", "account_thawed"]
        assert [row.reason for row in trail.rows()[1:]] == ["stolen_phone", "came_in_person"]

    def test_what_is_frozen_cannot_be_changed(self, create: Create, act: Act) -> None:
        khai = create()
        act(accounts.freeze, khai, reason="stolen_phone")
        for change in (
            lambda: act(accounts.freeze, khai, reason="again"),
            lambda: act(accounts.change_contact, khai, "phone", "+84987654321"),
            lambda: act(accounts.change_password, khai, "hash"),
        ):
            with pytest.raises(NotFound):
                change()

    def test_only_what_is_frozen_can_be_thawed(self, create: Create, act: Act) -> None:
        with pytest.raises(NotFound):
            act(accounts.thaw, create(), reason="why_not")
        with pytest.raises(NotFound):
            act(accounts.thaw, "nobody", reason="why_not")


class TestClosing:
    def close(self, create: Create, act: Act) -> str:
        khai = create(
            "Nguyễn Thị Minh Khai",
            identity_level=2,
            personal_number=NUMBER,
            email="khai@example.vn",
            birthdate="1985-11-20",
            gender="female",
            address="12 Hàng Bài, Hà Nội",
        )
        act(accounts.change_password, khai, "hash")
        act(accounts.close, khai, reason="asked_for_it")
        return khai

    def test_everything_personal_goes_and_the_identifier_stays(
        self, create: Create, act: Act, profile_of: Profiles, trail: Trail
    ) -> None:
        profile = profile_of(self.close(create, act))
        assert (profile.state, profile.name, profile.birthdate, profile.gender) == ("closed", "", None, None)
        assert (profile.phone_number, profile.email, profile.personal_number) == (None, None, None)
        assert trail.actions()[-1] == "account_closed"

    def test_no_name_or_password_is_left(self, database: Database, sealer: Sealer, create: Create, act: Act) -> None:
        khai = self.close(create, act)
        assert [found(database, sealer, name) for name in ("0912345678", "khai@example.vn", NUMBER)] == [None] * 3
        with database.read() as connection:
            assert store.authenticators_of(connection, khai) == []

    def test_number_and_names_are_free_for_another_account(self, create: Create, act: Act) -> None:
        first = self.close(create, act)
        assert create(identity_level=2, personal_number=NUMBER, email="khai@example.vn") != first

    def test_the_owner_is_told_and_a_closed_account_stays_closed(
        self, create: Create, act: Act, mailbox: Mailbox
    ) -> None:
        khai = self.close(create, act)
        assert ("khai@example.vn", "Tài khoản đã đóng") in mailbox.subjects()
        with pytest.raises(NotFound):
            act(accounts.close, khai, reason="again")

    def test_every_personal_column_of_the_table_is_erased(self) -> None:
        kept = {"id", "kind", "state", "identity_level", "agency", "locale", "demo", "created_at", "updated_at"}
        assert set(ERASED) | kept | {"name_sealed"} == set(store.accounts.c.keys())


def test_notices_wait_in_the_outbox_unreadable(database: Database, create: Create, act: Act) -> None:
    khai = create(email="khai@example.vn")
    act(accounts.freeze, khai, reason="stolen_phone")
    with database.read() as connection:
        kept = everything_kept(connection)
    assert '"sealed": ' in kept.replace('\\"', '"')
    assert not [part for part in ("912345678", "khai@", "bị khóa") if part in kept]
