"""The first administrator comes by a link that works once, within half an hour, and is known to nobody but its holder."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.domain import invitations
from idp.domain.authenticators.password_rules import UnfitPassword
from idp.domain.invitations import Enrolment
from idp.domain.profile import load_profile
from idp.domain.sign_in import make_sign_in
from idp.errors import NotFound, Refusal
from idp.services import Services, make_services
from idp.settings import Settings
from tests.idp.accounts.conftest import ISSUER, OPERATOR, Run, Trail, everything_kept
from tests.support.clock import StoppedClock
from tests.support.tables import make_tables

KHANG = Enrolment("Đỗ An  Khang", "Khang@Example.vn", "001 086 089 012", "mưa rơi trên mái ngói cũ")

Invite = Callable[[], str]


@pytest.fixture
def services(environment: None, clock: StoppedClock, tmp_path: Path) -> Iterator[Services]:
    made = make_services(Settings(), clock)
    make_tables(made.database)
    yield made
    made.database.dispose()


@pytest.fixture
def token(services: Services) -> str:
    """The secret of a fresh link."""
    return invitations.invite(services, actor=OPERATOR, agency="G22").rpartition("/")[2]


def test_who_follows_it_is_an_administrator_and_signs_in(services: Services, token: str) -> None:
    enrolled = invitations.enrol(services, token, KHANG)
    with services.database.read() as connection:
        profile = load_profile(connection, services.sealer, enrolled.account_id)
    assert profile is not None
    assert (profile.name, profile.kind, profile.identity_level) == ("Đỗ An Khang", "official", 2)
    assert (profile.roles, profile.agency) == (("administrator",), "G22")
    assert enrolled.factor["kind"] == "password"
    for name in (KHANG.email, KHANG.personal_number):
        signed_in = make_sign_in(services).with_password(name, KHANG.password, address="127.0.0.1")
        assert signed_in.account_id == enrolled.account_id


def test_it_works_once(services: Services, token: str) -> None:
    invitations.enrol(services, token, KHANG)
    other = Enrolment("Vũ Hải Sơn", "son@example.vn", "022083078901", KHANG.password)
    with pytest.raises(NotFound):
        invitations.enrol(services, token, other)


def test_it_works_for_half_an_hour(services: Services, token: str, clock: StoppedClock) -> None:
    clock.advance(1799)
    assert invitations.invitation(services, token)
    clock.advance(2)
    assert invitations.invitation(services, token) is None
    with pytest.raises(NotFound):
        invitations.enrol(services, token, KHANG)


@pytest.mark.parametrize("forged", ["", "x", "é" * 500, "../signup"])
def test_a_guess_is_nothing(services: Services, token: str, forged: str) -> None:
    with pytest.raises(NotFound):
        invitations.enrol(services, forged, KHANG)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"name": ""}, Refusal),
        ({"email": "nobody"}, Refusal),
        ({"personal_number": "12"}, Refusal),
        ({"password": "ngắn"}, UnfitPassword),
        ({"password": "khang@example.vn"}, UnfitPassword),
    ],
)
def test_a_mistake_costs_nobody_their_link(
    services: Services, token: str, changed: dict[str, str], kind: type[Refusal]
) -> None:
    with pytest.raises(kind):
        invitations.enrol(services, token, replace(KHANG, **changed))
    assert invitations.enrol(services, token, KHANG)


def test_a_taken_name_costs_nobody_their_link_or_its_half_hour(
    services: Services, token: str, clock: StoppedClock
) -> None:
    invitations.enrol(services, token, KHANG)
    second = invitations.invite(services, actor=OPERATOR).rpartition("/")[2]
    clock.advance(1000)
    with pytest.raises(Refusal, match="Another account"):
        invitations.enrol(services, second, KHANG)
    clock.advance(799)
    assert invitations.invitation(services, second)
    clock.advance(2)
    assert invitations.invitation(services, second) is None


def test_of_two_who_follow_it_at_once_one_is_enrolled(services: Services, token: str) -> None:
    hash_really = services.passwords.hash

    def meanwhile(typed: str) -> str:
        services.passwords.hash = hash_really  # type: ignore[method-assign]
        other = Enrolment("Vũ Hải Sơn", "son@example.vn", "022083078901", KHANG.password)
        assert invitations.enrol(services, token, other)
        return hash_really(typed)

    services.passwords.hash = meanwhile  # type: ignore[method-assign]
    with pytest.raises(NotFound):
        invitations.enrol(services, token, KHANG)


def test_both_acts_are_recorded_and_the_secret_is_kept_nowhere(services: Services, token: str) -> None:
    with services.database.read() as connection:
        assert token not in everything_kept(connection)
    enrolled = invitations.enrol(services, token, KHANG)
    invited, *_, last = Trail(services.database).rows()
    assert (invited.action, last.action) == ("admin_invited", "admin_enrolled")
    assert invited.object_id == last.object_id
    assert last.account_id == enrolled.account_id


class TestCommand:
    def test_it_prints_the_link_and_nothing_else(self, command: Run) -> None:
        printed = command("admin", "invite").stdout
        assert printed.startswith(f"{ISSUER}/invitation/")
        assert printed.count("\n") == 1

    def test_as_json_with_its_end(self, command: Run, installation: Services) -> None:
        printed = json.loads(command("admin", "invite", "--agency", "G22", "--json").stdout)
        token = printed["link"].rpartition("/")[2]
        invited = invitations.invitation(installation, token)
        assert invited is not None
        assert (invited.roles, invited.agency) == (("administrator",), "G22")
        assert abs(printed["expires_at"] - invited.until) < 2
