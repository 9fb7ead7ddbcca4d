"""A provider on loopback, a portal in this process, and a browser that walks between them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from clients.kit.records.database import db
from clients.kit.settings import Settings, settings_for
from clients.portal.application import portal_application
from clients.portal.sites import sites
from tests.support.browser import Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import CLIENT_SECRET, FakeProvider, serving


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


@pytest.fixture
def make_portal(settings: Callable[..., Settings], clock: StoppedClock) -> Iterator[Callable[..., Flask]]:
    """Makes a portal with its tables in place, and closes its database afterwards."""
    made: list[Flask] = []

    def make(site: str = "national", **given: object) -> Flask:
        app = portal_application(site, settings(site, **given), clock=clock)
        made.append(app)
        with app.app_context():
            db.create_all()
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
