"""Relying parties on libraries that others wrote, with a browser without scripts: Authlib, Flask-OIDC,
mozilla-django-oidc, npm's oauth4webapi, and Apache with mod_auth_openidc. Each signs an official in, renews what it
holds in its own way, asks for a second factor (RFC 9470 §4), and signs out of everything."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import pyotp
import pytest
import requests
from lxml import html

from idp.data import read_json
from keys.jose import parse
from tests.conformance.relying_party import Browser
from tests.interop.conftest import FOLDER, SCOPE
from tests.support.demo import ROOT, Demo
from tests.support.processes import HelperProcess, free_port, listens
from tests.support.services import lacking

MFA = "urn:vn:eid:loa1:mfa"
APACHE_MODULES = Path("/usr/lib/apache2/modules")


class Official:
    """An official of the demo with a browser. Each story has its own: a one-time code is good once in its half minute."""

    def __init__(self, demo: Demo, key: str) -> None:
        (row,) = [row for row in read_json("demo_people.json")["people"] if row["key"] == key]
        self.name, self.email = row["name"], row["email"]
        self.browser = Browser(demo.issuer, row["email"], pyotp.TOTP(row["totp"]).now)
        self.issuer = demo.issuer

    @property
    def is_signed_in(self) -> bool:
        return "/signin" not in self.browser.open(f"{self.issuer}/account").url


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
        "ACR": MFA,
        "DATABASE": str(tmp_path / "party.sqlite"),
        "AUTHLIB_INSECURE_TRANSPORT": "1",
    }
    program = FOLDER / "parties" / f"{party}.py"
    helper = HelperProcess([sys.executable, str(program)], tmp_path / f"{party}.log", env=environment)
    helpers.append(helper)
    helper.wait_until(lambda: listens(port))
    return address


def onwards(page: requests.Response) -> str:
    """Where a page leads by itself: by redirect, or by the refresh that Apache's module answers a refusal with."""
    refresh = html.fromstring(page.text).xpath("//meta[@http-equiv='refresh']/@content") if page.text else []
    return str(refresh[0]).partition("url=")[2] if refresh else page.headers.get("Location", "")


def sign_in(browser: Browser, address: str) -> requests.Response:
    """Open the party's sign-in, go through the provider's pages, and follow the party home."""
    landed = browser.through(browser.open(address))
    for _ in range(6):
        target = onwards(landed)
        if not target:
            return landed
        landed = browser.through(browser.open(urljoin(landed.url, target)))
    raise AssertionError(f"it goes round in circles: {landed.url}")


def stepped_up(official: Official, address: str) -> requests.Response:
    """Ask for more; the provider must ask for the second factor and for nothing else."""
    before = len(official.browser.asked_for)
    page = sign_in(official.browser, address)
    assert official.browser.asked_for[before:][-1:] == ["/step-up/code"], page.text
    assert "/signin" not in official.browser.asked_for[before:]
    return page


def test_authlib(demo: Demo, tmp_path: Path, helpers: list[HelperProcess]) -> None:
    official = Official(demo, "thu_huong")
    address = start("authlib_party", demo, tmp_path, helpers, "/callback")
    known = sign_in(official.browser, f"{address}/login").json()
    assert known["userInfo"]["name"] == official.name
    assert known["claims"]["sub"] == known["userInfo"]["sub"]
    assert known["refreshed"] is True
    claims = stepped_up(official, f"{address}/step-up").json()["claims"]
    assert claims["acr"] == MFA
    assert claims["sub"] == known["claims"]["sub"]
    assert sign_in(official.browser, f"{address}/logout").json() == {"signedOut": True}
    assert not official.is_signed_in


def test_flask_oidc(demo: Demo, tmp_path: Path, helpers: list[HelperProcess]) -> None:
    official = Official(demo, "duc_thang")
    address = start("flask_oidc_party", demo, tmp_path, helpers, "/authorize")
    known = sign_in(official.browser, f"{address}/login").json()
    assert known["userInfo"]["name"] == official.name
    assert known["claims"]["sub"] == known["userInfo"]["sub"]
    renewed = sign_in(official.browser, f"{address}/grow-old").json()
    assert renewed["refreshToken"] != known["refreshToken"]
    assert stepped_up(official, f"{address}/step-up").json()["claims"]["acr"] == MFA
    assert sign_in(official.browser, f"{address}/sign-out").json() == {"signedOut": True}
    assert not official.is_signed_in


