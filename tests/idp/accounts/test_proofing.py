"""Proofing binds a personal number to exactly one account; every other claim to it ends and its owner is told."""

from collections.abc import Callable

import pytest

from idp.domain import accounts
from idp.domain.accounts import NameTaken
from idp.domain.profile import Profile
from idp.domain.proofing import proof
from idp.errors import NotFound, Refusal
from idp.store.database import Database
from keys.sealing import Sealer
from tests.idp.accounts.conftest import OPERATOR, Act, Create, Mailbox, Trail, everything_kept

NUMBER = "001185012345"
Profiles = Callable[[str], Profile]


@pytest.fixture
def prove(act: Act) -> Callable[..., None]:
    """Proof an account at a counter."""
    return lambda account_id, number=NUMBER, **read: act(proof, account_id, number, method="in_person", **read)


def test_an_account_reaches_level_2_and_signs_in_with_its_number(
    database: Database, sealer: Sealer, create: Create, prove: Create, profile_of: Profiles, trail: Trail
) -> None:
    khai = create(personal_number=NUMBER)
    prove(khai, "001 185 012 345")
    profile = profile_of(khai)
    assert (profile.identity_level, profile.personal_number) == (2, NUMBER)
    with database.read() as connection:
        row = accounts.find_by_name(connection, sealer, NUMBER)
    assert row is not None
    assert row.id == khai
    assert trail.acts()[-1] == ("identity_proofed", khai, "done")


def test_the_name_and_birth_date_are_those_of_the_papers(create: Create, prove: Create, profile_of: Profiles) -> None:
    khai = create("Minh Khai")
    prove(khai, name="Nguyễn Thị Minh Khai", birthdate="1985-11-20")
    assert (profile_of(khai).name, profile_of(khai).birthdate) == ("Nguyễn Thị Minh Khai", "1985-11-20")


def test_every_other_claim_ends_and_its_owner_is_told(
    database: Database, create: Create, prove: Create, mailbox: Mailbox, trail: Trail
) -> None:
    khai = create(phone="+84912345678", personal_number=NUMBER)
    others = {create("Trần Văn An", phone=f"+8498765432{end}", personal_number=NUMBER) for end in (1, 2)}
    bystander = create("Lê Văn Bình", phone="+84333333333", personal_number="001185099999")
    prove(khai)
    ended = {row.object_id for row in trail.rows() if row.action == "personal_number_claim_ended"}
    assert ended == others
    told = "Số định danh đã được gỡ khỏi tài khoản"
    assert mailbox.subjects() == [
        ("+84912345678", "Danh tính của bạn đã được xác minh"),
        ("+84987654321", told),
        ("+84987654322", told),
    ]
    with database.read() as connection:
        from idp.store import accounts as store

        rows = {row.id: row for row in store.page(connection)}
    assert all(rows[other].personal_number_sealed is None for other in others)
    assert rows[bystander].personal_number_claim is not None


def test_an_account_made_at_level_2_ends_other_claims_too(create: Create, mailbox: Mailbox) -> None:
    create(phone="+84912345678", personal_number=NUMBER)
    create(phone=None, identity_level=2, personal_number=NUMBER)
    assert mailbox.subjects() == [("+84912345678", "Số định danh đã được gỡ khỏi tài khoản")]


def test_a_number_proofed_elsewhere_is_refused_and_nothing_changes(
    create: Create, prove: Create, profile_of: Profiles, mailbox: Mailbox, trail: Trail
) -> None:
    first, second = create(phone="+84912345678"), create(phone="+84987654321")
    prove(first)
    mailbox.post()
    before = trail.actions()
    with pytest.raises(NameTaken):
        prove(second)
    assert profile_of(second).identity_level == 1
    assert mailbox.subjects() == []
    assert trail.actions() == before


def test_a_second_number_is_refused_and_the_same_one_again_is_no_harm(
    create: Create, prove: Create, profile_of: Profiles
) -> None:
    khai = create()
    prove(khai)
    with pytest.raises(Refusal, match="Another personal number"):
        prove(khai, "001185054321")
    prove(khai)
    assert profile_of(khai).personal_number == NUMBER


@pytest.mark.parametrize("number", ["", "123", "00118501234", "00118501234a", "0011850123456"])
def test_what_is_no_personal_number_is_refused(create: Create, prove: Create, number: str) -> None:
    with pytest.raises(Refusal, match="twelve digits"):
        prove(create(), number)


def test_only_an_active_person_can_be_proofed(create: Create, act: Act, prove: Create) -> None:
    company = create("Công ty Gốm", kind="organisation", phone="+84911111111")
    frozen = create(phone="+84922222222")
    act(accounts.freeze, frozen, reason="stolen_phone")
    for account_id in (company, frozen, "nobody"):
        with pytest.raises(NotFound):
            prove(account_id)


def test_a_change_of_name_or_contact_keeps_what_was_proofed(
    create: Create, act: Act, prove: Create, profile_of: Profiles
) -> None:
    khai = create()
    prove(khai)
    act(accounts.change_contact, khai, "email", "khai@example.vn")
    assert (profile_of(khai).personal_number, profile_of(khai).identity_level) == (NUMBER, 2)


def test_two_claims_proofed_at_once_leave_one_winner(database: Database, sealer: Sealer, create: Create) -> None:
    first, second = create(phone="+84912345678"), create(phone="+84987654321")
    with database.write() as connection:
        proof(connection, sealer, first, NUMBER, at=1.0, actor=OPERATOR, method="in_person")
        with pytest.raises(NameTaken):
            proof(connection, sealer, second, NUMBER, at=1.0, actor=OPERATOR, method="in_person")
    with database.read() as connection:
        assert NUMBER not in everything_kept(connection)
