"""A page calls a neighbour's API with the person's token, and never lets a slow neighbour hold the whole process."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from clients.kit.errors import NeighbourRefused
from clients.kit.extension import relying_party
from clients.kit.records.database import writing
from clients.kit.web.neighbours import Neighbour
from tests.support.browser import Browser
from tests.support.fake_provider import FakeProvider


class Api:
    """A neighbour's API that answers as the test says."""

    def __init__(self) -> None:
        self.address = ""
        self.asked: list[Request] = []
        self.answer: Callable[[Request], Response] = lambda _: Response('{"dossiers": []}')

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        request.get_data()
        self.asked.append(request)
        return self.answer(request)(environ, start_response)


@pytest.fixture
def api() -> Iterator[Api]:
    """The API on a free port of loopback."""
    app = Api()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.address = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def portal(portal: Flask, api: Api) -> Flask:
    """The national portal with a page that lists dossiers kept at the neighbour's."""
    portal.add_url_rule("/dossiers", "portal.dossiers", lambda: Neighbour(api.address).get("/dossiers", of="me"))
    return portal


def test_what_is_sent_arrives_as_json(browser: Browser, portal: Flask, api: Api) -> None:
    portal.add_url_rule("/send", "portal.send", lambda: Neighbour(api.address).post("/dossiers", {"tên": "Ánh"}))
    browser.sign_in()

    assert browser.get("/send").status_code == 200
    assert api.asked[0].method == "POST"
    assert api.asked[0].json == {"tên": "Ánh"}


def challenge(text: str) -> Callable[[Request], Response]:
    return lambda _: Response("{}", 401, {"WWW-Authenticate": text})


def one_after_the_other(*answers: Callable[[Request], Response]) -> Callable[[Request], Response]:
    left = list(answers)

    def answer(request: Request) -> Response:
        return left.pop(0)(request)

    return answer


def test_an_error_nobody_foresaw_is_said_in_words(browser: Browser, api: Api) -> None:
    browser.sign_in()
    api.answer = lambda _: Response("{}", 404)

    answer = browser.get("/dossiers")

    assert answer.status_code == 502
    assert 'class="reference"' in answer.text


def test_the_persons_token_goes_with_the_call(browser: Browser, api: Api, provider: FakeProvider) -> None:
    browser.sign_in()

    page = browser.open("/dossiers")

    assert page.json == {"dossiers": []}
    assert api.asked[0].full_path == "/dossiers?of=me"
    assert api.asked[0].headers["Authorization"].removeprefix("Bearer ") in provider.access_tokens


def test_an_api_that_wants_a_stronger_sign_in_gets_it(browser: Browser, api: Api, provider: FakeProvider) -> None:
    """RFC 9470 §4: the challenge leads to step-up and back to the page, by itself."""
    browser.sign_in()
    wanted = challenge(
        'Bearer error="insufficient_user_authentication", acr_values="urn:vn:eid:loa2:mfa", max_age="300"'
    )
    answers = [wanted, api.answer]
    api.answer = one_after_the_other(*answers)

    page = browser.open("/dossiers")

    assert page.json == {"dossiers": []}
    assert "acr_values=urn%3Avn%3Aeid%3Aloa2%3Amfa&max_age=300" in [a for a in provider.asked if "/authorize?" in a][-1]


def test_an_api_that_asks_for_what_one_has_does_not_send_in_circles(browser: Browser, api: Api) -> None:
    browser.sign_in()
    api.answer = challenge('Bearer error="insufficient_user_authentication", acr_values="urn:vn:eid:loa1"')

    assert browser.open("/dossiers").status_code == 403


def test_a_refused_token_is_replaced_once(browser: Browser, api: Api) -> None:
    browser.sign_in()
    answers = [challenge('Bearer error="invalid_token"'), api.answer]
    api.answer = one_after_the_other(*answers)

    assert browser.open("/dossiers").status_code == 200
    first, second = (request.headers["Authorization"] for request in api.asked)
    assert first != second


def test_an_api_that_refuses_every_token_ends_at_the_sign_in(browser: Browser, api: Api) -> None:
    browser.sign_in()
    api.answer = challenge('Bearer error="invalid_token"')

    answer = browser.get("/dossiers")

    assert answer.status_code == 303
    assert "/authorize?" in answer.location
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Response("broken", 500),
        Response("not json", 200),
        Response("[]", 200),
        Response("", 302, {"Location": "http://127.0.0.1:1/"}),
        Response("x" * 1_100_000, 200),
    ],
    ids=["500", "not JSON", "no object", "redirect", "too large"],
)
def test_a_neighbour_that_makes_no_sense_is_said_to_be_silent(browser: Browser, api: Api, answer: Response) -> None:
    browser.sign_in()
    api.answer = lambda _: answer

    assert browser.get("/dossiers").status_code == 503
    assert len(api.asked) == 1


def test_an_error_of_the_api_comes_with_its_words(browser: Browser, api: Api, portal: Flask) -> None:
    portal.register_error_handler(NeighbourRefused, lambda refused: (dict(refused.problem), refused.answered))
    browser.sign_in()
    api.answer = lambda _: Response('{"error": "not_yours"}', 404)

    answer = browser.get("/dossiers")

    assert (answer.status_code, answer.json) == (404, {"error": "not_yours"})


def test_the_token_goes_to_no_other_address(browser: Browser, portal: Flask, api: Api) -> None:
    browser.sign_in()
    for path in ("//evil.example/", "@evil.example/", ".evil.example/", ":1/", "https://evil.example/"):
        with portal.test_request_context("/"), pytest.raises(ValueError, match="begins with one slash"):
            Neighbour(api.address).get(path)
    assert api.asked == []


def test_nobody_calls_out_with_a_unit_of_work_open(portal: Flask) -> None:
    with portal.test_request_context("/"), writing(), pytest.raises(RuntimeError, match="unit of work"):
        relying_party().slots.take().__enter__()


def test_at_most_half_of_the_threads_call_out_and_the_rest_are_asked_to_try_again(
    make_portal: Callable[..., Flask], provider: FakeProvider, api: Api
) -> None:
    app = make_portal(threads=4)
    app.add_url_rule("/dossiers", "portal.dossiers", lambda: Neighbour(api.address).get("/dossiers"))
    browsers = [Browser(app, provider) for _ in range(3)]
    for browser in browsers:
        browser.sign_in()
        browser.open("/dossiers")
    both_arrived, go = threading.Barrier(3), threading.Event()

    def held(_: Request) -> Response:
        both_arrived.wait(5)
        assert go.wait(5)
        return Response("{}")

    api.answer = held
    waiting = [threading.Thread(target=browser.get, args=("/dossiers",)) for browser in browsers[:2]]
    for thread in waiting:
        thread.start()
    both_arrived.wait(5)

    refused = browsers[2].get("/dossiers")
    public = browsers[2].get("/")
    go.set()
    for thread in waiting:
        thread.join()

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "2"
    assert public.status_code == 200
