"""Stories through real processes and a real browser: the demo as `make run` starts it, and people who visit it."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser

from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo, running_demo
from tests.support.processes import free_port
from tests.support.proxy import asking_server, nginx, tls_folder
from tests.support.services import PostgresqlServer

Invite = Callable[..., Visitor]
ASKS = "127.0.0.6"
"""Where nginx asks for a client certificate."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder is a journey."""
    for item in items:
        if "/journeys/" in str(item.path):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def grown_up_demo(postgresql: PostgresqlServer, redis_address: str) -> Iterator[Demo]:
    """The demo on PostgreSQL and Redis, a database for the provider and for each site."""
    names = {"": postgresql.create(), **{site: postgresql.create() for site in ("national", "ministry", "province")}}
    urls = {
        f"site_{site}_database_url" if site else "database_url": postgresql.url(name) for site, name in names.items()
    }
    urls["console_database_url"] = postgresql.url(postgresql.create())
    with running_demo(redis_url=f"{redis_address}/1", **urls) as started:
        yield started


@pytest.fixture(scope="session")
def far_demo() -> Iterator[Demo]:
    """The demo with the portals on another site than the issuer, as far as a browser is concerned."""
    addresses = {f"site_{site}_url": f"http://127.0.0.1:{{{site}}}" for site in ("national", "ministry", "province")}
    with running_demo(console_url="http://127.0.0.1:{console}", **addresses) as started:
        yield started


@pytest.fixture(scope="session")
def proxied_demo() -> Iterator[Demo]:
    """The demo at https addresses behind nginx, the issuer and one portal under a path, each on a host of its own.

    The one more asks browsers for a certificate, for signing in by TLS.
    """
    hosts = {"127.0.0.1": 0, "127.0.0.2": 1, "127.0.0.3": 2, "127.0.0.4": 3, "127.0.0.5": 9}
    public = free_port()
    shared = secrets.token_urlsafe(32)
    addresses = {
        "issuer": f"https://localhost:{public}/mot-cua",
        "site_national_url": f"https://127.0.0.2:{public}",
        "site_ministry_url": f"https://127.0.0.3:{public}/dich-vu",
        "site_province_url": f"https://127.0.0.4:{public}",
        "console_url": f"https://127.0.0.5:{public}",
        "mtls_url": f"https://{ASKS}:{public}/mot-cua",
    }
    with tls_folder(["localhost", *hosts, ASKS]) as folder:
        trust = {"SSL_CERT_FILE": str(folder / "ca.pem")}
        (folder / "shared").write_text(shared)
        addresses["mtls_secret_file"] = str(folder / "shared")
        with running_demo(surroundings=trust, trusted_proxies="127.0.0.0/8", **addresses) as started:
            more = asking_server(folder, ASKS, public, started.port, shared, authorities_of(started))
            with nginx(folder, public, {host: started.port + offset for host, offset in hosts.items()}, more=more):
                yield started


def authorities_of(demo: Demo) -> bytes:
    """Give the certificates of a demo's authorities (PEM), as its own addresses publish them."""
    path = urlsplit(demo.issuer).path
    found = b""
    for name in ("public", "government", "public-root", "government-root"):
        answer = requests.get(f"http://127.0.0.1:{demo.port}{path}/ca/{name}.cer", timeout=10)
        answer.raise_for_status()
        found += x509.load_der_x509_certificate(answer.content).public_bytes(Encoding.PEM)
    return found


@pytest.fixture
def invite(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Invite]:
    """Lets a person in: ``invite(Look("vi", 1280))``; each leaves at the end, with what they saw that must not be."""
    visitors: list[Visitor] = []

    def come(look: Look, story: str = "", **options: Any) -> Visitor:
        told = story or request.node.name.partition("[")[0].removeprefix("test_")
        visitors.append(visitor := Visitor(browser, look, told, **options))
        return visitor

    yield come
    for visitor in visitors:
        visitor.leave()
