"""How much may be sent: an announced length, chunks, and a length that lies."""

import io

import pytest

from idp.http.middleware.body_limit import DEFAULT_LIMIT
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
