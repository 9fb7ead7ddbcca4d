"""The WSGI front: methods, errors as their RFC says, and pages for every other path."""

import json

import pytest
from werkzeug.test import Client

from idp.errors import InsufficientScope, InvalidClient, InvalidGrant, InvalidToken, TryAgainLater
from idp.http.application import Parts, create_application
from idp.http.front import Endpoint
from idp.protocol.exchange import MachineRequest, Reply, json_reply
from idp.settings import Settings

SECRET = b"s" * 32


def echo(request: MachineRequest) -> Reply:
    return json_reply(200, {"method": request.method, "form": request.form() if request.method == "POST" else {}})


def client_with(handler, *methods: str, **parts) -> Client:
    """A provider whose one endpoint is answered by ``handler``."""
    settings = Settings(_env_file=None, demo=True)
    endpoints = {"/token": Endpoint(handler, methods or ("POST",), cross_origin=True)}
    return Client(create_application(settings, SECRET, Parts(endpoints, **parts)))


def failing(error: Exception):
    def handler(_request: MachineRequest) -> Reply:
        raise error

    return handler


def test_a_form_reaches_the_rules_and_their_reply_the_caller():
    response = client_with(echo).post("/token", data={"grant_type": "refresh_token", "scope": "hồ sơ"})

    assert response.status_code == 200
    assert response.json == {"method": "POST", "form": {"grant_type": "refresh_token", "scope": "hồ sơ"}}
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "BREW"])
def test_another_method_is_told_which_ones_there_are(method):
    response = client_with(echo).open("/token", method=method)

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"
    assert response.text == "" if method == "HEAD" else response.json["error"] == "invalid_request"


def test_options_says_what_an_endpoint_takes():
    response = client_with(echo, "GET", "POST").options("/token")

    assert (response.status_code, response.headers["Allow"]) == (204, "GET, POST, HEAD, OPTIONS")


def test_head_has_the_headers_of_get_and_no_body():
    response = client_with(echo, "GET").head("/token")

    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) > 0
    assert response.data == b""


def test_a_protocol_error_is_exactly_what_its_rfc_says():
    response = client_with(failing(InvalidGrant("the code was used"))).post("/token")

    assert response.status_code == 400
    assert response.json == {"error": "invalid_grant", "error_description": "the code was used"}
    assert response.headers["Cache-Control"] == "no-store"
    assert "WWW-Authenticate" not in response.headers


def test_a_client_that_failed_is_challenged_with_its_scheme():
    response = client_with(failing(InvalidClient("unknown client"))).post("/token")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="motcua", charset="UTF-8"'


def test_a_bad_token_is_named_in_the_challenge():
    response = client_with(failing(InvalidToken("it has expired"))).post("/token")

    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="motcua", error="invalid_token", error_description="it has expired"'
    )


def test_a_request_without_a_token_is_challenged_without_an_error_code():
    response = client_with(failing(InvalidToken())).post("/token")

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="motcua"')


def test_the_scope_that_would_do_stands_in_the_challenge():
    response = client_with(failing(InsufficientScope("not enough", scope="dossier:submit"))).post("/token")

    assert response.status_code == 403
    assert 'scope="dossier:submit"' in response.headers["WWW-Authenticate"]


def test_too_much_at_once_is_asked_to_come_back():
    response = client_with(failing(TryAgainLater("busy"))).post("/token")

    assert (response.status_code, response.json["error"]) == (503, "temporarily_unavailable")
    assert int(response.headers["Retry-After"]) >= 1


def test_what_went_wrong_inside_is_in_the_log_and_never_in_the_answer(log_lines):
    response = client_with(failing(RuntimeError("password of the database"))).post("/token")

    assert (response.status_code, response.json["error"]) == (500, "server_error")
    assert "password" not in response.text
    reference = response.headers["X-Request-ID"]
    assert reference in response.json["error_description"]
    told = [line for line in log_lines() if line["event"] == "unexpected"]
    assert [line["request"] for line in told] == [reference]
    assert "password of the database" in told[0]["exception"]


def test_a_path_of_no_endpoint_is_a_page():
    response = client_with(echo).get("/nowhere")

    assert (response.status_code, response.mimetype) == (404, "text/html")


def test_a_repeated_parameter_is_refused_by_name():
    response = client_with(echo).post(
        "/token", data="scope=a&scope=b", content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 400
    assert json.loads(response.data)["error_description"].startswith("parameter sent more than once: scope")
