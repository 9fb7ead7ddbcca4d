"""A provider that has its own authority."""

import pytest

from idp.domain.agencies import load_built_in
from tests.support.certificates import OPERATOR, Office, Owner
from tests.support.provider import Provider


@pytest.fixture
def provider(plain_provider: Provider) -> Provider:
    """A provider with agencies."""
    load_built_in(plain_provider.services, actor=OPERATOR)
    return plain_provider


@pytest.fixture
def khai(office: Office) -> Owner:
    """Minh Khai with a key in her browser and a certificate for it."""
    return office.owner()
