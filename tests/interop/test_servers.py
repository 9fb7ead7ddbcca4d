"""The same callable under other people's servers: gunicorn from PyPI and uWSGI as Debian packages it (PEP 3333)."""

import base64
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from bench.peers import REDIRECT_URI
from bench.scenarios import CHALLENGE, VERIFIER
from tests.support.demo import ROOT
from tests.support.processes import HelperProcess, free_port, listens
from tests.support.services import lacking

APPLICATION = "wsgi:idp_application()"
FORM = "application/x-www-form-urlencoded"


def gunicorn(port: int) -> list[str]:
    if shutil.which("gunicorn", path=Path(sys.executable).parent) is None:
        lacking("gunicorn", "python3-gunicorn")
    return [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-k", "gthread", "--threads", "2", APPLICATION]


def uwsgi(port: int) -> list[str]:
    program = shutil.which("uwsgi")
    own = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if program is None or not Path(f"/usr/lib/uwsgi/plugins/{own.replace('.', '')}_plugin.so").exists():
        lacking("uWSGI", "uwsgi-core uwsgi-plugin-python3")
    # Debian's interpreter with our packages: an environment made by another one would bring its standard library along.
    packages = sysconfig.get_path("purelib")
    options = ["--plugin", "python3", "--pythonpath", packages, "--master", "--lazy-apps", "--die-on-term"]
    return [program, *options, "--threads", "2", "--http-socket", f"127.0.0.1:{port}", "--module", APPLICATION]


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "MOTCUA_HOME": str(tmp_path),
        "MOTCUA_ISSUER": "https://dangnhap.example",
        "MOTCUA_CONSOLE_URL": "https://dieuhanh.example",
        "MOTCUA_KEY_ENCRYPTION_KEY_FILE": str(tmp_path / "key" / "key-encryption-key"),
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def known(surroundings: dict[str, str]) -> dict[str, Any]:
    """A client's credentials and the cookie of a person who is signed in."""
    seed = [sys.executable, "-m", "bench.seed"]
    said = subprocess.run(seed, env=surroundings, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(said))


@pytest.fixture(params=[gunicorn, uwsgi])
def port(
    request: pytest.FixtureRequest, surroundings: dict[str, str], known: dict[str, Any], tmp_path: Path
) -> Iterator[int]:
    listening = free_port()
    server = HelperProcess(request.param(listening), tmp_path / "server.log", env=surroundings, cwd=ROOT)
    server.wait_until(lambda: listens(listening))
    yield listening
    server.stop()


def ask(port: int, method: str, path: str, body: str | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def test_a_person_passes_and_the_portal_gets_tokens_that_are_good(port: int, known: dict[str, Any]) -> None:
    client_id, secret = known["clients"]["RS256"]
    query = {
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid profile",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    passed, _ = ask(port, "GET", f"/authorize?{urlencode(query)}", Cookie=known["cookie"])
    assert passed.status == 303
    code = parse_qs(urlsplit(passed.headers["Location"]).query)["code"][0]

    basic = base64.b64encode(f"{quote(client_id)}:{quote(secret)}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    headers = {"Authorization": f"Basic {basic}", "Content_Type": FORM}
    given, content = ask(port, "POST", "/token", urlencode(form), **headers)
    assert given.status == 200, content
    tokens = json.loads(content)

    known_now, claims = ask(port, "GET", "/userinfo", Authorization=f"Bearer {tokens['access_token']}")
    assert (known_now.status, json.loads(claims)["name"]) == (200, "Nguyễn Thị Minh Khai")


def test_what_guards_a_request_is_around_it_there_too(port: int) -> None:
    page, _ = ask(port, "GET", "/signin")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Request-ID"]
    too_long, _ = ask(port, "POST", "/token", "x" * 70_000, Content_Type=FORM)
    assert too_long.status == 413
