"""Keys by reference (``jwks_uri``): fetched once whoever asks, few at once over all clients, and never at tokens' cost.

Design §2: at most two threads of a process hash or fetch at once; further ones wait briefly, then 503 with
``Retry-After``. The fetches stand still until the test lets them go.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from idp.domain import registration
from idp.domain.client_metadata import MetadataInvalid
from idp.domain.outbound import Fetched, FetchFailed
from idp.errors import TryAgainLater
from idp.protocol import client_keys
from idp.settings import Settings
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider, random_state

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONG = 10


@dataclass
class Network:
    """The clients' key sets by address, each answered when the test says so."""

    served: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    open: threading.Event = field(default_factory=threading.Event)

    def fetch(self, settings: Settings, address: str) -> Fetched:
        self.asked.append(address)
        self.begun.release()
        assert self.open.wait(LONG)
        if address not in self.served:
            raise FetchFailed("it answered 404")
        return Fetched(200, self.served[address])

    def wait_for_a_fetch(self) -> None:
        assert self.begun.acquire(timeout=LONG)


@dataclass
class Machine:
    """A client that signs with a key which it publishes at an address of its own."""

    portal: Portal
    address: str
    network: Network
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True))

    def publish(self) -> None:
        self.network.served[self.address] = json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()

    def asks(self) -> TestResponse:
        now = self.portal.provider.services.now()
        issuer = self.portal.provider.services.settings.issuer
        claims = {"iss": self.portal.id, "sub": self.portal.id, "aud": issuer, "iat": now, "exp": now + 60}
        claims["jti"] = random_state()
        signed = jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key, algorithms=["ES256"])
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": signed}
        return self.portal.token(headers={}, **form)


@pytest.fixture
def provider(tmp_path: Path, clock: StoppedClock, sqlite_url: str) -> Iterator[Provider]:
    """On a file: a database in memory has one connection, which threads cannot share."""
    made = make_provider(tmp_path, clock, sqlite_url)
    yield made
    made.services.database.dispose()


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    made = Network()
    monkeypatch.setattr(client_keys, "fetch", made.fetch)
    monkeypatch.setattr(registration, "fetch", made.fetch)
    yield made
    made.open.set()


@pytest.fixture
def machine(provider: Provider, network: Network) -> Callable[[], Machine]:
    def make() -> Machine:
        address = f"https://{random_state().lower().strip('-_')}.example/jwks"
        portal = provider.portal(
            token_endpoint_auth_method="private_key_jwt",
            jwks_uri=address,
            grant_types=["client_credentials"],
            redirect_uris=None,
            scope="ended:read",
        )
        made = Machine(portal, address, network)
        made.publish()
        return made

    return make


@pytest.fixture
def elsewhere(network: Network) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool
        network.open.set()


def test_two_parallel_first_requests_share_one_fetch_and_both_are_believed(
    machine: Callable[[], Machine], network: Network, elsewhere: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_keys, "PATIENCE", LONG)
    client = machine()
    first = elsewhere.submit(client.asks)
    network.wait_for_a_fetch()
    second = elsewhere.submit(client.asks)
    network.open.set()
    assert [answer.result(LONG).status_code for answer in (first, second)] == [200, 200]
    assert network.asked == [client.address]


def test_who_waits_too_long_for_anothers_fetch_is_asked_to_try_again_and_not_refused(
    machine: Callable[[], Machine], network: Network, elsewhere: ThreadPoolExecutor
) -> None:
    client = machine()
    first = elsewhere.submit(client.asks)
    network.wait_for_a_fetch()
    second = client.asks()
    assert second.status_code == 503
    assert second.headers["Retry-After"]
    network.open.set()
    assert first.result(LONG).status_code == 200
    assert client.asks().status_code == 200


def test_a_third_fetch_at_once_is_asked_to_try_again_while_tokens_are_served(
    provider: Provider, machine: Callable[[], Machine], network: Network, elsewhere: ThreadPoolExecutor
) -> None:
    """The limit is over all clients: one with many slow addresses cannot take every thread."""
    slow: list[Future[TestResponse]] = []
    for client in (machine(), machine()):
        slow.append(elsewhere.submit(client.asks))
        network.wait_for_a_fetch()
    third = machine()
    refused = third.asks()
    assert refused.status_code == 503
    assert (refused.json or {})["error"] == "temporarily_unavailable"
    assert refused.headers["Retry-After"]

    usual = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")
    assert usual.token(grant_type="client_credentials").status_code == 200
    network.open.set()
    assert [answer.result(LONG).status_code for answer in slow] == [200, 200]
    assert third.asks().status_code == 200, "having found no slot counts as no fetch"


def test_hashing_and_fetching_share_their_slots(
    provider: Provider, machine: Callable[[], Machine], network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider.services.passwords, "_wait", 0)
    network.open.set()
    with provider.services.slots.take(0), provider.services.slots.take(0):
        with pytest.raises(TryAgainLater):
            provider.services.passwords.verify(None, "một mật khẩu nào đó")
        assert machine().asks().status_code == 503


def test_a_sector_document_is_fetched_in_a_slot_too(provider: Provider, network: Network) -> None:
    network.open.set()
    address = "https://sector.example/uris.json"
    with provider.services.slots.take(0), provider.services.slots.take(0), pytest.raises(TryAgainLater):
        provider.portal(sector_identifier_uri=address)
    assert network.asked == []
    with pytest.raises(MetadataInvalid, match="404"):
        provider.portal(sector_identifier_uri=address)


def test_a_failed_first_fetch_says_so_and_is_not_repeated_for_a_while(
    provider: Provider, machine: Callable[[], Machine], network: Network
) -> None:
    network.open.set()
    client = machine()
    kept = network.served.pop(client.address)
    for _ in range(3):
        refused = client.asks()
        assert refused.status_code == 401
        assert "jwks_uri could not be read" in (refused.json or {})["error_description"]
    assert network.asked == [client.address]
    network.served[client.address] = kept
    provider.clock.advance(client_keys.FETCH_EVERY)
    assert client.asks().status_code == 200


def test_a_new_key_is_believed_at_once_and_the_old_ones_outlive_a_failed_look(
    provider: Provider, machine: Callable[[], Machine], network: Network
) -> None:
    network.open.set()
    client = machine()
    assert client.asks().status_code == 200
    provider.clock.advance(client_keys.FETCH_EVERY)
    client.key = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
    client.publish()
    assert client.asks().status_code == 200
    assert len(network.asked) == 2
    provider.clock.advance(client_keys.BELIEVED)
    network.served.clear()
    assert client.asks().status_code == 200
    assert len(network.asked) == 3


@pytest.mark.parametrize("document", [b"[]", b'{"keys": 5}', b"\xff", b"[" * 30_000, b'{"keys": []}'])
def test_what_is_no_key_set_refuses_the_client_and_breaks_nothing(
    machine: Callable[[], Machine], network: Network, document: bytes
) -> None:
    network.open.set()
    client = machine()
    network.served[client.address] = document
    assert client.asks().status_code == 401
