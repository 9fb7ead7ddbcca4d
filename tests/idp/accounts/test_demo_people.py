"""The demo's people are a believable dozen who sign in as the table says, seeded once, and nobody's real data."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.data import read_json
from idp.domain import accounts
from idp.domain.authenticators import password, password_rules
from idp.domain.demo_people import demo_people, seed_demo_people
from idp.domain.profile import load_profile
from idp.domain.sign_in import make_sign_in
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store import accounts as store
from tests.support.clock import StoppedClock
from tests.support.tables import make_tables

PEOPLE = read_json("demo_people.json")["people"]
PROVINCES = {"001": "Hà Nội", "022": "Quảng Ninh", "031": "Hải Phòng", "066": "Đắk Lắk"}


@pytest.fixture
def services(tmp_path: Path, clock: StoppedClock) -> Iterator[Services]:
    """A demo whose people are not there yet."""
    made = make_services(Settings(home=tmp_path, demo=True, argon2_memory_kib=8192, argon2_time_cost=1), clock)
    make_tables(made.database)
    yield made
    made.database.dispose()


def test_everybody_signs_in_as_the_table_says(services: Services) -> None:
    assert seed_demo_people(services) == len(PEOPLE) >= 12
    sign_in = make_sign_in(services)
    for person, row in zip(demo_people(), PEOPLE, strict=True):
        account_id = sign_in.with_password(person.sign_in_name, person.password, address="127.0.0.1").account_id
        with services.database.read() as connection:
            profile = load_profile(connection, services.sealer, account_id)
        assert profile is not None
        assert (profile.name, profile.identity_level) == (row["name"], row["identity_level"])
        assert (profile.agency, list(profile.roles)) == (row.get("agency"), row.get("roles", []))


def test_seeding_again_changes_nothing(services: Services) -> None:
    seed_demo_people(services)
    with services.database.read() as connection:
        before = store.page(connection)
    assert seed_demo_people(services) == 0
    with services.database.read() as connection:
        assert store.page(connection) == before


def test_they_are_marked_as_invented_and_have_a_password_each(services: Services) -> None:
    seed_demo_people(services)
    with services.database.read() as connection:
        rows = store.page(connection)
        hashes = {password.kept(connection, services.sealer, row.id) for row in rows}
    assert all(row.demo for row in rows)
    assert len(hashes) == len(rows)


def test_who_claims_a_proofed_number_only_claims_it(services: Services) -> None:
    seed_demo_people(services)
    with services.database.read() as connection:
        owner = accounts.find_by_name(connection, services.sealer, "022090023456")
        claimant = accounts.find_by_name(connection, services.sealer, "vanhuu@example.vn")
    assert owner is not None
    assert claimant is not None
    assert owner.id != claimant.id
    assert claimant.personal_number_claim == owner.personal_number_proofed


@pytest.mark.parametrize("row", [row for row in PEOPLE if "personal_number" in row], ids=lambda row: row["key"])
def test_a_personal_number_says_province_century_sex_and_year(row: dict[str, str]) -> None:
    number, year = row["personal_number"], int(row["birthdate"][:4])
    assert number[:3] in PROVINCES
    century = {"male": 0, "female": 1}[row["gender"]] + 2 * (year >= 2000)
    assert number[3:6] == f"{century}{year % 100:02}"
    assert len(number) == 12


def test_the_companys_code_has_the_shape_of_a_tax_code() -> None:
    (company,) = (row for row in PEOPLE if row.get("kind") == "organisation")
    *digits, check = (int(digit) for digit in company["organisation_code"])
    weighed = sum(digit * weight for digit, weight in zip(digits, (31, 29, 23, 19, 17, 13, 7, 5, 3), strict=True))
    assert check == 10 - weighed % 11


def test_there_is_somebody_for_every_part() -> None:
    assert {row.get("kind", "citizen") for row in PEOPLE} == {"citizen", "official", "organisation"}
    assert {row["agency"] for row in PEOPLE if "agency" in row} >= {"G02", "H49"}
    assert any("administrator" in row.get("roles", ()) for row in PEOPLE)
    assert {row["identity_level"] for row in PEOPLE if "kind" not in row} == {1, 2}


def test_their_password_would_do_for_anybody() -> None:
    for person in demo_people():
        password_rules.check(person.password, [person.name, person.sign_in_name])
    assert all(set(person.words) == {"vi", "en"} for person in demo_people())


def test_addresses_and_phones_are_nobodys() -> None:
    assert all(row.get("email", "@example.vn").endswith("example.vn") for row in PEOPLE)
    assert all(row.get("phone", "+849120000").startswith("+849120000") for row in PEOPLE)
