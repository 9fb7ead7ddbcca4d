"""The way back for somebody who lost everything: two officials or 72 hours, told at once, stopped by the owner."""

import json
from collections.abc import Callable

import pytest

from idp.domain import account_recovery, accounts, freeze_link, freezing, sessions
from idp.domain.account_recovery import COUNTER, REPROOFING, WAIT
from idp.domain.authenticators import totp, ways
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import recoveries
from idp.store import sessions as sessions_store
from tests.idp.accounts.conftest import OPERATOR, Mailbox, Run, Trail
from tests.support.clock import StoppedClock

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
Someone = Callable[..., str]


@pytest.fixture
def services(installation: Services, clock: StoppedClock) -> Services:
    """The installation by the test's clock."""
    object.__setattr__(installation, "clock", clock)
    return installation


@pytest.fixture
def someone(services: Services) -> Someone:
    """Make an account; gives its identifier."""

    def made(name: str, phone: str, **members: object) -> str:
        new = accounts.NewAccount(name, phone=phone, **members)  # type: ignore[arg-type]
        with services.database.write() as connection:
            return accounts.create(connection, services.sealer, new, at=services.clock(), actor=OPERATOR)

    return made


@pytest.fixture
def khai(someone: Someone, services: Services) -> str:
    """A citizen with a password's worth of sessions and an application that shows codes."""
    account_id = someone("Nguyễn Thị Minh Khai", "+84912345678", email="khai@example.vn")
    with services.database.write() as connection:
        totp.keep(connection, services, account_id, SEED)
    sessions.open_session(services, account_id, [{"kind": "totp", "at": services.now()}])
    return account_id


@pytest.fixture
def officials(someone: Someone) -> tuple[str, str]:
    return (
        someone("Bùi Thị Thanh Hà", "+84912000001", kind="official", agency="H49"),
        someone("Vũ Hải Sơn", "+84912000002", kind="official", agency="H49"),
    )


@pytest.fixture
def post(services: Services, clock: StoppedClock) -> Mailbox:
    box = Mailbox(services.database, services.sealer, clock)
    box.post()
    return box


def kinds(services: Services, account_id: str) -> frozenset[str]:
    with services.database.read() as connection:
        return ways.owned(connection, account_id, services.now())


def live(services: Services, account_id: str) -> int:
    with services.database.read() as connection:
        return len(sessions_store.live_of_account(connection, account_id, services.now()))


def begun(services: Services, account_id: str, method: str, official: str) -> recoveries.RecoveryRow:
    return account_recovery.begin(services, account_id, method, official=official, actor=OPERATOR)


class TestAtACounter:
    def test_one_official_changes_nothing(self, services: Services, khai: str, officials: tuple[str, str]) -> None:
        begun(services, khai, COUNTER, officials[0])

        assert kinds(services, khai) == {"totp"}
        assert live(services, khai) == 1

    def test_the_second_one_takes_everything_away_at_once(
        self, services: Services, khai: str, officials: tuple[str, str]
    ) -> None:
        row = begun(services, khai, COUNTER, officials[0])
        account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)

        assert kinds(services, khai) == frozenset()
        assert live(services, khai) == 0

    def test_the_same_one_cannot_confirm(self, services: Services, khai: str, officials: tuple[str, str]) -> None:
        row = begun(services, khai, COUNTER, officials[0])

        with pytest.raises(Refusal, match="Another official"):
            account_recovery.confirm(services, row.id, official=officials[0], actor=OPERATOR)
        assert kinds(services, khai) == {"totp"}

    def test_nobody_recovers_their_own_account(self, services: Services, officials: tuple[str, str]) -> None:
        with pytest.raises(Refusal, match="own account"):
            begun(services, officials[0], COUNTER, officials[0])
        row = begun(services, officials[0], COUNTER, officials[1])
        with pytest.raises(Refusal, match="own account"):
            account_recovery.confirm(services, row.id, official=officials[0], actor=OPERATOR)

    def test_only_active_officials_count(
        self, services: Services, khai: str, officials: tuple[str, str], someone: Someone
    ) -> None:
        citizen = someone("Trần Quốc Đạt", "+84912000003")
        with pytest.raises(NotFound):
            begun(services, khai, COUNTER, citizen)
        with services.database.write() as connection:
            accounts.freeze(
                connection, services.sealer, officials[1], at=services.clock(), actor=OPERATOR, reason="left"
            )
        row = begun(services, khai, COUNTER, officials[0])
        with pytest.raises(NotFound):
            account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)

    def test_a_proposal_ends_after_a_day(
        self, services: Services, khai: str, officials: tuple[str, str], clock: StoppedClock
    ) -> None:
        row = begun(services, khai, COUNTER, officials[0])
        clock.advance(account_recovery.PROPOSAL)

        with pytest.raises(NotFound):
            account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)
        account_recovery.take_effect_where_due(services)
        assert kinds(services, khai) == {"totp"}
        assert begun(services, khai, COUNTER, officials[0]).state == "proposed"

    def test_it_is_confirmed_once(self, services: Services, khai: str, officials: tuple[str, str]) -> None:
        row = begun(services, khai, COUNTER, officials[0])
        account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)

        with pytest.raises(NotFound):
            account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)


