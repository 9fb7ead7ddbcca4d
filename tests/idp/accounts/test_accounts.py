"""An account is made whole or not at all, and found by each of its names."""

import pytest
from sqlalchemy import select

from idp.domain import accounts
from idp.domain.accounts import NameTaken, NewAccount
from idp.domain.profile import load_profile
from idp.errors import Refusal
from idp.store import accounts as store
from idp.store.database import Database
from keys.sealing import SealBroken, Sealer
from tests.idp.accounts.conftest import OPERATOR, Create

NUMBER = "001185012345"


def found(database: Database, sealer: Sealer, typed: str) -> str | None:
    with database.read() as connection:
        row = accounts.find_by_name(connection, sealer, typed)
    return row.id if row else None


def test_an_account_is_found_by_every_confirmed_name(database: Database, sealer: Sealer, create: Create) -> None:
    khai = create(phone="+84912345678", email="khai@example.vn")
    assert found(database, sealer, "0912 345 678") == khai
    assert found(database, sealer, "Khai@Example.vn") == khai


def test_a_claimed_number_is_no_sign_in_name(database: Database, sealer: Sealer, create: Create) -> None:
    create(personal_number=NUMBER)
    assert found(database, sealer, NUMBER) is None


def test_any_number_of_accounts_may_claim_one_number(create: Create) -> None:
    assert create(phone="+84912345678", personal_number=NUMBER) != create(phone="+84912345679", personal_number=NUMBER)


def test_a_proofed_number_is_a_sign_in_name(database: Database, sealer: Sealer, create: Create) -> None:
    khai = create(identity_level=2, personal_number=NUMBER, phone=None)
    assert found(database, sealer, NUMBER) == khai


@pytest.mark.parametrize(
    "again",
    [{"phone": "+84912345678"}, {"phone": None, "email": "khai@example.vn"}],
)
def test_a_name_belongs_to_one_account_and_a_refused_one_leaves_nothing(
    database: Database, create: Create, again: dict[str, str]
) -> None:
    create(phone="+84912345678", email="khai@example.vn")
    with pytest.raises(NameTaken):
        create(**again)
    with database.read() as connection:
        assert len(connection.execute(select(store.accounts)).all()) == 1


def test_a_number_is_proofed_for_one_account_only(create: Create) -> None:
    create(identity_level=2, personal_number=NUMBER, phone=None)
    with pytest.raises(NameTaken):
        create(identity_level=2, personal_number=NUMBER, phone="+84987654321")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "a" * 201},
        {"name": "Nguyễn\x00 A"},
        {"name": "<script>"},
        {"birthdate": "31/12/1999"},
        {"gender": "other"},
        {"locale": "fr"},
        {"kind": "robot"},
        {"identity_level": 3},
        {"phone": None},
        {"identity_level": 2},
    ],
)
def test_what_cannot_be_right_is_refused(database: Database, create: Create, wrong: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        create(**wrong)
    with database.read() as connection:
        assert connection.execute(select(store.accounts)).all() == []


def test_nothing_personal_is_readable_in_the_database(database: Database, create: Create) -> None:
    create(
        "Nguyễn Thị Minh Khai",
        email="khai@example.vn",
        birthdate="1985-11-20",
        address="12 Hàng Bài, Hoàn Kiếm, Hà Nội",
        personal_number=NUMBER,
    )
    with database.read() as connection:
        rows = [*connection.execute(select(store.accounts)), *connection.execute(select(store.sign_in_names))]
    kept = repr([tuple(row) for row in rows])
    assert not [part for part in ("Khai", "khai", "912345678", "1985", "Hàng", NUMBER) if part in kept]


def test_a_profile_gives_the_name_in_its_parts(database: Database, sealer: Sealer, create: Create) -> None:
    khai = create(
        "Nguyễn  Thị Minh Khai",
        email="khai@example.vn",
        birthdate="1985-11-20",
        gender="female",
        address="12 Hàng Bài, Hà Nội",
        agency="H49",
        roles=["receiver"],
    )
    with database.read() as connection:
        profile = load_profile(connection, sealer, khai)
    assert profile is not None
    assert (profile.name, profile.family_name, profile.middle_name, profile.given_name) == (
        "Nguyễn Thị Minh Khai",
        "Nguyễn",
        "Thị Minh",
        "Khai",
    )
    assert (profile.birthdate, profile.gender, profile.address) == ("1985-11-20", "female", "12 Hàng Bài, Hà Nội")
    assert (profile.phone_number, profile.phone_number_verified) == ("+84912345678", True)
    assert (profile.email, profile.email_verified) == ("khai@example.vn", True)
    assert (profile.agency, profile.roles, profile.state) == ("H49", ("receiver",), "active")


def test_a_claimed_number_is_in_no_profile_and_a_proofed_one_is(
    database: Database, sealer: Sealer, create: Create
) -> None:
    claimed = create(personal_number=NUMBER)
    proofed = create(personal_number="001185099999", identity_level=2, phone=None)
    with database.read() as connection:
        first, second = (load_profile(connection, sealer, account) for account in (claimed, proofed))
    assert first is not None
    assert first.personal_number is None
    assert second is not None
    assert second.personal_number == "001185099999"


def test_a_sealed_column_copied_to_another_account_does_not_open(
    database: Database, sealer: Sealer, create: Create
) -> None:
    rich, poor = create(phone="+84912345678"), create(phone="+84912345679")
    with database.write() as connection:
        row = store.find(connection, rich)
        assert row is not None
        store.change(connection, poor, phone_sealed=row.phone_sealed)
        with pytest.raises(SealBroken):
            load_profile(connection, sealer, poor)


def test_nobody_has_no_profile(database: Database, sealer: Sealer) -> None:
    with database.read() as connection:
        assert load_profile(connection, sealer, "nobody") is None


def test_an_organisations_name_is_not_split(database: Database, sealer: Sealer, create: Create) -> None:
    company = create(
        "Công ty TNHH Gốm Bát Tràng", kind="organisation", identity_level=2, organisation_code="0100109106"
    )
    with database.read() as connection:
        profile = load_profile(connection, sealer, company)
    assert profile is not None
    assert (profile.name, profile.given_name) == ("Công ty TNHH Gốm Bát Tràng", None)
    assert profile.organisation_code == "0100109106"


def test_a_single_word_is_a_given_name(database: Database, sealer: Sealer) -> None:
    with database.write() as connection:
        made = accounts.create(connection, sealer, NewAccount("Khai", phone="+84912345678"), at=1.0, actor=OPERATOR)
        profile = load_profile(connection, sealer, made)
    assert profile is not None
    assert (profile.family_name, profile.given_name) == (None, "Khai")
