"""A provider on SQLite in memory, a portal of the first party, and a person with an open session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client as Browser

from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock) -> Iterator[Provider]:
    made = make_provider(tmp_path, clock)
    yield made
    made.services.database.dispose()


@pytest.fixture
def portal(provider: Provider) -> Portal:
    return provider.portal()


@pytest.fixture
def person(provider: Provider) -> str:
    return provider.person()


@pytest.fixture
def browser(provider: Provider, person: str) -> Browser:
    return provider.signed_in(person)
