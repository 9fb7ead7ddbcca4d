"""Accounts as administrators see them: searched by what is known, masked, within reach, and each look in the trail."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.store.audit import Entry
from tests.idp.http.api.conftest import Caller
from tests.support.provider import Provider

SEARCH = "/api/accounts/search"
KHAI = NewAccount(
    "Nguyễn Thị Minh Khai",
    identity_level=2,
    personal_number="001185012345",
    phone="+84912000001",
    email="minhkhai@example.vn",
    address="12 Hàng Bài, Hà Nội",
)
HA = NewAccount(
    "Bùi Thị Thanh Hà",
    kind="official",
    identity_level=2,
    personal_number="022192067890",
    email="habtt@quangninh.example.vn",
    agency="H49",
    roles=("receiver",),
)
THANG = NewAccount(
    "Hoàng Đức Thắng",
    kind="official",
    identity_level=2,
    personal_number="031079056789",
    email="thanghd@moit.example.vn",
    agency="G02",
    roles=("signer",),
)


@pytest.fixture
def people(provider: Provider) -> dict[str, str]:
    """Three people: a citizen, an official of Quảng Ninh and one of a ministry."""
    services = provider.services
    with services.database.write() as connection:
        return {
            name: accounts.create(connection, services.sealer, new, at=services.clock(), actor=("operator", "test"))
            for name, new in {"khai": KHAI, "ha": HA, "thang": THANG}.items()
        }


def found(caller: Caller, by: str, value: str) -> list[dict[str, Any]]:
    answer = caller.post(SEARCH, {"by": by, "value": value})
    assert answer.status_code == 200, answer.text
    return list((answer.json or {})["items"])


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ("name", "Nguyễn Thị Minh Khai"),
        ("name", "nguyen  thi minh KHAI"),
        ("name", unicodedata.normalize("NFD", "Nguyễn Thị Minh Khai")),
        ("sign_in_name", "0912 000 001"),
        ("sign_in_name", "MinhKhai@example.vn"),
        ("sign_in_name", "001185012345"),
    ],
)
def test_a_citizen_is_found_however_it_is_written(central: Caller, people: dict[str, str], by: str, value: str) -> None:
    assert [item["account_id"] for item in found(central, by, value)] == [people["khai"]]


@pytest.mark.parametrize(
    ("by", "value"), [("name", "Minh Khai"), ("name", "%"), ("sign_in_name", "khai"), ("agency", "")]
)
def test_a_part_of_a_name_finds_nobody(central: Caller, people: dict[str, str], by: str, value: str) -> None:
    answer = central.post(SEARCH, {"by": by, "value": value})

    assert answer.status_code == 422 if not value else answer.json == {"items": [], "next": None}


def test_numbers_and_addresses_are_masked_and_no_more_is_told(central: Caller, people: dict[str, str]) -> None:
    (khai,) = found(central, "name", KHAI.name)
    whole = central.get(f"/api/accounts/{people['khai']}")

    assert khai["personal_number"] == "•••••••••345"
    assert khai["phone"] == "•••••••••001"
    assert khai["email"] == "m•••@example.vn"
    for secret in ("001185012345", "912000001", "minhkhai", "Hàng Bài", "sealed", "fingerprint"):
        assert secret not in whole.text


def test_officials_are_listed_by_agency_and_not_by_anybody_elses_code(central: Caller, people: dict[str, str]) -> None:
    assert people["thang"] in {item["account_id"] for item in found(central, "agency", "G02")}
    assert found(central, "agency", "G0") == []


def test_an_agencys_administrator_finds_its_officials_alone(of_h49: Caller, people: dict[str, str]) -> None:
    assert [item["name"] for item in found(of_h49, "name", HA.name)] == [HA.name]
    assert found(of_h49, "name", THANG.name) == []
    assert found(of_h49, "name", KHAI.name) == []
    assert found(of_h49, "sign_in_name", "001185012345") == []
    assert found(of_h49, "agency", "G02") == []
    assert {item["agency"] for item in found(of_h49, "agency", "H49")} == {"H49"}


def test_what_is_out_of_reach_looks_like_what_is_not_there(of_h49: Caller, people: dict[str, str]) -> None:
    other = of_h49.get(f"/api/accounts/{people['thang']}")
    nobody = of_h49.get("/api/accounts/00000000-0000-0000-0000-000000000000")

    assert other.status_code == nobody.status_code == 404
    assert without_reference(other.json) == without_reference(nobody.json)


def without_reference(problem: Any) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "reference"}


def test_every_look_at_somebody_is_in_the_trail_with_who_where_and_why(
    of_h49: Caller, people: dict[str, str], trail: Callable[[str], list[Entry]]
) -> None:
    found(of_h49, "name", HA.name)
    of_h49.get(f"/api/accounts/{people['ha']}")
    of_h49.get(f"/api/accounts/{people['thang']}")

    read = trail("personal_data_read")

    assert {(entry.reason, entry.account_id) for entry in read} == {("search", people["ha"]), ("shown", people["ha"])}
    assert len(read) == 2
    assert {(entry.actor_kind, entry.actor_id, entry.agency) for entry in read} == {
        ("administrator", of_h49.account, "H49")
    }


def test_a_search_goes_on_behind_its_last_item(central: Caller, provider: Provider) -> None:
    for _ in range(5):
        provider.person("Trần Văn An")
    first = central.post(SEARCH, {"by": "name", "value": "Trần Văn An", "limit": 3}).json
    assert first is not None
    second = central.post(SEARCH, {"by": "name", "value": "Trần Văn An", "limit": 3, "after": first["next"]}).json
    assert second is not None

    seen = [item["account_id"] for item in first["items"] + second["items"]]
    assert len(set(seen)) == 5
    assert second["next"] is None


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        "text",
        {"by": "name"},
        {"by": "id", "value": "x"},
        {"by": "name", "value": "x", "all": True},
        {"by": "name", "value": 5},
    ],
)
def test_a_search_that_does_not_fit_is_told_where(central: Caller, content: Any) -> None:
    answer = central.post(SEARCH, content)

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_what_was_sent_is_never_repeated(central: Caller) -> None:
    answer = central.post(SEARCH, {"by": "name", "value": {"number": "001185012345"}})

    assert "001185012345" not in answer.text


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 20000, b'{"by": NaN}', b""])
def test_a_body_that_is_no_json_is_a_problem_of_400(central: Caller, data: bytes) -> None:
    answer = central.call("POST", SEARCH, data=data, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


def test_a_form_is_no_json(central: Caller) -> None:
    answer = central.call("POST", SEARCH, data={"by": "name", "value": "x"})

    assert answer.status_code == 415


def test_odd_characters_find_nobody(central: Caller) -> None:
    for value in ("\x00", "\ud800", "a" * 320, "\u202e", "' OR 1=1 --"):
        assert central.post(SEARCH, {"by": "name", "value": value}).status_code in (200, 400, 422)
