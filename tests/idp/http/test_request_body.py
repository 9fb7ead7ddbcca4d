"""What may be sent: how much, announced, in chunks or under a lie; and how long a stranger may take over it."""

import io
import threading
from collections.abc import Callable, Iterator

import pytest

from idp.http.middleware.request_body import DEFAULT_LIMIT, LEFT_BEHIND
from tests.idp.http.frame import provider

LIMIT = DEFAULT_LIMIT


class Counting(io.BytesIO):
    """A body that counts what was read of it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.taken = 0

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        self.taken += len(chunk)
        return chunk


def test_as_much_as_is_allowed_arrives():
    assert provider().post("/token", data=b"x" * LIMIT).json["length"] == LIMIT


def test_one_byte_more_is_refused_in_the_voice_of_the_path():
    browser = provider()
    endpoint, page = browser.post("/token", data=b"x" * (LIMIT + 1)), browser.post("/form", data=b"x" * (LIMIT + 1))

    assert (endpoint.status_code, endpoint.json["error"]) == (413, "invalid_request")
    assert (page.status_code, page.mimetype) == (413, "text/html")


def test_a_body_announced_too_long_is_not_even_read():
    body = Counting(b"x" * 10)

    response = provider().post("/token", input_stream=body, environ_overrides={"CONTENT_LENGTH": str(10**12)})

    assert (response.status_code, body.taken) == (413, 0)


def test_chunks_are_counted_and_reading_stops():
    body = Counting(b"x" * (LIMIT * 4))

    response = provider().post("/token", input_stream=body, headers={"Transfer-Encoding": "chunked"})

    assert (response.status_code, body.taken) == (413, LIMIT + 1)


def test_chunks_within_the_limit_arrive():
    body = io.BytesIO(b"grant_type=refresh_token")

    response = provider().post("/token", input_stream=body, headers={"Transfer-Encoding": "chunked"})

    assert response.json["length"] == 24
    assert "transfer-encoding" not in response.json["headers"]


def test_a_length_beside_chunks_is_not_believed():
    lie = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "3"}

    assert provider().post("/token", input_stream=io.BytesIO(b"abcdefgh"), environ_overrides=lie).json["length"] == 8


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "٣", "0x10", "+5"])
def test_a_length_that_is_no_number_is_refused(length):
    response = provider().post("/token", input_stream=io.BytesIO(b"abc"), environ_overrides={"CONTENT_LENGTH": length})

    assert (response.status_code, response.json["error"]) == (400, "invalid_request")


def test_a_path_may_be_given_more():
    browser = provider(parts={"limits": {"/token": LIMIT * 2}})

    assert browser.post("/token", data=b"x" * (LIMIT + 1)).status_code == 200
    assert browser.post("/token", data=b"x" * (LIMIT * 2 + 1)).status_code == 413


AFAR = {"REMOTE_ADDR": "203.0.113.7"}


class Stalled(io.BytesIO):
    """A body of which the second half never comes, until the test lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.let_go.wait(10)
        return b"half"


@pytest.fixture
def stalled() -> Iterator[Callable[[], Stalled]]:
    """Makes bodies that stall, and ends them all afterwards."""
    made: list[Stalled] = []

    def one() -> Stalled:
        made.append(body := Stalled())
        return body

    yield one
    for body in made:
        body.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "request body":
            thread.join(5)


def send(browser, body: io.BytesIO, length: int | None = 8, path: str = "/token", **environ: str):
    said = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)}
    return browser.post(path, input_stream=body, environ_overrides={**AFAR, **said, **environ})


def test_a_strangers_body_arrives_whole():
    assert send(provider(), io.BytesIO(b"12345678")).json["length"] == 8
    assert send(provider(), io.BytesIO(b"12345678"), None).json["length"] == 8


@pytest.mark.parametrize("length", [8, None])
def test_a_stranger_who_stops_halfway_is_not_waited_for(stalled, length):
    browser = provider(parts={"body_seconds": 0.01})

    endpoint, page = send(browser, stalled(), length), send(browser, stalled(), length, "/form")

    assert (endpoint.status_code, endpoint.json["error"]) == (408, "invalid_request")
    assert (page.status_code, page.mimetype) == (408, "text/html")


def test_however_many_stop_halfway_only_so_many_are_kept_in_mind(stalled):
    browser = provider(parts={"body_seconds": 0.001})
    for _ in range(LEFT_BEHIND):
        assert send(browser, stalled()).status_code == 408

    refused = send(browser, io.BytesIO(b"12345678"))

    assert (refused.status_code, refused.json["error"]) == (503, "temporarily_unavailable")
    assert refused.headers["Retry-After"]
    assert browser.get("/jwks", environ_overrides=AFAR).status_code == 200


def test_a_trusted_proxy_is_read_from_directly():
    """It has the whole body before it passes the request on."""
    seen: list[str] = []

    class Noting(Counting):
        def read(self, size: int | None = -1) -> bytes:
            seen.append(threading.current_thread().name)
            return super().read(size)

    browser = provider(trusted_proxies="203.0.113.0/24")
    send(browser, Noting(b"12345678"))
    assert seen == [threading.current_thread().name]
    send(provider(), Noting(b"12345678"))
    assert seen[-1] == "request body"


def test_a_connection_that_breaks_makes_no_fault():
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    assert send(provider(), Broken()).json["length"] == 0
