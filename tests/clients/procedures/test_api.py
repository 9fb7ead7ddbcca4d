"""Machines read the catalogue: paged, cheaply asked again, and refused in the words of RFC 9457."""

import pytest
from flask import Flask


def test_every_procedure_is_read_page_by_page_and_once(portal: Flask) -> None:
    client, seen, page = portal.test_client(), [], 1
    while page is not None:
        answer = client.get(f"/api/procedures?limit=10&page={page}").json
        assert answer is not None
        seen += [it["code"] for it in answer["procedures"]]
        page = answer["next"]

    assert len(seen) == len(set(seen)) == answer["total"] == 33


def test_a_procedure_has_what_a_form_and_a_deadline_are_made_from(portal: Flask) -> None:
    found = portal.test_client().get("/api/procedures/1.001193").json
    assert found is not None

    assert found["name"] == {"vi": "Đăng ký khai sinh", "en": "Registration of a birth"}
    assert (found["working_days"], found["acr"], found["online"]) == (1, "urn:vn:eid:loa2", "full")
    assert {part["key"] for part in found["form"]} >= {"full_name", "child_name", "child_birthdate"}
    assert found["documents"][0]["signature"] == "issuer"
    assert (found["certainty"], bool(found["source"])) == ("recalled", True)


def test_what_one_has_already_is_not_sent_again(portal: Flask) -> None:
    """RFC 9110 §13.1.2: the same state gives 304 without a body."""
    client = portal.test_client()
    first = client.get("/api/procedures?limit=100")

    again = client.get("/api/procedures?limit=100", headers={"If-None-Match": first.headers["ETag"]})
    other = client.get("/api/procedures?limit=99", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert other.status_code == 200
    assert first.headers["Cache-Control"] == "public, max-age=60"


def test_anybody_may_read_it_and_nobody_gets_a_cookie(portal: Flask) -> None:
    answer = portal.test_client().get("/api/procedures")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "page=0", "page=x", "limit=٣", "field=" + "x" * 70, "level=%00"]
)
def test_what_makes_no_sense_is_a_problem_document(portal: Flask, query: str) -> None:
    answer = portal.test_client().get(f"/api/procedures?{query}")

    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nobody_writes_through_it(portal: Flask, method: str) -> None:
    answer = portal.test_client().open("/api/procedures", method=method)

    assert answer.status_code in (400, 405)
