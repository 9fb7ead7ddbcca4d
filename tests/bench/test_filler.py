"""Most rows of a large installation are noise: as many, as long and as scattered as real ones, and nothing that opens."""

from collections import Counter
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from bench.scale import people
from bench.scale.fill import Filled, settle
from bench.scale.filler import Noise
from bench.scale.people import PORTALS, Town
from idp.domain import accounts
from idp.domain.profile import load_profile
from idp.services import Services
from keys.sealing import SealBroken, Sealer
from tests.bench.conftest import ACTIVE, PEOPLE

Whole = tuple[Services, Town, Filled]
LONG = PORTALS * ACTIVE


def of(services: Services, query: str) -> list[Any]:
    with services.database.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def town_of(people_in_all: int, active: int) -> Town:
    return Town(Sealer({1: bytes(32)}), people_in_all, 1_800_000_000, [], "", active)


@pytest.mark.postgresql
class TestFilled:
    def test_everybody_has_an_account_two_names_a_password_and_a_subject(self, whole: Whole) -> None:
        services, _, _ = whole
        everybody = {people.account_id(number) for number in range(PEOPLE)}
        assert {who for (who,) in of(services, "SELECT id FROM accounts")} == everybody
        names = Counter(who for (who,) in of(services, "SELECT account_id FROM sign_in_names"))
        assert names == dict.fromkeys(everybody, 2)
        for table in ("authenticators", "subjects"):
            assert Counter(who for (who,) in of(services, f"SELECT account_id FROM {table}")) == dict.fromkeys(
                everybody, 1
            )

    def test_only_the_active_have_sessions_families_and_agreements(self, whole: Whole) -> None:
        services, town, _ = whole
        active = {people.account_id(town.active_account(place)) for place in range(ACTIVE)}
        for table in ("sessions", "refresh_families", "consents"):
            counted = Counter(who for (who,) in of(services, f"SELECT account_id FROM {table}"))
            assert counted == dict.fromkeys(active, PORTALS), table

    def test_rows_of_noise_are_as_long_as_sealed_ones(self, whole: Whole) -> None:
        services, town, _ = whole
        active = {people.account_id(town.active_account(place)) for place in range(ACTIVE)}
        sealed = ("birth_date_sealed", "personal_number_sealed", "phone_sealed", "personal_number_proofed")
        sizes = ", ".join(f"length({column})" for column in sealed)
        found = of(services, f"SELECT id, {sizes} FROM accounts")
        found += of(services, "SELECT account_id, length(secret) FROM authenticators")
        real = {row[1:] for row in found if row[0] in active}
        assert {row[1:] for row in found if row[0] not in active} == real
        assert len(real) == 2
        hashes = of(services, "SELECT DISTINCT length(fingerprint), fingerprint ~ '^[0-9a-f]+$' FROM sign_in_names")
        assert hashes == [(64, True)]

    def test_a_name_of_noise_is_as_long_as_its_persons_own_would_be(self, whole: Whole) -> None:
        services, town, _ = whole
        found = dict(of(services, "SELECT id, length(name_sealed) FROM accounts"))
        for number in range(PEOPLE):
            own = town.sealer.seal(people.NAMES[number].encode(), "a name")
            assert found[people.account_id(number)] == len(own)

    def test_noise_is_neither_found_nor_opened(self, whole: Whole) -> None:
        services, town, _ = whole
        others = {*range(PEOPLE)} - {town.active_account(place) for place in range(ACTIVE)}
        assert len(others) == PEOPLE - ACTIVE
        with services.database.read() as connection:
            for number in others:
                assert accounts.find_by_name(connection, services.sealer, people.phone(number)) is None
                with pytest.raises(SealBroken):
                    load_profile(connection, services.sealer, people.account_id(number))

    def test_rows_lie_in_the_order_in_which_they_would_have_come(self, whole: Whole) -> None:
        services, _, _ = whole
        for table, key in (("sessions", "sid"), ("refresh_families", "gid")):
            found = of(services, f"SELECT {key}, created_at FROM {table} ORDER BY ctid")
            assert found == sorted(found)
            assert len(found) == LONG
            for identifier, at in found:
                assert UUID(identifier).version == 7
                assert int(identifier.replace("-", "")[:12], 16) // 1000 == at
        numbers = [who for (who,) in of(services, "SELECT id FROM accounts ORDER BY ctid")]
        assert numbers == [people.account_id(number) for number in range(PEOPLE)]
        assert {UUID(who).version for who in numbers} == {4}

    def test_a_cluster_that_does_not_wait_for_the_disk_is_not_measured(self, whole: Whole) -> None:
        services, _, _ = whole
        with pytest.raises(RuntimeError, match="still in a hurry"):
            settle(services.settings.database_url)


class TestActive:
    @pytest.mark.parametrize(("everybody", "active"), [(30, 12), (100, 100), (1000, 7), (150, 100), (10, 100)])
    def test_they_are_spread_evenly_and_each_once(self, everybody: int, active: int) -> None:
        town = town_of(everybody, active)
        numbers = [town.active_account(place) for place in range(town.active)]
        assert numbers[0] == 0
        gaps = {after - before for before, after in zip(numbers, [*numbers[1:], everybody], strict=True)}
        assert min(gaps) >= 1
        assert max(gaps) - min(gaps) <= 1

    @pytest.mark.parametrize(("everybody", "active"), [(30, 12), (100, 100), (1000, 7), (150, 100)])
    @pytest.mark.parametrize("step", [1, 9, 64, 1000])
    def test_blocks_find_them_all_wherever_they_are_cut(self, everybody: int, active: int, step: int) -> None:
        town = town_of(everybody, active)
        found = [
            number
            for first in range(0, everybody, step)
            for number in sorted(town.active_among(range(first, min(first + step, everybody))))
        ]
        assert found == [town.active_account(place) for place in range(active)]

    def test_every_grant_has_a_time_of_its_own_and_a_persons_lie_apart(self) -> None:
        town = town_of(1000, 100)
        by_time = town.grants_by_time()
        assert sorted(by_time) == list(range(1000))
        times = [town.began(grant) for grant in by_time]
        assert times == sorted(times)
        assert town.now - people.SIGNED_IN_WITHIN <= times[0]
        assert times[-1] < town.now
        of_one = sorted(town.began(grant) for grant in range(PORTALS))
        assert all(after - before > 60 for before, after in pairwise(of_one))


class TestNoise:
    def test_it_never_gives_the_same_twice(self) -> None:
        noise = Noise()
        assert len({noise.keyed_hash() for _ in range(20_000)}) == 20_000

    def test_it_looks_like_what_was_sealed(self) -> None:
        like = Sealer({3: bytes(32)}).seal("Nguyễn Thị Lan".encode(), "a name")
        text = Noise().sealed(like)
        assert text.startswith(r"\\x03")
        assert len(bytes.fromhex(text.removeprefix(r"\\x"))) == len(like)
