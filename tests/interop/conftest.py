"""An independent relying party under Node, its packages from npm, and the provider it is pointed at."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.support.demo import ROOT, Demo
from tests.support.processes import HelperProcess, free_port
from tests.support.services import lacking

FOLDER = Path(__file__).parent
PACKAGES = FOLDER / "node_modules"
OLDEST_NODE = 20
SCOPE = "openid profile email offline_access"

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder needs Node."""
    for item in items:
        if "/interop/" in str(item.path):
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the relying party's packages beside it, fetched when they are not there or are others now."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        lacking("Node", "nodejs npm")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        lacking(f"Node {OLDEST_NODE} or newer (this is {version.strip()})", "nodejs from a newer release")
    fetched = PACKAGES / ".fetched"
    declared = (FOLDER / "package.json").read_text()
    if not fetched.exists() or fetched.read_text() != declared:
        install = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
        subprocess.run(install, cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)
        fetched.write_text(declared)
    return found


class RelyingParty:
    """A running relying party that others wrote.

    :param address: where it answers.
    """

    def __init__(self, address: str) -> None:
        self.address = address


Join = Callable[[str], RelyingParty]


@pytest.fixture
def join(node: str, demo: Demo, tmp_path: Path) -> Iterator[Join]:
    """Registers a relying party by the command line and starts it: ``join("client_secret_basic")``."""
    started: list[HelperProcess] = []

    def joined(auth_method: str) -> RelyingParty:
        port = free_port()
        address = f"http://localhost:{port}"
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        public, private = tmp_path / "public.json", tmp_path / "private.json"
        public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        private.write_text(json.dumps(key.as_dict(private=True)))
        registered = register(demo, auth_method, address, public)
        environment = {
            **os.environ,
            "ISSUER": demo.issuer,
            "CLIENT_ID": registered["client_id"],
            "CLIENT_SECRET": registered.get("client_secret", ""),
            "AUTH_METHOD": auth_method,
            "PRIVATE_JWK": str(private),
            "PORT": str(port),
            "SCOPE": SCOPE,
        }
        log = tmp_path / f"{auth_method}.log"
        helper = HelperProcess([node, str(FOLDER / "relying_party.mjs")], log, env=environment)
        started.append(helper)
        helper.wait_until(lambda: f'"issuer":"{demo.issuer}"' in helper.last_words())
        return RelyingParty(address)

    yield joined
    for helper in started:
        helper.stop()


def register(demo: Demo, auth_method: str, address: str, jwks: Path) -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "wsgi.py"), "client", "add", "--json"]
    command += ["--name", f"Cổng thử nghiệm ({auth_method})", "--redirect-uri", f"{address}/callback"]
    command += ["--post-logout-redirect-uri", f"{address}/signed-out"]
    command += ["--backchannel-logout-uri", f"{address}/backchannel-logout"]
    command += ["--auth-method", auth_method, "--scope", SCOPE]
    if auth_method == "private_key_jwt":
        command += ["--jwks", str(jwks)]
    done = subprocess.run(command, env=demo.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    registered: dict[str, Any] = json.loads(done.stdout)
    return registered
