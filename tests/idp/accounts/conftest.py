"""A provider's database and seal for the stories of accounts, the people who live in them, and their post."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, Row, select

from idp.domain import accounts, messages, outbox
from idp.domain.accounts import NewAccount
from idp.domain.messages import CHANNELS, Channel, Outgoing
from idp.domain.profile import Profile, load_profile
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store import audit as audit_store
from idp.store.database import Database
from idp.store.tables import every_metadata
from keys.sealing import Sealer, make_key_file
from tests.support.clock import StoppedClock
from tests.support.tables import make_tables
from wsgi import command_line

OPERATOR = ("operator", "test")
ISSUER = "https://motcua.example"

Create = Callable[..., str]
Act = Callable[..., Any]


@pytest.fixture
def sealer() -> Sealer:
    """A seal with one key."""
    return Sealer({1: b"k" * 32})


@pytest.fixture
def create(database: Database, sealer: Sealer, clock: StoppedClock) -> Create:
    """Make an account from the members of ``NewAccount``; gives its identifier."""

    def made(name: str = "Nguyễn Thị Minh Khai", **members: object) -> str:
        with database.write() as connection:
            new = NewAccount(name, **{"phone": "+84912345678", **members})  # type: ignore[arg-type]
            return accounts.create(connection, sealer, new, at=clock(), actor=OPERATOR)

    return made


@pytest.fixture
def profile_of(database: Database, sealer: Sealer) -> Callable[[str], Profile]:
    """Give the profile of an account that is there."""

    def opened(account_id: str) -> Profile:
        with database.read() as connection:
            profile = load_profile(connection, sealer, account_id)
        assert profile is not None
        return profile

    return opened


@pytest.fixture
def act(database: Database, sealer: Sealer, clock: StoppedClock) -> Act:
    """Do one of the domain's acts in a transaction of its own, as an operator at this moment."""

    def done(function: Callable[..., Any], *arguments: object, **named: object) -> Any:
        with database.write() as connection:
            return function(connection, sealer, *arguments, at=clock(), **{"actor": OPERATOR, **named})

    return done


@dataclass
class Mailbox:
    """A sender that keeps what it is given; ``post()`` lets the worker's part happen."""

    database: Database
    sealer: Sealer
    clock: StoppedClock
    channels: frozenset[Channel] = frozenset(CHANNELS)
    received: list[Outgoing] = field(default_factory=list)

    def send(self, message: Outgoing) -> None:
        self.received.append(message)

    def post(self) -> list[Outgoing]:
        """Deliver what waits in the outbox and give it."""
        handler, before = messages.handler([self], self.sealer, ISSUER, self.clock), len(self.received)
        for message in outbox.lease(self.database, (messages.MESSAGE,), self.clock, 100):
            assert outbox.deliver(self.database, handler, message, self.clock)
        return self.received[before:]

    def subjects(self) -> list[tuple[str, str]]:
        """Deliver what waits; give who got what, in order of address."""
        return sorted((message.recipient.address, message.subject) for message in self.post())


@pytest.fixture
def mailbox(database: Database, sealer: Sealer, clock: StoppedClock) -> Mailbox:
    """Where everybody's messages arrive."""
    return Mailbox(database, sealer, clock)


@dataclass(frozen=True)
class Trail:
    """The audit trail as a story reads it."""

    database: Database

    def rows(self) -> list[Row[Any]]:
        with self.database.read() as connection:
            rows = connection.execute(select(audit_store.waiting))
            return sorted(rows, key=lambda row: float(row.at))

    def acts(self) -> list[tuple[str, str, str]]:
        """Give action, object and outcome of every entry."""
        return [(row.action, row.object_id, row.outcome) for row in self.rows()]

    def actions(self) -> list[str]:
        return [row.action for row in self.rows()]


@pytest.fixture
def trail(database: Database) -> Trail:
    """Everything that was recorded."""
    return Trail(database)


def everything_kept(connection: Connection) -> str:
    """Give every value of every table as text, sealed bytes included, to look for what must not be readable."""
    tables = [table for metadata in every_metadata for table in metadata.sorted_tables]
    rows = [tuple(row) for table in tables for row in connection.execute(select(table))]
    return json.dumps(rows, default=lambda value: value.decode("latin-1"), ensure_ascii=False)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with its key, as the environment tells a command of it."""
    make_key_file(tmp_path / "kek")
    given = {
        "MOTCUA_HOME": tmp_path,
        "MOTCUA_ISSUER": ISSUER,
        "MOTCUA_KEY_ENCRYPTION_KEY_FILE": tmp_path / "kek",
        "MOTCUA_ARGON2_MEMORY_KIB": 8192,
        "MOTCUA_ARGON2_TIME_COST": 1,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))


@pytest.fixture
def installation(environment: None) -> Iterator[Services]:
    """The same installation with its tables, looked at from outside."""
    made = make_services(Settings())
    make_tables(made.database)
    yield made
    made.database.dispose()


Run = Callable[..., Result]


@pytest.fixture
def command(installation: Services) -> Run:
    """Run ``motcua`` and look at what it prints; another exit status than ``status`` fails the test."""

    def called(*arguments: str, typed: str | bytes = "", status: int = 0) -> Result:
        result = CliRunner().invoke(command_line, list(arguments), input=typed)
        assert result.exit_code == status, result.output
        return result

    return called
