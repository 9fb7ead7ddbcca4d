"""Roles are given and taken by the operator: recorded, at once, and who loses one is signed out."""

import json

import pytest

from idp.domain import accounts, sessions
from idp.domain.accounts import NewAccount
from idp.services import Services
from idp.store import accounts as store
from idp.store import sessions as sessions_store
from tests.idp.accounts.conftest import OPERATOR, Run, Trail

PHONE = "+84912000001"


@pytest.fixture
def ha(installation: Services) -> str:
    """An official of Quảng Ninh who is signed in."""
    new = NewAccount("Bùi Thị Thanh Hà", kind="official", agency="H49", roles=("receiver",), phone=PHONE)
    with installation.database.write() as connection:
        made = accounts.create(connection, installation.sealer, new, at=installation.clock(), actor=OPERATOR)
    sessions.open_session(installation, made, [{"kind": "password", "at": installation.now()}])
    return made


def roles_of(services: Services, account_id: str) -> tuple[str, ...]:
    with services.database.read() as connection:
        found = store.find(connection, account_id)
    assert found is not None
    return found.roles


def live(services: Services, account_id: str) -> int:
    with services.database.read() as connection:
        return len(sessions_store.live_of_account(connection, account_id, services.now()))


def test_a_role_is_given_once_and_recorded(installation: Services, command: Run, ha: str) -> None:
    for _ in range(2):
        given = command("account", "role", "grant", "0912000001", "counter_official")
        assert json.loads(given.output) == ["receiver", "counter_official"]

    assert roles_of(installation, ha) == ("receiver", "counter_official")
    assert Trail(installation.database).actions().count("role_granted") == 1
    assert live(installation, ha) == 1


def test_who_loses_a_role_is_signed_out(installation: Services, command: Run, ha: str) -> None:
    assert json.loads(command("account", "role", "withdraw", ha, "receiver").output) == []

    assert roles_of(installation, ha) == ()
    assert live(installation, ha) == 0
    assert "role_withdrawn" in Trail(installation.database).actions()
    command("account", "role", "withdraw", ha, "receiver")
    assert Trail(installation.database).actions().count("role_withdrawn") == 1


@pytest.mark.parametrize("word", ["", "Administrator", "two words", "x" * 41, "rôle", "a;b"])
def test_what_can_be_no_role(installation: Services, command: Run, ha: str, word: str) -> None:
    command("account", "role", "grant", ha, word, status=1)

    assert roles_of(installation, ha) == ("receiver",)


@pytest.mark.parametrize("members", [{"kind": "citizen"}, {"kind": "official"}])
def test_only_officials_of_an_agency_have_roles(installation: Services, command: Run, members: dict[str, str]) -> None:
    new = NewAccount("Trần Quốc Đạt", phone="+84912000002", **members)  # type: ignore[arg-type]
    with installation.database.write() as connection:
        made = accounts.create(connection, installation.sealer, new, at=installation.clock(), actor=OPERATOR)

    command("account", "role", "grant", made, "receiver", status=1)
    assert roles_of(installation, made) == ()
