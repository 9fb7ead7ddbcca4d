"""What every answer forbids the browser."""

import pytest
from werkzeug.test import Client

from idp.http.middleware.security_headers import content_security_policy, security_headers
from tests.idp.http.frame import HTTPS, provider


@pytest.mark.parametrize("path", ["/address", "/nowhere", "/jwks", "/broken", "/healthz"])
def test_every_answer_forbids_frames_guessing_keeping_and_telling(path):
    headers = provider(issuer=HTTPS).get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_hsts_is_said_over_https_only():
    assert "Strict-Transport-Security" not in provider().get("/jwks").headers


def test_a_form_may_lead_to_the_named_origins_and_nowhere_else():
    assert "form-action 'self';" in content_security_policy()
    assert "form-action 'self' https://portal.example;" in content_security_policy(("https://portal.example",))


def test_a_static_file_may_be_kept_because_its_address_changes_with_it():
    browser = provider()
    page = browser.get("/nowhere").text
    address = next(part for part in page.split('"') if part.startswith("/static/motcua.css?v="))

    response = browser.get(address, buffered=True)

    assert response.status_code == 200
    assert "max-age=86400" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_hold_no_inline_script_or_style():
    page = provider().get("/nowhere").text

    assert " style=" not in page
    assert "<style" not in page
    assert " on" not in page.replace(" one ", " ").split("<body>")[0]
    assert "<script>" not in page


def test_what_one_answer_said_itself_is_not_left_out_of_the_next():
    def own(environ, start_response):
        said = environ["PATH_INFO"].strip("/")
        start_response("200 OK", [(said, "own")] if said else [])
        return ()

    caller = Client(security_headers(own, secure=False))
    for said in ("cache-control", "", "Referrer-Policy", "", "Cache-Control"):
        headers = caller.get(f"/{said}").headers
        given = {name: headers.getlist(name) for name in ("Cache-Control", "Referrer-Policy", "X-Content-Type-Options")}
        usual = {
            "Cache-Control": ["no-store"],
            "Referrer-Policy": ["no-referrer"],
            "X-Content-Type-Options": ["nosniff"],
        }
        assert given == {**usual, **({said.title(): ["own"]} if said else {})}
