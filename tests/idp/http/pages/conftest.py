"""A provider with a portal that must ask, people with passwords, and their post."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idp.domain import accounts, messages, outbox
from idp.domain.accounts import NewAccount
from idp.domain.messages import CHANNELS, Outgoing
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider

PASSWORD = "mưa rơi trên mái ngói cũ"
PHONE = "0912345678"
OPERATOR = ("operator", "test")

Enrol = Callable[..., str]


@pytest.fixture
def senders() -> dict[str, str]:
    """How messages leave: by mail alone, unless a story overrides it."""
    return {"message_sender": "smtp", "smtp_url": "smtp://localhost:2525"}


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, senders: dict[str, str]) -> Iterator[Provider]:
    """A provider that is no demonstration, so that its limits are the real ones."""
    cheap = {"argon2_memory_kib": 8192, "argon2_time_cost": 1}
    made = make_provider(tmp_path, clock, demo=False, key_encryption_key_file=key_file(tmp_path), **cheap, **senders)
    made.services.ephemeral.born_at()
    clock.advance(3600)
    yield made
    made.services.database.dispose()


def key_file(folder: Path) -> Path:
    """A key-encryption key for a provider that is no demonstration."""
    file = folder / "key"
    file.write_bytes(b"k" * 32)
    return file


@pytest.fixture
def portal(provider: Provider) -> Portal:
    """A portal of another party: it must ask before it learns anything."""
    return provider.portal(first_party=False, client_name="Cổng dịch vụ công Hạ Long")


@pytest.fixture
def enrol(provider: Provider, clock: StoppedClock) -> Enrol:
    """Make an account with the password; gives its identifier."""

    def made(name: str = "Nguyễn Thị Minh Khai", **members: object) -> str:
        services = provider.services
        phone = str(members.get("phone", "+84912345678"))
        usual = {"phone": phone, "email": f"{phone[1:]}@thu.example", "birthdate": "1994-03-08", "gender": "female"}
        new = NewAccount(name, **{**usual, **members})
        hashed = services.passwords.hash(PASSWORD)
        with services.database.write() as connection:
            account_id = accounts.create(connection, services.sealer, new, at=clock(), actor=OPERATOR)
            accounts.change_password(connection, services.sealer, account_id, hashed, at=clock(), actor=OPERATOR)
        return account_id

    return made


@pytest.fixture
def khai(enrol: Enrol) -> str:
    return enrol()


@pytest.fixture
def visitor(provider: Provider) -> Visitor:
    """Somebody with a browser that has no cookies yet."""
    return Visitor(provider.browser())


@pytest.fixture
def signed_in(visitor: Visitor, khai: str) -> Visitor:
    """Minh Khai, signed in."""
    return enter(visitor.open("/signin"))


def enter(visitor: Visitor, name: str = PHONE, password: str = PASSWORD) -> Visitor:
    """Sign in on the page in hand."""
    return visitor.press("Đăng nhập", username=name, password=password)


@pytest.fixture
def post(provider: Provider, clock: StoppedClock) -> Callable[[], list[Outgoing]]:
    """Let the worker deliver what waits, and give it."""

    class Kept:
        channels = frozenset(CHANNELS)
        received: list[Outgoing] = []

        def send(self, message: Outgoing) -> None:
            self.received.append(message)

    def delivered() -> list[Outgoing]:
        services, kept = provider.services, Kept()
        kept.received = []
        handler = messages.handler([kept], services.sealer, services.settings.issuer, services.clock)
        for message in outbox.lease(services.database, (messages.MESSAGE,), clock, 100):
            assert outbox.deliver(services.database, handler, message, clock)
        return kept.received

    return delivered
