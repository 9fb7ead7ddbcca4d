"""Errors as people see them: in their language, with what to do and a number that leads to the log."""

import pytest
from flask import Blueprint, abort
from werkzeug.test import Client

from idp.errors import InvalidRequest, NotFound, Refusal, TemporarilyUnavailable, TryAgainLater
from idp.http.application import Parts, create_application
from idp.http.error_pages import _BY_STATUS
from tests.idp.http.frame import SECRET, provider, settings_with


def raising(error: Exception | int) -> Client:
    blueprint = Blueprint("raising", __name__)

    @blueprint.get("/page")
    def page() -> str:
        if isinstance(error, int):
            abort(error)
        raise error

    return Client(create_application(settings_with(), SECRET, Parts(blueprints=(blueprint,))))


@pytest.mark.parametrize("status", sorted(_BY_STATUS))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_status_says_what_happened_what_to_do_and_a_number(status, language):
    response = raising(status).get("/page", headers={"Accept-Language": language})

    title, advice = _BY_STATUS[status]
    assert response.status_code == status
    assert response.headers["X-Request-ID"] in response.text
    assert ((title in response.text) and (advice in response.text)) == (language == "en")
    assert f'<html lang="{language}">' in response.text


def test_a_page_used_the_wrong_way_says_which_ways_there_are():
    response = raising(404).post("/page", data={"csrf_token": ""})

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_refusal_is_told_in_its_own_words():
    response = raising(NotFound("This session has ended already.")).get("/page")

    assert response.status_code == 404
    assert "Phiên này đã kết thúc rồi." in response.text


def test_a_refusal_that_says_what_to_do_is_not_given_another_advice():
    words = "This link is too old or not whole. Open the newest message, or sign in."

    response = raising(NotFound(words)).get("/page", headers={"Accept-Language": "en"})

    assert "<h1>This link is too old or not whole.</h1>" in response.text
    assert '<p class="lead">Open the newest message, or sign in.</p>' in response.text
    assert _BY_STATUS[404][1] not in response.text


def test_a_refusal_fills_its_values_in_and_they_are_only_text():
    refusal = Refusal("You are signed in as %(person)s.", person="<script>alert(1)</script>")

    page = raising(refusal).get("/page").text

    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("error", [TryAgainLater("The service is very busy"), TemporarilyUnavailable("busy")])
def test_too_much_at_once_says_when_to_come_back(error):
    response = raising(error).get("/page")

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1


def test_a_portals_mistake_is_not_the_persons_and_its_engineers_find_the_code_in_the_log(log_lines):
    response = raising(InvalidRequest("redirect_uri is not registered")).get("/page?client_id=portal")

    assert response.status_code == 400
    assert "Cổng đã gửi bạn đến đây có sai sót" in response.text
    assert "invalid_request" not in response.text
    (line,) = [line for line in log_lines() if line["event"] == "portal_refused"]
    assert (line["error"], line["why"], line["client"]) == (
        "invalid_request",
        "redirect_uri is not registered",
        "portal",
    )
    assert line["request"] == response.headers["X-Request-ID"]
    assert line["request"] in response.text


def test_a_fault_tells_no_detail_but_logs_it(log_lines):
    response = raising(ZeroDivisionError("internal")).get("/page")

    assert response.status_code == 500
    assert "ZeroDivisionError" not in response.text
    assert "internal" not in response.text
    assert (
        "ZeroDivisionError: internal"
        in next(line for line in log_lines() if line["event"] == "unexpected")["exception"]
    )


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/%00", "/%ff%fe", "/" + "a/" * 500])
def test_no_path_makes_a_fault(path):
    assert provider().get(path).status_code == 404
