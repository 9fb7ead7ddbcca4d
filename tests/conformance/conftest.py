"""A started provider, reached over HTTP alone, and the table of modules that is printed at the end."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conformance.relying_party import Browser, RelyingParty
from tests.support.demo import ROOT, Demo, running_demo

CALLBACK = "http://127.0.0.1:9/callback"
LANDING = "http://127.0.0.1:9/landing"
SCOPES = "openid profile email phone address offline_access"
MODULES: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/conformance/" in str(item.path):
            item.add_marker(pytest.mark.journey)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each outcome, also where the tests ran in processes of their own."""
    path, _, name = report.nodeid.partition("::")
    if "conformance/" in path and (report.when == "call" or report.failed):
        MODULES[f"{Path(path).stem.removeprefix('test_')}: {name.removeprefix('test_')}"] = report.outcome


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MODULES:
        terminalreporter.section("conformance, module by module")
        for name, outcome in sorted(MODULES.items()):
            terminalreporter.write_line(f"{outcome:7} {name}")


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with running_demo() as started:
        yield started


@pytest.fixture(scope="session")
def metadata(demo: Demo) -> dict[str, Any]:
    document: dict[str, Any] = requests.get(f"{demo.issuer}/.well-known/openid-configuration", timeout=10).json()
    return document


@pytest.fixture
def browser(demo: Demo) -> Browser:
    return Browser(demo.issuer)


@pytest.fixture(scope="session")
def initial_access_token(demo: Demo) -> str:
    command = [sys.executable, str(ROOT / "wsgi.py"), "client", "token", "--uses", "500"]
    done = subprocess.run(command, env=demo.environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


Register = Callable[..., RelyingParty]


@pytest.fixture(scope="session")
def try_to_register(metadata: dict[str, Any], initial_access_token: str) -> Callable[..., requests.Response]:
    def attempt(**changed: Any) -> requests.Response:
        usual = {
            "client_name": "Cổng kiểm thử",
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [LANDING],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": SCOPES,
        }
        sent = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        header = {"Authorization": f"Bearer {initial_access_token}"}
        return requests.post(metadata["registration_endpoint"], json=sent, headers=header, timeout=10)

    return attempt


@pytest.fixture(scope="session")
def register(metadata: dict[str, Any], try_to_register: Callable[..., requests.Response]) -> Register:
    def registered(**changed: Any) -> RelyingParty:
        response = try_to_register(**changed)
        assert response.status_code == 201, response.text
        return RelyingParty(metadata, response.json())

    return registered


@pytest.fixture(scope="session")
def rp(register: Register) -> RelyingParty:
    return register()
