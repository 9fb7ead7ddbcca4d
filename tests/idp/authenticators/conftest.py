"""A provider that is no demonstration, on SQLite and on PostgreSQL, and people who own more than a password."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest

from idp.domain import accounts, messages, outbox
from idp.domain.accounts import NewAccount
from idp.domain.authenticators import password, totp
from idp.domain.messages import CHANNELS, Outgoing
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store.database import Database
from tests.idp.http.pages.conftest import key_file
from tests.support.clock import StoppedClock

OPERATOR = ("operator", "test")
PASSWORD = "mưa rơi trên mái ngói cũ"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

Person = Callable[..., str]


@pytest.fixture
def services(tmp_path: Path, clock: StoppedClock, database: Database) -> Iterator[Services]:
    """The parts, an hour after their ephemeral store was born."""
    settings = Settings(
        home=tmp_path,
        database_url=database.engine.url.render_as_string(hide_password=False),
        demo=False,
        key_encryption_key_file=key_file(tmp_path),
        argon2_memory_kib=8192,
        argon2_time_cost=1,
        message_sender="smtp",
        smtp_url="smtp://localhost:2525",
    )
    made = make_services(settings, clock)
    made.ephemeral.born_at()
    clock.advance(3600)
    yield made
    made.database.dispose()


@pytest.fixture
def person(services: Services) -> Person:
    """Make somebody with a password and an application that shows codes; gives the account."""

    def made(phone: str = "+84912345678", seed: str = SEED) -> str:
        new = NewAccount("Nguyễn Thị Minh Khai", phone=phone, email=f"{phone[1:]}@thu.example")
        hashed = services.passwords.hash(PASSWORD)
        with services.database.write() as connection:
            account_id = accounts.create(connection, services.sealer, new, at=services.clock(), actor=OPERATOR)
            password.keep(connection, services.sealer, account_id, hashed, at=services.now())
            if seed:
                totp.keep(connection, services, account_id, seed)
        return account_id

    return made


@pytest.fixture
def khai(person: Person) -> str:
    return person()


@pytest.fixture
def post(services: Services, clock: StoppedClock, person: Person) -> Callable[[], list[Outgoing]]:
    """Let the worker deliver what waits, and give it."""
    received: list[Outgoing] = []

    class Kept:
        channels = frozenset(CHANNELS)

        def send(self, message: Outgoing) -> None:
            received.append(message)

    def delivered() -> list[Outgoing]:
        received.clear()
        handler = messages.handler([Kept()], services.sealer, services.settings.issuer, clock)
        for message in outbox.lease(services.database, (messages.MESSAGE,), clock, 100):
            assert outbox.deliver(services.database, handler, message, clock)
        return list(received)

    return delivered


def code_of(clock: StoppedClock, seed: str = SEED, steps: int = 0) -> str:
    """What an application with this key shows now, or some steps of half a minute away."""
    return pyotp.TOTP(seed).at(int(clock()) + 30 * steps)
