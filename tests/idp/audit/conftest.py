"""A trail with a key of its own, and entries to fill it."""

import pytest

from idp.domain.audit import Action, entry, record
from idp.store.database import Database
from keys import jose
from keys.jose import SigningKey
from tests.support.clock import StoppedClock

ISSUER = "https://id.gov.example"
KEY = jose.generate("ES256")


@pytest.fixture
def key() -> SigningKey:
    return KEY


def happen(database: Database, clock: StoppedClock, number: int) -> None:
    """Let so many acts happen, a second apart."""
    for _ in range(number):
        clock.advance(1)
        with database.write() as connection:
            act = entry(Action.SIGNED_IN, clock(), actor=("account", "a-1"), object=("session", "s-1"), devices=1)
            record(connection, act)
