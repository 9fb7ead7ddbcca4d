"""What the operator sees: one line for each request, numbers, and whether the process can serve."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

from idp.commands.serving import counting_together
from idp.logging import get_logger
from tests.idp.http.frame import HTTPS, provider

SECRETS = ("code=a-secret-code", "id_token_hint=eyJ", "session-cookie", "a-bearer-token", "a-client-secret")


def test_a_line_says_what_was_asked_by_whom_and_how_it_ended(log_lines):
    provider(issuer=f"{HTTPS}/cong").get("/cong/jwks", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    (line,) = log_lines()
    assert (line["method"], line["path"], line["status"], line["caller"]) == ("GET", "/cong/jwks", 200, "203.0.113.7")
    assert line["ms"] >= 0


def test_no_line_ever_holds_a_query_a_cookie_a_header_or_a_body(log_lines):
    headers = {
        "Cookie": "x=session-cookie",
        "Authorization": "Bearer a-bearer-token",
        "Referer": "/?code=a-secret-code",
    }
    for path in ("/jwks", "/nowhere", "/broken", "/authorize"):
        provider().get(f"{path}?code=a-secret-code&id_token_hint=eyJ", headers=headers)
    provider().post("/token", data={"client_secret": "a-client-secret"}, headers=headers)

    written = str(log_lines())
    assert [secret for secret in SECRETS if secret in written] == []


def test_vietnamese_stays_readable_and_a_line_stays_a_line(log_lines):
    provider().get("/hồ-sơ%0A{}")

    (line,) = log_lines()
    assert line["path"] == "/hồ-sơ\n{}"


def test_a_path_without_end_is_cut(log_lines):
    provider().get("/" + "x" * 5000)

    assert len(log_lines()[0]["path"]) == 200


def numbers(browser, **environ) -> str:
    return browser.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1", **environ}).text


def test_requests_are_counted_under_the_name_of_whoever_answered():
    browser = provider()
    for path in ("/jwks", "/address", "/nowhere-1", "/nowhere-2"):
        browser.get(path)

    text = numbers(browser)
    assert 'motcua_request_seconds_count{status="200",where="/jwks"}' in text
    assert 'motcua_request_seconds_count{status="200",where="echo.address"}' in text
    assert 'motcua_request_seconds_count{status="404",where="other"}' in text
    assert "nowhere" not in text


def test_numbers_are_for_the_machine_itself_and_for_nobody_that_a_proxy_passed_on():
    browser = provider(trusted_proxies="127.0.0.1/32")

    def status(peer: str, **headers: str) -> int:
        return browser.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer}).status_code

    assert status("127.0.0.1") == 200
    assert status("::1") == 200
    assert status("203.0.113.7") == 404
    assert status("127.0.0.1", **{"X-Forwarded-For": "203.0.113.7"}) == 404
    assert status("127.0.0.1", **{"X-Forwarded-For": "127.0.0.1"}) == 404
    assert status("127.0.0.1", Forwarded="for=203.0.113.7") == 404


def test_alive_is_not_yet_ready():
    def database() -> None:
        raise ConnectionError("password of the database")

    browser = provider(parts={"checks": {"database": database, "keys": lambda: None}})

    assert browser.get("/healthz").status_code == 200
    response = browser.get("/readyz")
    assert response.status_code == 503
    assert response.json == {"ready": False, "database": "unavailable", "keys": "ok"}


def test_ready_when_every_part_answers(log_lines):
    response = provider(parts={"checks": {"database": lambda: None}}).get("/readyz")

    assert (response.status_code, response.json) == (200, {"ready": True, "database": "ok"})


def test_whatever_is_named_like_a_secret_is_blanked_should_anybody_log_it(log_lines):
    get_logger("story").info("happened", client_secret="s3cret", id_token="eyJ", new_password="mưa", status=200)

    (line,) = log_lines()
    assert (line["client_secret"], line["id_token"], line["new_password"], line["status"]) == (*["[hidden]"] * 3, 200)


def test_a_line_has_its_moment_in_utc_and_its_level(log_lines):
    get_logger("story").warning("happened")

    (line,) = log_lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
    assert line["level"] == "warning"


def test_the_lines_of_libraries_have_the_same_shape(log_lines):
    logging.getLogger("a.library").warning("about %s", "đất đai")

    (line,) = log_lines()
    assert (line["event"], line["level"]) == ("about đất đai", "warning")


def test_workers_of_one_process_count_together(monkeypatch, tmp_path):
    """Two worker processes, one after the other; whichever is asked tells of both."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    worker = (
        "from idp.metrics import REQUEST_SECONDS, exposition\n"
        "REQUEST_SECONDS.labels('/jwks', '200').observe(0.01)\n"
        "print(exposition()[0].decode())"
    )
    told = [
        subprocess.run([sys.executable, "-c", worker], capture_output=True, text=True, check=True, timeout=60).stdout
        for _ in range(2)
    ]

    assert 'motcua_request_seconds_count{status="200",where="/jwks"} 1.0' in told[0]
    assert 'motcua_request_seconds_count{status="200",where="/jwks"} 2.0' in told[1]


def test_one_worker_needs_no_folder_and_several_leave_none_behind(monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    with counting_together(1):
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
    with counting_together(2):
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        assert folder.is_dir()
    assert not folder.exists()
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
