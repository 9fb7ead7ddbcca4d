"""Single authenticators on both databases: found, and a use noted just when its counter goes forward."""

import threading

import pytest

from idp.store import accounts, authenticators
from idp.store.accounts import AccountRow, AuthenticatorRow
from idp.store.database import Database

ROW = AuthenticatorRow("one", "anh", "passkey", created_at=1, lookup="abc", counter=5)


@pytest.fixture
def with_passkey(database: Database) -> Database:
    """An account with one passkey that was used five times."""
    with database.write() as connection:
        accounts.add(connection, AccountRow("anh", "citizen", "active", 1, b"sealed", 1, 1))
        accounts.add_authenticator(connection, ROW)
    return database


def test_one_is_found_by_its_lookup_in_whatever_state(with_passkey: Database):
    with with_passkey.write() as connection:
        accounts.change_authenticator(connection, "one", state="copied")
        found = authenticators.by_lookup(connection, "abc")

        assert found is not None
        assert (found.id, found.state) == ("one", "copied")
        assert authenticators.by_lookup(connection, "abd") is None
        assert [each.id for each in authenticators.of_kind(connection, "anh", "passkey")] == ["one"]
        assert authenticators.of_kind(connection, "anh", "totp") == []
        assert [each.id for each in authenticators.in_state(connection, "anh", "copied")] == ["one"]
        assert authenticators.in_state(connection, "anh", "active") == []


@pytest.mark.parametrize(
    ("kept", "given", "noted"),
    [(5, 6, True), (5, 500, True), (5, 5, False), (5, 4, False), (5, 0, False), (0, 0, True), (0, 1, True)],
)
def test_a_counter_goes_forward_or_never_counts(with_passkey: Database, kept: int, given: int, noted: bool):
    with with_passkey.write() as connection:
        accounts.change_authenticator(connection, "one", counter=kept)
        assert authenticators.advance(connection, "one", given, used_at=9, details="{}") is noted

        row = authenticators.by_lookup(connection, "abc")
    assert row is not None
    assert (row.counter, row.used_at) == ((given, 9) if noted else (kept, None))


def test_one_that_was_stopped_notes_nothing(with_passkey: Database):
    with with_passkey.write() as connection:
        accounts.change_authenticator(connection, "one", state="copied")
        assert not authenticators.advance(connection, "one", 6, used_at=9, details="{}")
        assert not authenticators.advance(connection, "none", 6, used_at=9, details="{}")


def test_of_two_uses_with_one_count_at_once_one_passes(with_passkey: Database):
    ready, passed = threading.Barrier(4), []

    def use() -> None:
        ready.wait(10)
        with with_passkey.write() as connection:
            passed.append(authenticators.advance(connection, "one", 6, used_at=9, details="{}"))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(passed) == [False, False, False, True]
