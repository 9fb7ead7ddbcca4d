"""The kit's typed client against the real API: what a portal's engineer writes, and what comes back."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from clients.kit.errors import NeighbourRefused, NeighbourSilent
from clients.kit.signatures import PATH, DetachedContent, read, validate
from tests.idp.validations.conftest import GOOD, Machine
from tests.support.documents import pades, xades
from tests.support.documents.detached import detached_cades
from tests.support.provider import Provider

LETTER = "Kính gửi Ủy ban nhân dân phường Hồng Gai".encode()


@dataclass
class OverHttp:
    """The neighbour's API as the kit calls it, over the provider's own HTTP."""

    machine: Machine

    def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.machine.post(f"/api{path}", content)
        if 400 <= answer.status_code < 500:
            raise NeighbourRefused(answer.status_code, answer.json or {})
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})


@pytest.fixture
def api(machine: Machine) -> OverHttp:
    return OverHttp(machine)


def test_a_good_document_passes_with_all_that_is_known_of_it(api: OverHttp):
    found = validate(pades(GOOD, "LTA"), name="Quyết định.pdf", through=api)

    assert found.passed
    (signature,) = found.signatures
    assert (signature.signed_by, signature.hierarchy) == ("Nguyễn Thị Hồng Ẩn", "public")
    assert signature.proven_time == datetime(2021, 3, 1, 9, 1, tzinfo=UTC)
    assert signature.level == "PAdES_BASELINE_LTA"


def test_a_changed_one_does_not(api: OverHttp):
    found = validate(xades(GOOD, "LTA").replace("xây dựng".encode(), "lao động".encode()), through=api)
    assert not found.passed
    assert found.signatures[0].sub_indication == "HASH_FAILURE"


def test_nothing_signed_is_nothing_passed(api: OverHttp):
    found = validate(b"no signature", through=api)
    assert (found.passed, found.signatures) == (False, ())
    assert found.warnings


def test_a_status_that_is_not_known_yet_is_told(api: OverHttp, provider: Provider):
    provider.services.validations.sources = ()
    found = validate(pades(GOOD, "B"), through=api)
    assert (found.passed, found.try_later) == (False, True)


def test_content_may_stay_at_home(api: OverHttp):
    digest = DetachedContent("thư.txt", digests={"sha256": sha256(LETTER).digest()})
    whole = DetachedContent("thư.txt", LETTER)
    signature = detached_cades(GOOD, LETTER)

    assert validate(signature, contents=[digest], through=api).passed
    assert validate(signature, contents=[whole], through=api).passed
    assert not validate(signature, through=api).passed


def test_time_and_policy_go_along(api: OverHttp):
    later = validate(pades(GOOD, "LTA"), at=datetime(2021, 3, 3, 8, tzinfo=UTC), through=api)
    other = validate(pades(GOOD, "LTA"), policy="motcua-1-government", through=api)
    assert (later.passed, other.passed) == (True, False)
    with pytest.raises(NeighbourRefused):
        validate(b"x", at=datetime(2090, 1, 1, tzinfo=UTC), through=api)


def test_the_path_is_the_one_that_the_api_describes(provider: Provider):
    assert f"/api{PATH}" in (provider.browser().get("/api/openapi.json").json or {})["paths"]


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda conclusion: conclusion.pop(name)


def _counted(conclusion: dict[str, Any]) -> None:
    conclusion["validSignaturesCount"] = 2


def _promoted(conclusion: dict[str, Any]) -> None:
    conclusion["signatures"][0]["indication"] = "INDETERMINATE"


def _timeless(conclusion: dict[str, Any]) -> None:
    conclusion["signatures"][0]["claimedSigningTime"] = "yesterday"


@pytest.mark.parametrize(
    "spoil",
    [
        _without("signatures"),
        _without("signaturesCount"),
        _without("validSignaturesCount"),
        _counted,
        _promoted,
        _timeless,
    ],
)
def test_a_report_of_another_shape_is_no_verdict(api: OverHttp, spoil: Callable[[dict[str, Any]], None]):
    report = api.machine.validate(pades(GOOD, "LTA")).json or {}
    read(report)
    spoilt = copy.deepcopy(report)
    spoil(spoilt["validationReport"]["validationConclusion"])
    with pytest.raises(NeighbourSilent):
        read(spoilt)


@pytest.mark.parametrize("report", [{}, {"validationReport": None}, {"validationReport": {"validationConclusion": []}}])
def test_no_report_is_no_verdict(report: dict[str, Any]):
    with pytest.raises(NeighbourSilent):
        read(report)
