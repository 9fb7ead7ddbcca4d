"""The console lets in officials with an administrator's role, and nobody else."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from clients.console.application import console_application, console_settings
from clients.kit.records.database import db
from clients.kit.settings import Settings
from tests.support.browser import Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import CLIENT_SECRET, FakeProvider


@pytest.fixture
def console(provider: FakeProvider, tmp_path: Path, migrated: Path, clock: StoppedClock) -> Iterator[Flask]:
    secret = tmp_path / "console.secret"
    secret.write_text(CLIENT_SECRET)
    shutil.copy(migrated, tmp_path / "console.sqlite")
    given = {"demo": True, "issuer": provider.issuer, "home": tmp_path, "client_secret_file": secret}
    app = console_application(console_settings(**given), clock)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def visitor(console: Flask, provider: FakeProvider) -> Browser:
    return Browser(console, provider)


def test_an_administrator_is_greeted(visitor: Browser, provider: FakeProvider) -> None:
    provider.person |= {"agency": "G22", "roles": ["administrator", "clerk"]}

    page = visitor.open("/home")

    assert page.status_code == 200
    assert "Nguyễn Văn Ánh" in page.text
    assert "Bạn quản trị cơ quan G22" in page.text


@pytest.mark.parametrize("roles", [None, [], ["clerk"], "administrator", {"administrator": True}])
def test_everybody_else_is_told_that_it_is_not_for_them(
    visitor: Browser, provider: FakeProvider, roles: object
) -> None:
    provider.person["roles"] = roles

    page = visitor.open("/home")

    assert page.status_code == 403
    assert 'class="reference"' in page.text


def test_the_front_door_is_open_and_asks_for_an_official(visitor: Browser, provider: FakeProvider) -> None:
    assert visitor.open("/").status_code == 200
    visitor.sign_in("/home")

    assert "scope=openid+profile+official" in [asked for asked in provider.asked if "/authorize?" in asked][-1]
    assert visitor.cookie("motcua-console")


def test_the_consoles_settings_stand_above_its_own(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_CONSOLE_URL", "https://quantri.example")

    assert console_settings().url == "https://quantri.example"
