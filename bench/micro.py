"""``make bench-micro``: what the parts of a token request cost by themselves (pytest-benchmark). Never in the suite.

In the test's own process, on SQLite in a temporary folder: for comparing one commit with another, not with peers.
"""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.clock import system_clock
from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.grant import Grant
from idp.domain.tokens import new_gid
from idp.protocol.client_authentication import authenticate
from idp.protocol.exchange import MachineRequest
from idp.protocol.grants.authorization_code import redeem
from idp.store import live
from tests.support.provider import Portal, Provider, make_provider

CLAIMS = {
    "iss": "https://dangnhap.example",
    "sub": "0b9a3f0e-6f0f-4a5e-9a54-0d1f6f1f2a10",
    "aud": "https://dangnhap.example",
    "client_id": "portal",
    "scope": "openid profile",
    "iat": 1_790_000_000,
    "exp": 1_790_000_300,
    "jti": "MhLkX0mS5Wl1pQ2vZ0r8Gw",
}
TYP = "at+jwt"
Timer = Callable[..., Any]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    home: Path = tmp_path_factory.mktemp("micro")
    made = make_provider(home, system_clock, f"sqlite:///{home / 'idp.sqlite'}")
    yield made
    made.services.database.dispose()


@pytest.fixture(scope="module")
def portal(provider: Provider) -> Portal:
    return provider.portal(grant_types=["authorization_code", "refresh_token"], first_party=True)


@pytest.fixture(scope="module")
def grant(provider: Provider, portal: Portal) -> Grant:
    browser = provider.signed_in(provider.person())
    claims = provider.services.key_ring.get().claims_of(portal.tokens(browser)["access_token"], TYP)
    account_id = live.account_of_token(provider.services.direct, claims) or ""
    return Grant(
        new_gid(provider.services),
        account_id,
        portal.id,
        claims["sid"],
        ("openid", "profile"),
        claims["auth_time"],
        claims["acr"],
        ("pwd",),
    )


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
def test_mint(benchmark: Timer, provider: Provider, algorithm: str) -> None:
    ring = provider.services.key_ring.get()
    assert benchmark(lambda: ring.sign(algorithm, CLAIMS, TYP)).count(".") == 2


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_verify(benchmark: Timer, provider: Provider, algorithm: str) -> None:
    from keys.jose import verify

    ring = provider.services.key_ring.get()
    token = ring.sign(algorithm, CLAIMS, TYP)
    assert benchmark(lambda: verify(token, ring.published, TYP)) == CLAIMS


def test_client_authentication(benchmark: Timer, provider: Provider, portal: Portal) -> None:
    headers = {name.lower(): value for name, value in portal.basic().items()}
    request = MachineRequest("POST", "/token", headers=headers)
    assert benchmark(lambda: authenticate(provider.services, request, {})).client_id == portal.id


def test_code_redemption(benchmark: Timer, provider: Provider, portal: Portal, grant: Grant) -> None:
    def one() -> dict[str, Any]:
        return redeem(provider.services, portal.client, grant._replace(gid=new_gid(provider.services)), ())

    assert "id_token" in benchmark(one)


class TestStores:
    """What is kept and found for every request."""

    def test_is_the_token_alive(self, benchmark: Timer, provider: Provider) -> None:
        claims = {"gid": new_gid(provider.services), "jti": "none", "sid": None}
        assert benchmark(lambda: live.account_of_token(provider.services.direct, claims)) is None

    def test_put_and_take(self, benchmark: Timer, provider: Provider) -> None:
        store = provider.services.ephemeral

        def one() -> object:
            key = secrets.token_urlsafe(16)
            store.put("bench", key, {"a": 1}, 60)
            return store.take("bench", key)

        assert benchmark(one) == {"a": 1}

    def test_a_hundred_audit_entries(self, benchmark: Timer, provider: Provider) -> None:
        def hundred() -> None:
            for _ in range(100):
                entry = audit.entry(Action.TOKEN_ISSUED, 1.0, actor=("client", "portal"), object=("token", "jti"))
                provider.services.audit_batch.record(entry)

        benchmark(hundred)