class TestByProofing:
    def test_it_takes_effect_after_seventy_two_hours_and_not_before(
        self, services: Services, khai: str, officials: tuple[str, str], clock: StoppedClock
    ) -> None:
        begun(services, khai, REPROOFING, officials[0])

        clock.advance(WAIT - 1)
        assert account_recovery.take_effect_where_due(services) == 0
        assert kinds(services, khai) == {"totp"}

        clock.advance(1)
        assert account_recovery.take_effect_where_due(services) == 1
        assert kinds(services, khai) == frozenset()
        assert account_recovery.take_effect_where_due(services) == 0

    def test_no_official_can_hurry_it(self, services: Services, khai: str, officials: tuple[str, str]) -> None:
        row = begun(services, khai, REPROOFING, officials[0])

        with pytest.raises(NotFound):
            account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)

    def test_the_owners_link_stops_it(
        self, services: Services, khai: str, officials: tuple[str, str], clock: StoppedClock, post: Mailbox
    ) -> None:
        begun(services, khai, REPROOFING, officials[0])
        notice = post.post()[0]
        clock.advance(WAIT - 60)

        assert freezing.stop_everything(services, notice.body.rpartition("/freeze/")[2])

        clock.advance(3600)
        account_recovery.take_effect_where_due(services)
        assert kinds(services, khai) == {"totp"}

    def test_a_second_one_cannot_be_begun_beside_it(
        self, services: Services, khai: str, officials: tuple[str, str]
    ) -> None:
        begun(services, khai, REPROOFING, officials[0])

        with pytest.raises(Refusal, match="under way"):
            begun(services, khai, COUNTER, officials[0])

    def test_an_account_that_was_frozen_meanwhile_keeps_what_it_has(
        self, services: Services, khai: str, officials: tuple[str, str], clock: StoppedClock
    ) -> None:
        begun(services, khai, REPROOFING, officials[0])
        with services.database.write() as connection:
            accounts.freeze(connection, services.sealer, khai, at=clock(), actor=OPERATOR, reason="stolen_phone")
        clock.advance(WAIT)

        account_recovery.take_effect_where_due(services)

        assert kinds(services, khai) == {"totp"}
        with services.database.read() as connection:
            assert recoveries.of_account(connection, khai)[0].state == recoveries.STOPPED
        assert Trail(services.database).actions()[-1] == "recovery_stopped"
        assert account_recovery.take_effect_where_due(services) == 0

    def test_a_proposal_for_a_frozen_account_cannot_be_confirmed(
        self, services: Services, khai: str, officials: tuple[str, str], clock: StoppedClock
    ) -> None:
        row = begun(services, khai, COUNTER, officials[0])
        with services.database.write() as connection:
            accounts.freeze(connection, services.sealer, khai, at=clock(), actor=OPERATOR, reason="stolen_phone")

        with pytest.raises(NotFound, match="no active account"):
            account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)

        with services.database.read() as connection:
            assert recoveries.of_account(connection, khai)[0].state == recoveries.PROPOSED


@pytest.mark.parametrize("method", [COUNTER, REPROOFING])
def test_it_is_announced_on_every_confirmed_channel_at_once_with_the_link_that_stops_it(
    services: Services, khai: str, officials: tuple[str, str], post: Mailbox, method: str
) -> None:
    begun(services, khai, method, officials[0])

    told = post.post()
    assert sorted(message.recipient.address for message in told) == ["+84912345678", "khai@example.vn"]
    for message in told:
        link = freeze_link.read(services.sealer, message.body.rpartition("/freeze/")[2], now=services.clock())
        assert link is not None
        assert link.account_id == khai


def test_the_trail_tells_who_saw_the_person(services: Services, khai: str, officials: tuple[str, str]) -> None:
    row = begun(services, khai, COUNTER, officials[0])
    account_recovery.confirm(services, row.id, official=officials[1], actor=OPERATOR)

    found = {
        entry.action: entry.details for entry in Trail(services.database).rows() if entry.action.endswith("recovered")
    } | {entry.action: entry.details for entry in Trail(services.database).rows() if entry.action == "recovery_begun"}
    assert officials[0] in str(found["recovery_begun"])
    assert officials[1] in str(found["account_recovered"])


def test_two_officials_recover_an_account_on_the_command_line(
    installation: Services, command: Run, services: Services, khai: str, officials: tuple[str, str]
) -> None:
    object.__setattr__(installation, "clock", services.clock)
    begin = command("account", "recover", "begin", "0912345678", "--official", officials[0], "--json", status=0)
    (row,) = json.loads(begin.output)
    assert row["state"] == "proposed"
    command("account", "recover", "confirm", row["id"], "--official", officials[0], status=1)

    (done,) = json.loads(
        command("account", "recover", "confirm", row["id"], "--official", officials[1], "--json").output
    )

    assert (done["state"], done["proposed_by"], done["confirmed_by"]) == ("done", *officials)
    assert kinds(services, khai) == frozenset()


def test_the_command_lists_and_stops_what_is_open(
    command: Run, services: Services, khai: str, officials: tuple[str, str]
) -> None:
    command("account", "recover", "begin", khai, "--official", officials[0], "--method", "reproofing")
    (row,) = json.loads(command("account", "recover", "list", khai, "--json").output)
    command("account", "recover", "stop", row["id"])

    assert command("account", "recover", "list", khai).output == ""
    command("account", "recover", "stop", row["id"], status=1)
