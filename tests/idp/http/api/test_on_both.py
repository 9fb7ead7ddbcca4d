"""What administrators look for is found on SQLite and on PostgreSQL alike, and odd characters are a fault of neither."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain.agencies import load_built_in
from tests.idp.http.api.conftest import Caller
from tests.support.certificates import OPERATOR, Office
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, database_url: str) -> Iterator[Provider]:
    made = make_provider(tmp_path / "idp", clock, database_url)
    yield made
    made.services.database.dispose()


def test_within_and_without_an_agency(central: Caller, of_h49: Caller, provider: Provider) -> None:
    own, below = provider.person("Bùi Thị Thanh Hà", agency="H49"), provider.person("Vũ Hải Sơn", agency="H49.12")
    provider.person("Lê Văn Lạ", agency="H491")
    provider.portal(agency="H49")
    officials = {"by": "agency", "value": "H49"}

    for caller in (central, of_h49):
        found = caller.post("/api/accounts/search", officials).json
        assert found is not None
        assert {item["account_id"] for item in found["items"]} == {own, below, of_h49.account}
    assert len((of_h49.get("/api/clients").json or {})["items"]) == 1
    assert len((central.get("/api/clients").json or {})["items"]) == 2


def test_a_certificate_by_every_way_and_its_end(central: Caller, provider: Provider) -> None:
    load_built_in(provider.services, actor=OPERATOR)
    office = Office(provider.services)
    khai = office.owner()
    for by, value in (("serial", khai.serial), ("subject", "nguyen thi minh khai"), ("account", khai.account_id)):
        found = central.post("/api/certificates/search", {"by": by, "value": value}).json
        assert found is not None
        assert [item["serial"] for item in found["items"]] == [khai.serial]

    revoked = central.post(f"/api/certificates/{khai.serial}/revoke", {"reason": "superseded"})
    office.at_work()

    assert revoked.status_code == 200
    assert (central.get(f"/api/certificates/{khai.serial}/consequences").json or {})["done"] is True


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "\ud800", "%", "_", "'", "\u202e", "💣", "\n"])
def test_odd_characters_find_nothing(central: Caller, value: str) -> None:
    for group, ways in (
        ("accounts", ("name", "sign_in_name", "agency")),
        ("certificates", ("serial", "subject", "account")),
    ):
        for by in ways:
            answer = central.post(f"/api/{group}/search", {"by": by, "value": value})
            assert answer.status_code in (200, 400, 422), (group, by, answer.text)
            if answer.status_code == 200:
                assert (answer.json or {})["items"] == []
