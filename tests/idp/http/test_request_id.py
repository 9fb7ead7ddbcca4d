"""A name for every request, the same in the answer, on the page and in the log."""

import re

from idp.http.middleware.request_id import new_request_id
from tests.idp.http.frame import provider

READABLE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}")


def test_a_name_can_be_read_aloud_and_is_never_given_twice():
    names = {new_request_id() for _ in range(2000)}

    assert len(names) == 2000
    assert all(READABLE.fullmatch(name) for name in names)


def test_the_page_of_a_fault_shows_the_name_under_which_the_log_has_the_detail(log_lines):
    response = provider().get("/broken")

    name = response.headers["X-Request-ID"]
    assert response.status_code == 500
    assert name in response.text
    assert "password" not in response.text
    assert [line["request"] for line in log_lines() if line["event"] == "unexpected"] == [name]


def test_a_stranger_cannot_name_a_request():
    response = provider().get("/jwks", headers={"X-Request-ID": "chosen-by-me"})

    assert READABLE.fullmatch(response.headers["X-Request-ID"])
    assert "x-request-id" not in response.json["headers"]


def test_a_trusted_proxy_names_it_unless_the_name_could_not_stand_in_a_log():
    browser = provider(trusted_proxies="127.0.0.0/8")

    def name_given(given: str) -> str:
        headers = {"X-Request-ID": given}
        return browser.get("/jwks", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}).headers["X-Request-ID"]

    assert name_given("edge-1f2e3d4c") == "edge-1f2e3d4c"
    for bad in ("short", "x" * 65, 'quote"and space', "líne"):
        assert READABLE.fullmatch(name_given(bad))
