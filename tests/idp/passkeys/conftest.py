"""A provider, a person with a browser, and an authenticator in it: the ceremonies without their pages."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp.domain import messages, outbox
from idp.domain.authenticators import password as passwords
from idp.domain.authenticators.passkeys import authentication, kept, registration
from idp.domain.authenticators.passkeys.challenge import Bound
from idp.domain.authenticators.passkeys.kept import Passkey
from idp.domain.authenticators.passkeys.relying_party import RelyingParty, relying_party
from idp.domain.messages import CHANNELS, Outgoing
from idp.domain.sign_in import SignedIn
from idp.services import Services
from tests.support.authenticator import Authenticator
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider

ORIGIN = "http://localhost:8000"


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock) -> Iterator[Provider]:
    made = make_provider(tmp_path, clock)
    made.services.ephemeral.born_at()
    clock.advance(3600)
    yield made
    made.services.database.dispose()


@dataclass
class Person:
    """Somebody at a browser: adds passkeys to an account and signs in with them."""

    services: Services
    account_id: str
    browser: str = "browser-1"

    @property
    def party(self) -> RelyingParty:
        party = relying_party(self.services.settings)
        assert party is not None
        return party

    @property
    def passkeys(self) -> list[Passkey]:
        with self.services.database.read() as connection:
            return kept.passkeys_of(connection, self.account_id)

    def asked_to_add(self) -> dict[str, Any]:
        return registration.creation_options(self.services, self.party, Bound(self.browser, self.account_id))

    def adds(self, answer: dict[str, Any], label: str = "Điện thoại của Ánh", browser: str = "") -> Passkey:
        bound, response = Bound(browser or self.browser, self.account_id), json.dumps(answer)
        return registration.register(self.services, self.party, bound, label=label, response=response)

    def asked_to_sign_in(self, account_id: str = "") -> dict[str, Any]:
        return authentication.request_options(self.services, self.party, Bound(self.browser, account_id))

    def signs_in(self, answer: Any, browser: str = "", account_id: str = "") -> SignedIn:
        bound = Bound(browser or self.browser, account_id)
        response = answer if isinstance(answer, str) else json.dumps(answer)
        return authentication.sign_in(self.services, self.party, bound, response=response)


@pytest.fixture
def anh(provider: Provider) -> Person:
    """Hồng Ánh, who confirmed an e-mail address."""
    account_id = provider.person("Nguyễn Thị Hồng Ánh")
    from idp.domain.profile import SealedColumns
    from idp.store import accounts

    sealed = SealedColumns(provider.services.sealer, account_id)
    with provider.services.database.write() as connection:
        accounts.change(
            connection, account_id, email_sealed=sealed.seal("anh@thu.example", "email"), email_confirmed=True
        )
    return Person(provider.services, account_id)


@pytest.fixture
def device() -> Authenticator:
    """A phone's own authenticator, in a browser that shows the provider."""
    return Authenticator(ORIGIN)


@pytest.fixture
def enrolled(anh: Person, device: Authenticator) -> Passkey:
    """The phone's passkey on Ánh's account."""
    return anh.adds(device.create(anh.asked_to_add()))


@pytest.fixture
def password(anh: Person) -> None:
    """A password beside the passkey."""
    with anh.services.database.write() as connection:
        passwords.keep(connection, anh.services.sealer, anh.account_id, "$argon2id$", at=0)


@pytest.fixture
def told(provider: Provider, clock: StoppedClock) -> Callable[[], list[str]]:
    """Let the worker deliver, and give the subjects."""

    class Kept:
        channels = frozenset(CHANNELS)

        def __init__(self) -> None:
            self.received: list[Outgoing] = []

        def send(self, message: Outgoing) -> None:
            self.received.append(message)

    def subjects() -> list[str]:
        services, box = provider.services, Kept()
        handler = messages.handler([box], services.sealer, services.settings.issuer, services.clock)
        for message in outbox.lease(services.database, (messages.MESSAGE,), clock, 100):
            assert outbox.deliver(services.database, handler, message, clock)
        return [message.subject for message in box.received]

    return subjects
