"""What anybody sees before signing in: whole, readable and reachable in both languages, wide and narrow."""

import pytest

from tests.journeys.conftest import Invite
from tests.support.chromium import EVERY_LOOK, Look
from tests.support.demo import Demo


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_every_front_page(demo: Demo, invite: Invite, look: Look) -> None:
    visitor = invite(look)
    for address in (demo.issuer, *demo.sites.values(), demo.console):
        visitor.open(f"{address}/")


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_an_address_that_is_not_there(demo: Demo, invite: Invite, look: Look) -> None:
    visitor = invite(look)
    for address in (demo.issuer, demo.sites["national"], demo.console):
        visitor.open(f"{address}/khong-co")
