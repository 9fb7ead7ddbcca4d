"""A national portal whose catalogue is loaded."""

from collections.abc import Callable

import pytest
from flask import Flask

from clients.kit.web.modules import Place, Portal
from clients.procedures import catalogue

PROVINCE = "http://localhost:8003"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def portal(make_portal: Callable[..., Flask], request: pytest.FixtureRequest) -> Flask:
    """The national portal with the catalogue that comes with the program, on either database."""
    url = request.getfixturevalue(f"{request.param}_url")
    owner = {"vi": "Ủy ban nhân dân tỉnh Quảng Ninh", "en": "People's Committee of Quảng Ninh Province"}
    where = Place("G22", "", {"H49": Portal(PROVINCE, owner)})
    app = make_portal("national", with_modules=True, database_url=url, where=where)
    with app.app_context():
        catalogue.load(catalogue.built_in())
    return app
