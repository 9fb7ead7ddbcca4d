"""A provider that trusts the authorities of a story, at the story's own time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.validation.revocation import CrlSource
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider
from tests.support.stories import CLOCK, world
from tests.support.trust import trusted

GOOD = world("good")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider at the story's present, which trusts the story's root and knows what its authorities publish."""
    trusted(tmp_path, GOOD)
    made = make_provider(tmp_path, StoppedClock(CLOCK["now"].timestamp()))
    made.services.validations.sources = (CrlSource(GOOD.fresh_crls("now")),)
    yield made
    made.services.validations.close()
    made.services.database.dispose()
