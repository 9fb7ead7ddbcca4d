"""Addresses of the API that are none, methods they do not take, and what is wrong with a query: problem details, never a 500."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.http.api.operations import OPERATIONS
from idp.http.api.routes import Routes
from tests.idp.http.api.conftest import Caller
from tests.support.provider import Provider

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing",
        "/api/clients/",
        "/api/clients/a/b",
        "/api/clients/..%2faccounts",
        "/api/clients/%2e%2e/accounts",
        "/api/clients/a%00",
        "/api/clients/a%0a",
        "/api/clients/%C3%A1",
        "/api/clients/" + "a" * 129,
        "/api//clients",
        "/api/",
    ],
)
def test_an_address_that_is_none_is_a_problem_of_404(central: Caller, path: str) -> None:
    answer = central.get(path)

    assert answer.status_code == 404
    assert answer.content_type == PROBLEM


@pytest.mark.parametrize("identifier", ["", "a/b", "a\x00", "a\n", "á", "a b", "%2e", "a" * 129, "a;b", "a\\b", "a?b"])
def test_what_can_be_no_identifier_reaches_no_operation(provider: Provider, identifier: str) -> None:
    found = Routes(provider.services, OPERATIONS).find(f"/api/certificates/{identifier}/revoke")

    assert found is not None
    assert found[0] == "/api/*"


def test_no_log_keeps_whom_a_call_was_about(central: Caller, log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    central.get("/api/accounts/0e2b4a2c-3cea-4b63-acbd-c3e84bc728aa/sessions")
    central.get("/api/accounts/001185012345/numbers")

    said = str(log_lines())
    assert "/api/accounts/{account_id}/sessions" in said
    assert "0e2b4a2c" not in said
    assert "001185012345" not in said


@pytest.mark.parametrize("client_id", ["none", "..", "~", "-", "%27--"])
def test_an_identifier_of_nobody_is_a_problem_of_404(central: Caller, client_id: str) -> None:
    answer = central.get(f"/api/clients/{client_id}")

    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["title"] == "Not Found"
    assert answer.json["status"] == 404


def test_another_method_is_told_which_there_are(central: Caller) -> None:
    answer = central.call("DELETE", "/api/clients")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert answer.content_type == PROBLEM


def test_options_are_answered_without_a_token(provider: Provider) -> None:
    answer = provider.browser().options("/api/clients")

    assert answer.status_code == 204
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_head_has_the_head_alone(central: Caller) -> None:
    answer = central.call("HEAD", "/api/clients")

    assert answer.status_code == 200
    assert answer.text == ""


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=%2F", "limit=1e9", "page=2", "after=%00"])
def test_a_query_that_does_not_fit_is_told_where(central: Caller, query: str) -> None:
    answer = central.get(f"/api/clients?{query}")

    assert answer.status_code == 422
    assert answer.content_type == PROBLEM
    assert answer.json is not None
    assert answer.json["errors"][0]["where"].startswith("query.")


@pytest.mark.parametrize("query", ["limit=1&limit=2", "after=%ff"])
def test_a_query_that_cannot_be_read_is_a_problem_of_400(central: Caller, query: str) -> None:
    assert central.get(f"/api/clients?{query}").status_code == 400


def test_an_operation_without_query_takes_none(central: Caller) -> None:
    assert central.get("/api/clients/x?fields=secret_hash").status_code == 422


def test_a_body_that_is_too_long_is_a_problem_too(central: Caller) -> None:
    answer = central.call("GET", "/api/clients", data=b"x" * 70_000)

    assert answer.status_code == 413
    assert answer.content_type == PROBLEM
