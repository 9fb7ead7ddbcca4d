"""The agency catalogue: who stood when, who succeeded whom in 2025, and no half-loaded or contradictory list."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain import agencies
from idp.domain.agencies import CatalogueInvalid, built_in, load_built_in, on, read_catalogue, successor_on
from idp.errors import Refusal
from idp.protocol.endpoints import machine_endpoints
from idp.protocol.exchange import MachineRequest
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store import agencies as store
from idp.store.agencies import AgencyRow
from tests.idp.accounts.conftest import OPERATOR, Run, Trail
from tests.support.clock import StoppedClock
from tests.support.tables import make_tables

CATALOGUE = read_catalogue(built_in())
TODAY, BEFORE = "2026-03-02", "2024-06-01"
HEADER = ",".join(agencies.COLUMNS)


def codes(rows: list[AgencyRow], kind: str) -> list[str]:
    return [row.code for row in rows if row.kind == kind]


@pytest.fixture
def services(environment: None, clock: StoppedClock) -> Iterator[Services]:
    made = make_services(Settings(), clock)
    make_tables(made.database)
    yield made
    made.database.dispose()


class TestTheBuiltInOne:
    def test_63_provinces_became_34(self) -> None:
        assert len(codes(on(CATALOGUE, BEFORE), "province")) == 63
        assert len(codes(on(CATALOGUE, "2025-06-30"), "province")) == 63
        assert len(codes(on(CATALOGUE, "2025-07-01"), "province")) == 34
        assert codes(on(CATALOGUE, BEFORE), "province") == [f"H{number:02}" for number in range(1, 64)]

    def test_22_ministries_became_17(self) -> None:
        assert len(codes(on(CATALOGUE, "2025-02-28"), "ministry")) == 22
        assert len(codes(on(CATALOGUE, "2025-03-01"), "ministry")) == 17

    @pytest.mark.parametrize(
        ("old", "new", "name"),
        [
            ("G05", "G12", "Bộ Tài chính"),
            ("G04", "G17", "Bộ Xây dựng"),
            ("G13", "G10", "Bộ Nông nghiệp và Môi trường"),
            ("G14", "G06", "Bộ Khoa học và Công nghệ"),
            ("G07", "G09", "Bộ Nội vụ"),
            ("H22", "H60", "Ủy ban nhân dân tỉnh Tuyên Quang"),
            ("H09", "H29", "Ủy ban nhân dân Thành phố Hồ Chí Minh"),
            ("H47", "H17", "Ủy ban nhân dân Thành phố Đà Nẵng"),
            ("H49", "H49", "Ủy ban nhân dân tỉnh Quảng Ninh"),
        ],
    )
    def test_who_does_today_what_an_agency_once_did(self, old: str, new: str, name: str) -> None:
        today, then = successor_on(CATALOGUE, old, TODAY), successor_on(CATALOGUE, old, BEFORE)
        assert today is not None
        assert (today.code, today.name_vi) == (new, name)
        assert then is not None
        assert then.code == old

    def test_one_code_kept_through_a_change_of_name(self) -> None:
        names = {row.name_vi for row in CATALOGUE if row.code == "H57"}
        assert names == {"Ủy ban nhân dân tỉnh Thừa Thiên Huế", "Ủy ban nhân dân Thành phố Huế"}
        (today,) = (row for row in on(CATALOGUE, TODAY) if row.code == "G10")
        assert today.name_en == "Ministry of Agriculture and Environment"

    def test_everybody_who_went_has_somebody_standing_today(self) -> None:
        assert all(successor_on(CATALOGUE, row.code, TODAY) for row in CATALOGUE)

    def test_every_row_says_where_it_comes_from_and_how_sure_it_is(self) -> None:
        assert all(row.source for row in CATALOGUE)
        assert {row.certainty for row in CATALOGUE} == {"verified", "secondary", "recalled"}
        # What the mergers say rests on press reports alone, so no row that ends may claim more.
        assert all(row.certainty != "verified" for row in CATALOGUE if row.valid_until or row.valid_from)

    def test_an_unknown_code_has_no_successor(self) -> None:
        assert successor_on(CATALOGUE, "H99", TODAY) is None

    def test_a_circle_of_successors_ends(self) -> None:
        rows = [AgencyRow(a, a, a, "province", "", "2020-01-01", b) for a, b in (("H01", "H02"), ("H02", "H01"))]
        assert successor_on(rows, "H01", TODAY) is None


class TestMistakes:
    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("G2,a,b,ministry,,,,s,verified", "no level 1 code"),
            ("G02,,b,ministry,,,,s,verified", "name is missing"),
            ("G02,a,b,club,,,,s,verified", "kind is none"),
            ("G02,a,b,ministry,,,,s,sure", "certainty is none"),
            ("G02,a,b,ministry,,,,,verified", "source is missing"),
            ("G02,a,b,ministry,01/07/2025,,,s,verified", "not YYYY-MM-DD"),
            ("G02,a,b,ministry,20250701,,,s,verified", "not YYYY-MM-DD"),
            ("G02,a,b,ministry,2025-07-01,2025-01-01,,s,verified", "ends before it begins"),
            ("G02,a,b,ministry,,,G03,s,verified", "successor and no end"),
            ("G02,a,b,ministry,,2025-01-01,G03,s,verified", "which did not stand on 2025-01-01"),
            ("G02,a,b,ministry", "not 9 columns"),
            ("G02,a,b,ministry,,,,s,verified,more", "not 9 columns"),
            ("", "no rows"),
        ],
    )
    def test_each_is_named(self, line: str, words: str) -> None:
        with pytest.raises(CatalogueInvalid, match=words):
            read_catalogue(f"{HEADER}\n{line}\n")

    def test_all_are_named_at_once_with_their_lines(self) -> None:
        with pytest.raises(CatalogueInvalid) as mistakes:
            read_catalogue(f"{HEADER}\nG2,a,b,ministry,,,,s,verified\nG03,a,b,club,,,,s,verified\n")
        assert "line 2" in str(mistakes.value)
        assert "line 3" in str(mistakes.value)

    def test_two_agencies_with_one_code_at_once(self) -> None:
        twice = "G02,a,b,ministry,,2025-06-01,,s,verified\nG02,c,d,ministry,2025-01-01,,,s,verified\n"
        with pytest.raises(CatalogueInvalid, match="two agencies at once"):
            read_catalogue(f"{HEADER}\n{twice}")

    def test_other_columns(self) -> None:
        with pytest.raises(CatalogueInvalid, match="columns must be"):
            read_catalogue("code,name\nG02,a\n")


class TestLoading:
    def test_it_replaces_what_was_there_is_recorded_and_seen_by_every_process(self, services: Services) -> None:
        before = services.freshness.number(agencies.CATALOGUE)
        assert load_built_in(services, actor=OPERATOR)
        assert services.freshness.number(agencies.CATALOGUE) == before + 1
        with services.database.read() as connection:
            assert len(store.every(connection)) == len(CATALOGUE)
        last = Trail(services.database).rows()[-1]
        assert (last.action, json.loads(last.details)) == ("agencies_loaded", {"rows": len(CATALOGUE)})

    def test_loading_the_same_again_changes_nothing(self, services: Services) -> None:
        load_built_in(services, actor=OPERATOR)
        assert not load_built_in(services, actor=OPERATOR)
        assert Trail(services.database).actions() == ["agencies_loaded"]

    @pytest.mark.parametrize("code", ["G02", "H49", "H49.12", "H26.12.01", "G05"])
    def test_a_code_of_any_level_is_known_by_its_level_1(self, services: Services, code: str) -> None:
        load_built_in(services, actor=OPERATOR)
        with services.database.read() as connection:
            assert agencies.check_code(connection, code) == code

    @pytest.mark.parametrize("code", ["H99", "G2", "", "H49.", "H49.1234", "h49", "H49/../G02"])
    def test_any_other_is_refused(self, services: Services, code: str) -> None:
        load_built_in(services, actor=OPERATOR)
        with services.database.read() as connection, pytest.raises(Refusal, match="no agency"):
            agencies.check_code(connection, code)

    def test_before_one_is_loaded_only_the_shape_counts(self, services: Services) -> None:
        with services.database.read() as connection:
            assert agencies.check_code(connection, "H99")
            with pytest.raises(Refusal):
                agencies.check_code(connection, "nonsense")


class TestEndpoint:
    def ask(self, services: Services, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        reply = machine_endpoints(services)["/api/agencies"](MachineRequest("GET", "/api/agencies", headers=headers))
        return reply.status, reply.body, dict(reply.headers)

    def test_the_whole_catalogue_in_both_languages(self, services: Services) -> None:
        load_built_in(services, actor=OPERATOR)
        status, body, headers = self.ask(services)
        rows = json.loads(body)["agencies"]
        assert (status, headers["Content-Type"], len(rows)) == (200, "application/json", len(CATALOGUE))
        (halong,) = (row for row in rows if row["code"] == "H49")
        assert halong["name"] == {
            "vi": "Ủy ban nhân dân tỉnh Quảng Ninh",
            "en": "People's Committee of Quảng Ninh Province",
        }
        assert (halong["valid_from"], halong["valid_until"], halong["successor"]) == (None, None, None)

    def test_who_has_it_already_is_told_so(self, services: Services) -> None:
        load_built_in(services, actor=OPERATOR)
        etag = self.ask(services)[2]["ETag"]
        status, body, headers = self.ask(services, **{"if-none-match": etag})
        assert (status, body, headers["ETag"]) == (304, b"", etag)

    def test_another_catalogue_has_another_tag(self, services: Services, clock: StoppedClock) -> None:
        answer = machine_endpoints(services)["/api/agencies"]
        request = MachineRequest("GET", "/api/agencies")
        empty = dict(answer(request).headers)["ETag"]
        load_built_in(services, actor=OPERATOR)
        assert dict(answer(request).headers)["ETag"] != empty


class TestCommand:
    def test_loading_and_listing(self, command: Run) -> None:
        assert json.loads(command("agency", "load", "--json").stdout) == {"rows": len(CATALOGUE), "changed": True}
        assert "were loaded already" in command("agency", "load").stdout
        today = json.loads(command("agency", "list", "--json").stdout)
        assert sum(row["kind"] == "province" for row in today) == 34
        then = json.loads(command("agency", "list", "--at", BEFORE, "--json").stdout)
        assert sum(row["kind"] == "province" for row in then) == 63
        assert len(command("agency", "list", "--all").stdout.splitlines()) == len(CATALOGUE)
        assert "G05" not in command("agency", "list").stdout

    def test_a_list_with_mistakes_leaves_the_old_one(self, command: Run, tmp_path: Path) -> None:
        command("agency", "load")
        file = tmp_path / "agencies.csv"
        file.write_text(f"{HEADER}\nG2,a,b,ministry,,,,s,verified\n", encoding="utf-8")
        assert "no level 1 code" in command("agency", "load", str(file), status=1).stderr
        assert len(json.loads(command("agency", "list", "--all", "--json").stdout)) == len(CATALOGUE)

    def test_an_official_belongs_to_an_agency_that_exists(self, command: Run) -> None:
        command("agency", "load")
        arguments = ["account", "add", "--name", "Vũ Hải Sơn", "--email", "son@example.vn"]
        assert "H99" in command(*arguments, "--agency", "H99", status=1).stderr
        command(*arguments, "--agency", "H49.3")
