"""A provider on loopback, a portal in this process, and a browser that walks between them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

import wsgi
from clients.kit.records.database import Base, db
from clients.kit.settings import Settings, settings_for
from clients.kit.web.modules import Place
from clients.portal.application import portal_application
from clients.portal.sites import sites
from migrations.runner import Target, upgrade
from tests.support.browser import Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import CLIENT_SECRET, FakeProvider, serving
from tests.support.services import PostgresqlServer

for module in wsgi.MODULES.values():
    wsgi.import_from(module)  # every site's database has the tables of every module


@pytest.fixture
def provider(clock: StoppedClock) -> Iterator[FakeProvider]:
    """An honest provider, until the test twists it."""
    with serving(FakeProvider(clock)) as running:
        yield running


@pytest.fixture
def settings(provider: FakeProvider, tmp_path: Path) -> Callable[..., Settings]:
    """Makes the settings of a site; what is given stands above the defaults."""
    secret = tmp_path / "client.secret"
    secret.write_text(CLIENT_SECRET)

    def make(site: str = "national", **given: object) -> Settings:
        defaults = {"demo": True, "issuer": provider.issuer, "home": tmp_path, "client_secret_file": secret}
        return settings_for(sites()[site].application, **{**defaults, **given})

    return make


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of a site at the newest revision, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "site.sqlite"
    upgrade(Target("national", "portal", f"sqlite:///{file}", (Base.metadata,)))
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgresqlServer) -> str:
    """The name of the same database on PostgreSQL."""
    name = postgresql.create()
    upgrade(Target("national", "portal", postgresql.url(name), (Base.metadata,)))
    return name


@pytest.fixture
def postgresql_url(postgresql: PostgresqlServer, migrated_postgresql: str) -> Iterator[str]:
    """The URL of a site's PostgreSQL database at the newest revision."""
    with postgresql.database(migrated_postgresql) as url:
        yield url


@pytest.fixture
def make_portal(
    settings: Callable[..., Settings], clock: StoppedClock, migrated: Path
) -> Iterator[Callable[..., Flask]]:
    """Makes a portal with its tables in place, with its modules where asked, and closes its database afterwards."""
    made: list[Flask] = []

    def make(
        site: str = "national",
        *,
        copy_database: bool = True,
        with_modules: bool = False,
        where: Place | None = None,
        **given: object,
    ) -> Flask:
        known = settings(site, **given)
        if copy_database and known.database_url.startswith("sqlite"):
            shutil.copy(migrated, known.database_url.removeprefix("sqlite:///"))
        modules = wsgi.modules_of(site) if with_modules else []
        app = portal_application(site, known, modules, clock=clock, where=where)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def portal(make_portal: Callable[..., Flask]) -> Flask:
    """The national portal."""
    return make_portal()


@pytest.fixture
def browser(portal: Flask, provider: FakeProvider) -> Browser:
    """A browser at the national portal, where nobody is signed in yet."""
    return Browser(portal, provider)
