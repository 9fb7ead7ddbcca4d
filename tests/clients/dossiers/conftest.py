"""The province's portal with a copy of the catalogue, a citizen and officials in browsers of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from clients.dossiers.records import copies
from clients.dossiers.records.copies import CopiedPage
from clients.kit.records.database import writing
from clients.kit.web.modules import Place
from clients.procedures import catalogue
from tests.clients.dossiers.crowd import Crowd
from tests.clients.dossiers.people import Citizen, Official
from tests.support.fake_provider import FakeProvider

NATIONAL = "http://127.0.0.1:1"
"""Nobody listens there: what these stories need of the catalogue is held already."""


def hold_the_catalogue(app: Flask, read_at: float) -> None:
    """Let a portal hold the catalogue as if it had read it at that moment."""
    documents = catalogue.read(catalogue.built_in())
    with app.app_context(), writing() as work:
        copies.replace_page(work, CopiedPage(page=1, etag='"x"', next=None, read_at=int(read_at)), documents)


@pytest.fixture
def province(make_portal: Callable[..., Flask], clock: Callable[[], float]) -> Flask:
    """The province's portal, its catalogue read just now."""
    app = make_portal("province", with_modules=True, where=Place("H49", NATIONAL))
    hold_the_catalogue(app, clock() + 10 * 365 * 86400)
    return app


@pytest.fixture
def crowd(make_portal: Callable[..., Flask], clock: Callable[[], float]) -> Callable[[str], Crowd]:
    """Makes a crowd that works at one moment on a province whose database is at a URL."""

    def make(url: str) -> Crowd:
        app = make_portal("province", with_modules=True, database_url=url, where=Place("H49", NATIONAL))
        return Crowd(app, int(clock()))

    return make


@pytest.fixture
def citizen(province: Flask, provider: FakeProvider) -> Callable[..., Citizen]:
    """Makes a citizen at level 2 who is signed in at the province; what is given stands above."""

    def make(sub: str = "h49-dat", name: str = "Trần Quốc Đạt", **person: Any) -> Citizen:
        return Citizen(province, provider, {"sub": sub, "name": name, "acr": "urn:vn:eid:loa2", **person})

    return make


@pytest.fixture
def official(province: Flask, provider: FakeProvider) -> Callable[..., Official]:
    """Makes an official of the province's one-stop desk; what is given stands above."""

    def make(sub: str = "h49-ha", name: str = "Bùi Thị Thanh Hà", **person: Any) -> Official:
        usual = {"acr": "urn:vn:eid:loa2", "agency": "H49", "roles": ["receiver"]}
        return Official(province, provider, {"sub": sub, "name": name, **usual, **person})

    return make
