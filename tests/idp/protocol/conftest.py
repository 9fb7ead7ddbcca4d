"""A provider on SQLite in memory, a portal of the first party, and a person with an open session."""

import pytest
from werkzeug.test import Client as Browser

from tests.support.provider import Provider


@pytest.fixture
def person(provider: Provider) -> str:
    return provider.person()


@pytest.fixture
def browser(provider: Provider, person: str) -> Browser:
    return provider.signed_in(person)
