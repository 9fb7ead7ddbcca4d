"""The composition root: every process can be made from settings, the demo's parts agree on addresses and names."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults

import pytest

import wsgi
from clients.console.application import console_settings
from clients.portal.application import portal_settings, site_names
from idp.commands.demo import demo_settings, preparation
from idp.commands.supervision.plan import environment, processes
from idp.settings import Settings


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A prepared demo, its environment as its children see it."""
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("MOTCUA_PORT", "8100")
    settings = demo_settings()
    for name, value in environment(settings, {}).items():
        monkeypatch.setenv(name, value)
    prepare(settings)
    return settings


def prepare(settings: Settings) -> None:
    for where in wsgi.DEMO.preparations:
        preparation(where)(settings)


def get(application: WSGIApplication, path: str) -> tuple[str, dict[str, str], bytes]:
    answered: list[Any] = []
    environ: dict[str, Any] = {"PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO()}
    setup_testing_defaults(environ)
    body = b"".join(application(environ, lambda status, headers, *_: answered.extend((status, dict(headers)))))  # type: ignore[arg-type,return-value,func-returns-value]
    return answered[0], answered[1], body


def test_the_provider_answers_discovery_under_its_own_address(demo: Settings) -> None:
    status, _, body = get(wsgi.idp_application(), "/.well-known/openid-configuration")
    assert status == "200 OK"
    assert json.loads(body)["issuer"] == demo.issuer == "http://localhost:8100"


def test_the_provider_is_ready_when_it_is_prepared(demo: Settings) -> None:
    status, _, body = get(wsgi.idp_application(), "/readyz")
    assert (status, json.loads(body)["database"]) == ("200 OK", "ok")


@pytest.mark.parametrize("site", ["national", "ministry", "province"])
def test_every_portal_is_ready(demo: Settings, site: str) -> None:
    assert get(wsgi.portal_application(site), "/readyz")[0] == "200 OK"


def test_the_console_is_ready(demo: Settings) -> None:
    assert get(wsgi.console_application(), "/readyz")[0] == "200 OK"


def test_settings_of_provider_and_portals_agree_on_addresses(demo: Settings) -> None:
    addresses = {site: portal_settings(site).url for site in site_names()}
    assert addresses == demo.site_urls
    assert console_settings().url == demo.console_url


def test_every_relying_party_of_the_demo_is_registered_where_it_reads_its_secret(demo: Settings) -> None:
    for settings in (*map(portal_settings, site_names()), console_settings()):
        assert settings.refusals() == []


def test_every_process_of_the_demo_has_a_command(demo: Settings) -> None:
    runner = [sys.executable, "-m", "wsgi"]
    for process in processes(demo):
        seen = subprocess.run([*runner, *process.arguments, "--help"], capture_output=True, text=True, check=False)
        assert seen.returncode == 0, seen.stderr


def test_every_site_has_a_database_of_its_own(demo: Settings) -> None:
    urls = [target.url for target in wsgi.databases()]
    assert [target.name for target in wsgi.databases()] == ["idp", "national", "ministry", "province", "console"]
    assert len(set(urls)) == 5


def test_the_demo_is_prepared_once(demo: Settings) -> None:
    secrets = {path: path.read_text() for path in (demo.home / "clients").iterdir()}
    prepare(demo)
    assert {path: path.read_text() for path in (demo.home / "clients").iterdir()} == secrets


@pytest.mark.parametrize("heavy", ["flask", "sqlalchemy", "alembic", "granian"])
def test_a_command_starts_without_what_it_does_not_need(heavy: str) -> None:
    script = f"import sys, wsgi; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, env=os.environ).returncode == 0


NOT_FOR_A_SIGN_IN = (
    *("pyhanko", "pyhanko_certvalidator", "lxml", "fpdf", "webauthn", "qrcode", "alembic", "redis", "psycopg", "httpx"),
    *("keys.validation.verdict", "keys.commands", "idp.http.api.operations", "idp.http.api.openapi"),
)


def test_the_provider_is_made_without_what_no_sign_in_needs(tmp_path: Path) -> None:
    """Each of these would cost every worker memory and the start its time (the budget in ``docs/performance.md``)."""
    script = f"import sys, wsgi; wsgi.idp_application(); print(*sys.modules.keys() & {set(NOT_FOR_A_SIGN_IN)})"
    environment = {**os.environ, "MOTCUA_HOME": str(tmp_path), "MOTCUA_DEMO": "true"}
    ran = subprocess.run([sys.executable, "-c", script], check=True, env=environment, capture_output=True, text=True)
    assert ran.stdout.split() == []
