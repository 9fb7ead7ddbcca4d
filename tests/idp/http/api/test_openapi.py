"""The document says what the code does: it is valid OpenAPI 3.1, and no call that it allows is answered otherwise."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator

from idp.domain.release import api_scopes
from idp.http.api.operations import OPERATIONS
from tests.idp.http.api.conftest import BOTH, Caller
from tests.support.provider import Provider

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis


@pytest.fixture
def document(provider: Provider) -> dict[str, Any]:
    answer = provider.browser().get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json or {})


def test_it_is_valid_and_speaks_of_the_issuer(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "http://localhost:8000"}]


def test_every_operation_is_in_it_with_the_scope_that_it_needs(document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(described) == {(each.method, each.path) for each in OPERATIONS}
    for each in OPERATIONS:
        assert described[each.method, each.path]["security"] == [{"access_token": [each.scope]}]


def test_every_scope_is_declared_and_every_name_is_unique() -> None:
    assert {each.scope for each in OPERATIONS} <= api_scopes()
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)


def test_scripts_of_portals_may_read_it(provider: Provider) -> None:
    provider.portal(redirect_uris=["https://portal.example/callback"])
    answer = provider.browser().get("/api/openapi.json", headers={"Origin": "https://portal.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "https://portal.example"


@pytest.mark.parametrize("place", range(len(OPERATIONS)), ids=[each.name for each in OPERATIONS])
def test_no_call_is_answered_otherwise_than_it_says(place: int, enter: Callable[..., Caller]) -> None:
    caller = enter(*BOTH, "counter_official")
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", caller.provider.application)
    operation = next(
        found.ok()
        for found in schema.get_all_operations()
        if (found.ok().method.upper(), found.ok().path) == (OPERATIONS[place].method, OPERATIONS[place].path)
    )
    headers = {"Authorization": f"Bearer {caller.token}"}

    @given(case=operation.as_strategy())
    @settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def every(case: Any) -> None:
        case.call_and_validate(headers=headers)

    every()
