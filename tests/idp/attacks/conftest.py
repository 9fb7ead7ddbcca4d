"""One installation for every attack: no demonstration, with post, with an authority, with a terminator of TLS before it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest

from idp.domain.agencies import load_built_in
from idp.domain.authenticators import totp
from tests.idp.attacks.people import OFFICE, SEED, Person
from tests.idp.http.pages.conftest import enrol, key_file, khai, portal, post, signed_in, visitor
from tests.support.certificates import OPERATOR, Office
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider

__all__ = ["enrol", "khai", "portal", "post", "signed_in", "visitor"]


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock) -> Iterator[Provider]:
    """The installation, an hour after its memory of counts began."""
    secret = tmp_path / "mtls-secret"
    secret.write_text(OFFICE)
    authority = tmp_path / "authority-key"
    authority.write_bytes(b"a" * 32)
    made = make_provider(
        tmp_path,
        clock,
        f"sqlite:///{tmp_path / 'attacked.sqlite'}",
        demo=False,
        key_encryption_key_file=key_file(tmp_path),
        argon2_memory_kib=8192,
        argon2_time_cost=1,
        message_sender="smtp",
        smtp_url="smtp://localhost:2525",
        issuer="http://localhost:8000",
        mtls_url="https://127.0.0.2:8443",
        mtls_secret_file=secret,
        authority_key_file=authority,
    )
    load_built_in(made.services, actor=OPERATOR)
    made.services.ephemeral.born_at()
    clock.advance(3600)
    yield made
    made.services.database.dispose()


@pytest.fixture
def office(provider: Provider) -> Office:
    """The authority of the installation."""
    return Office(provider.services)


@pytest.fixture
def somebody(provider: Provider) -> Callable[..., Person]:
    """A browser of its own at an address of its own."""
    return lambda place="203.0.113.7", **given: Person(provider, place, **given)


@pytest.fixture
def application(provider: Provider, khai: str) -> pyotp.TOTP:
    """The application on Minh Khai's phone."""
    with provider.services.database.write() as connection:
        totp.keep(connection, provider.services, khai, SEED)
    return pyotp.TOTP(SEED)