def test_mozilla_django_oidc(demo: Demo, tmp_path: Path, helpers: list[HelperProcess]) -> None:
    official = Official(demo, "thanh_ha")
    address = start("mozilla_django_oidc_party", demo, tmp_path, helpers, "/oidc/callback/")
    known = sign_in(official.browser, f"{address}/login").json()
    assert known["userInfo"]["email"] == official.email
    asked = len(official.browser.asked_for)
    renewed = sign_in(official.browser, f"{address}/grow-old").json()
    assert renewed["idToken"] != known["idToken"], "renewed by prompt=none"
    assert len(official.browser.asked_for) == asked
    claims = parse(stepped_up(official, f"{address}/step-up").json()["idToken"]).claims
    assert claims["acr"] == MFA
    assert sign_in(official.browser, f"{address}/oidc/logout/").json() == {"signedOut": True}
    assert not official.is_signed_in


def test_oauth4webapi(node: str, demo: Demo) -> None:
    official = Official(demo, "hai_son")
    party_address = f"http://localhost:{free_port()}"
    callback, landing = f"{party_address}/callback", f"{party_address}/signed-out"
    more = ["--post-logout-redirect-uri", landing]
    registered = register(demo, "Cổng thử nghiệm (oauth4webapi)", callback, *more)
    environment = {
        **os.environ,
        "ISSUER": demo.issuer,
        "CLIENT_ID": registered["client_id"],
        "CLIENT_SECRET": registered["client_secret"],
        "REDIRECT_URI": callback,
        "LANDING": landing,
        "SCOPE": SCOPE,
        "ACR": MFA,
    }
    command = [node, str(FOLDER / "oauth4webapi.mjs")]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as party:
        for _ in ("sign in", "step up", "sign out"):
            assert party.stdout is not None
            assert party.stdin is not None
            landed = official.browser.through(official.browser.open(party.stdout.readline().strip()))
            party.stdin.write(landed.headers["Location"] + "\n")
            party.stdin.flush()
        said, _ = party.communicate(timeout=60)
    known = json.loads(said)
    assert known["userInfo"]["name"] == official.name
    assert known["active"] is True
    assert known["refreshed"] is True
    assert known["afterRevocation"] == 400
    assert known["steppedUp"]["acr"] == MFA
    assert known["left"] == landing
    assert not official.is_signed_in


def test_apache_mod_auth_openidc(demo: Demo, tmp_path: Path, helpers: list[HelperProcess]) -> None:
    """What a ministry puts before software that knows nothing of sign-in."""
    official = Official(demo, "ngoc_lan")
    browser = official.browser
    apache = shutil.which("apache2") or "/usr/sbin/apache2"
    if not Path(apache).exists() or not (APACHE_MODULES / "mod_auth_openidc.so").exists():
        lacking("Apache with mod_auth_openidc", "apache2 libapache2-mod-auth-openidc")
    port = free_port()
    address = f"http://localhost:{port}"
    told = ["--backchannel-logout-uri", f"{address}/redirect_uri?logout=backchannel"]
    more = ["--post-logout-redirect-uri", f"{address}/out", *told]
    registered = register(demo, "Cổng thử nghiệm (Apache)", f"{address}/redirect_uri", *more)
    for folder, words in (("htdocs", "protected"), ("htdocs/strong", "well protected")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "index.html").write_text(words, encoding="utf-8")
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
            acr=MFA,
            acr_quoted=quote(MFA, safe=""),
            passphrase=os.urandom(16).hex(),
        )
    )
    helper = HelperProcess([apache, "-X", "-f", str(configuration)], tmp_path / "apache.log")
    helpers.append(helper)
    helper.wait_until(lambda: listens(port))
    page = sign_in(browser, f"{address}/")
    assert page.status_code == 200, page.text
    assert page.text == "protected"
    assert page.headers["X-Name"].encode("latin-1").decode() == official.name
    assert requests.get(f"{address}/", allow_redirects=False, timeout=10).status_code == 302

    first = page.headers["X-Access-Token"]
    asked = urlencode({"refresh": f"{address}/", "access_token": first})
    assert sign_in(browser, f"{address}/redirect_uri?{asked}").headers["X-Access-Token"] != first

    strong = stepped_up(official, f"{address}/strong/")
    assert (strong.text, strong.headers["X-Acr"]) == ("well protected", MFA)

    left = browser.open(f"{address}/redirect_uri?" + urlencode({"logout": f"{address}/out"}))
    assert left.headers["Location"] == f"{address}/out"
    assert not official.is_signed_in
    assert browser.http.get(f"{address}/", allow_redirects=False, timeout=10).status_code == 302

    sign_in(browser, f"{address}/")
    browser.fill(browser.open(f"{demo.issuer}/logout"), answer="sign_out")
    helper.wait_until(lambda: browser.http.get(f"{address}/", allow_redirects=False, timeout=10).status_code == 302)
