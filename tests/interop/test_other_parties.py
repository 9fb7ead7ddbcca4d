"""Relying parties on libraries that others wrote, with a browser without scripts: Authlib, Flask-OIDC,
mozilla-django-oidc, npm's oauth4webapi, and Apache with mod_auth_openidc."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.conformance.relying_party import Browser
from tests.interop.conftest import FOLDER, SCOPE
from tests.support.demo import ROOT, Demo
from tests.support.processes import HelperProcess, free_port, listens
from tests.support.services import lacking

CITIZEN = "Nguyễn Thị Minh Khai"
APACHE_MODULES = Path("/usr/lib/apache2/modules")


@pytest.fixture
def browser(demo: Demo) -> Browser:
    return Browser(demo.issuer)


def register(demo: Demo, name: str, redirect_uri: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "wsgi.py"), "client", "add", "--json", "--name", name]
    command += ["--redirect-uri", redirect_uri, "--scope", SCOPE, *more]
    done = subprocess.run(command, env=demo.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    registered: dict[str, Any] = json.loads(done.stdout)
    return registered


@pytest.fixture
def helpers() -> Iterator[list[HelperProcess]]:
    started: list[HelperProcess] = []
    yield started
    for helper in started:
        helper.stop()


def start(party: str, demo: Demo, tmp_path: Path, helpers: list[HelperProcess], callback: str) -> str:
    """Register and start a Python relying party; give its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    more = ["--post-logout-redirect-uri", f"{address}/me"]
    registered = register(demo, f"Cổng thử nghiệm ({party})", address + callback, *more)
    environment = {
        **os.environ,
        "ISSUER": demo.issuer,
        "CLIENT_ID": registered["client_id"],
        "CLIENT_SECRET": registered["client_secret"],
        "PORT": str(port),
        "SCOPE": SCOPE,
        "DATABASE": str(tmp_path / "party.sqlite"),
        "AUTHLIB_INSECURE_TRANSPORT": "1",
    }
    program = FOLDER / "parties" / f"{party}.py"
    helper = HelperProcess([sys.executable, str(program)], tmp_path / f"{party}.log", env=environment)
    helpers.append(helper)
    helper.wait_until(lambda: listens(port))
    return address


def sign_in(browser: Browser, address: str) -> requests.Response:
    """Open the party's sign-in, go through the provider's pages, and follow the party home."""
    landed = browser.through(browser.open(address))
    for _ in range(5):
        if not landed.is_redirect:
            return landed
        landed = browser.through(browser.open(urljoin(landed.url, landed.headers["Location"])))
    raise AssertionError(f"it goes round in circles: {landed.url}")


def test_authlib(demo: Demo, tmp_path: Path, helpers: list[HelperProcess], browser: Browser) -> None:
    address = start("authlib_party", demo, tmp_path, helpers, "/callback")
    known = sign_in(browser, f"{address}/login").json()
    assert known["userInfo"]["name"] == CITIZEN
    assert known["claims"]["sub"] == known["userInfo"]["sub"]
    assert known["refreshed"] is True
    sign_in(browser, f"{address}/logout")
    assert "/signin" in browser.open(f"{demo.issuer}/account").url


def test_flask_oidc(demo: Demo, tmp_path: Path, helpers: list[HelperProcess], browser: Browser) -> None:
    address = start("flask_oidc_party", demo, tmp_path, helpers, "/authorize")
    known = sign_in(browser, f"{address}/login").json()
    assert known["userInfo"]["name"] == CITIZEN
    assert known["claims"]["sub"] == known["userInfo"]["sub"]


def test_mozilla_django_oidc(demo: Demo, tmp_path: Path, helpers: list[HelperProcess], browser: Browser) -> None:
    address = start("mozilla_django_oidc_party", demo, tmp_path, helpers, "/oidc/callback/")
    known = sign_in(browser, f"{address}/login").json()
    assert known["userInfo"]["email"].endswith("@example.vn")


def test_oauth4webapi(node: str, demo: Demo, browser: Browser) -> None:
    callback = f"http://localhost:{free_port()}/callback"
    registered = register(demo, "Cổng thử nghiệm (oauth4webapi)", callback)
    environment = {
        **os.environ,
        "ISSUER": demo.issuer,
        "CLIENT_ID": registered["client_id"],
        "CLIENT_SECRET": registered["client_secret"],
        "REDIRECT_URI": callback,
        "SCOPE": SCOPE,
    }
    command = [node, str(FOLDER / "oauth4webapi.mjs")]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as party:
        assert party.stdout is not None
        landed = browser.through(browser.open(party.stdout.readline().strip()))
        said, _ = party.communicate(landed.headers["Location"] + "\n", timeout=60)
    known = json.loads(said)
    assert known["userInfo"]["name"] == CITIZEN
    assert known["active"] is True
    assert known["refreshed"] is True
    assert known["afterRevocation"] == 400


def test_apache_mod_auth_openidc(demo: Demo, tmp_path: Path, helpers: list[HelperProcess], browser: Browser) -> None:
    """What a ministry puts before software that knows nothing of sign-in."""
    apache = shutil.which("apache2") or "/usr/sbin/apache2"
    if not Path(apache).exists() or not (APACHE_MODULES / "mod_auth_openidc.so").exists():
        lacking("Apache with mod_auth_openidc", "apache2 libapache2-mod-auth-openidc")
    port = free_port()
    address = f"http://localhost:{port}"
    registered = register(demo, "Cổng thử nghiệm (Apache)", f"{address}/redirect_uri")
    (tmp_path / "htdocs").mkdir()
    (tmp_path / "htdocs" / "index.html").write_text("protected", encoding="utf-8")
    tmp_path.chmod(0o755)
    configuration = tmp_path / "apache.conf"
    configuration.write_text(
        (FOLDER / "apache.conf")
        .read_text()
        .format(
            modules=APACHE_MODULES,
            folder=tmp_path,
            port=port,
            issuer=demo.issuer,
            client_id=registered["client_id"],
            client_secret=registered["client_secret"],
            scope=SCOPE,
            passphrase=os.urandom(16).hex(),
        )
    )
    helper = HelperProcess([apache, "-X", "-f", str(configuration)], tmp_path / "apache.log")
    helpers.append(helper)
    helper.wait_until(lambda: listens(port))
    page = sign_in(browser, f"{address}/")
    assert page.status_code == 200, page.text
    assert page.text == "protected"
    assert "Nguy" in page.headers["X-Name"]
    assert requests.get(f"{address}/", allow_redirects=False, timeout=10).status_code == 302
