"""A provider that has its own authority."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain.agencies import load_built_in
from tests.support.certificates import OPERATOR, Office, Owner
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock) -> Iterator[Provider]:
    """A provider with agencies."""
    made = make_provider(tmp_path, clock)
    load_built_in(made.services, actor=OPERATOR)
    yield made
    made.services.database.dispose()


@pytest.fixture
def office(provider: Provider) -> Office:
    """Its authority, after the ceremony."""
    return Office(provider.services)


@pytest.fixture
def khai(office: Office) -> Owner:
    """Minh Khai with a key in her browser and a certificate for it."""
    return office.owner()
