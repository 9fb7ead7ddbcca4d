"""Client authentication: RFC 6749 §2.3, RFC 7523 §3; a client uses the one method it registered."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from keys.jose import b64url
from tests.support.provider import Portal, Provider, basic

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)


@pytest.fixture
def machine(provider: Provider, key: ECKey) -> Portal:
    return provider.portal(
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
        grant_types=["client_credentials"],
        redirect_uris=None,
        scope="ended:read",
    )


@pytest.fixture
def assertion(provider: Provider, machine: Portal, key: ECKey) -> Callable[..., str]:
    def make(signed_with: Any = key, alg: str = "ES256", **changed: Any) -> str:
        now = provider.services.now()
        usual = {
            "iss": machine.id,
            "sub": machine.id,
            "aud": "http://localhost:8000",
            "iat": now,
            "exp": now + 60,
            "jti": "1",
        }
        claims = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, signed_with, algorithms=[alg])

    return make


def with_assertion(machine: Portal, assertion: str, **changed: str) -> Any:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    return machine.token(headers={}, **{**form, **changed})


def test_an_assertion_signed_with_the_registered_key_is_believed_once(
    machine: Portal, assertion: Callable[..., str]
) -> None:
    signed = assertion()
    assert with_assertion(machine, signed).status_code == 200
    replay = with_assertion(machine, signed)
    assert replay.status_code == 401
    assert replay.json is not None
    assert "used before" in replay.json["error_description"]


def test_the_token_endpoint_is_an_audience_too(machine: Portal, assertion: Callable[..., str]) -> None:
    assert with_assertion(machine, assertion(aud="http://localhost:8000/token")).status_code == 200


@pytest.mark.parametrize(
    "broken",
    [
        {"aud": "https://elsewhere.example"},
        {"iss": "somebody"},
        {"exp": None},
        {"exp": 1},
        {"exp": 9_999_999_999},
        {"jti": None},
        {"nbf": 9_999_999_999},
        {"iat": 9_999_999_999},
        {"exp": "soon"},
        {"exp": True},
    ],
    ids=str,
)
def test_each_claim_of_an_assertion_is_checked(
    machine: Portal, assertion: Callable[..., str], broken: dict[str, Any]
) -> None:
    refused = with_assertion(machine, assertion(**broken))
    assert refused.status_code == 401
    assert refused.json is not None
    assert refused.json["error"] == "invalid_client"


def test_a_key_of_somebody_else_is_refused(machine: Portal, assertion: Callable[..., str]) -> None:
    stranger = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    assert with_assertion(machine, assertion(signed_with=stranger)).status_code == 401


def test_the_public_key_as_an_hmac_secret_is_refused(
    machine: Portal, key: ECKey, assertion: Callable[..., str]
) -> None:
    """Algorithm confusion: RFC 8725 §2.1."""
    claims = assertion().split(".")[1]
    header = b64url(json.dumps({"alg": "HS256", "kid": key.kid}).encode())
    signature = hmac.digest(key.as_pem(private=False), f"{header}.{claims}".encode(), "sha256")
    assert with_assertion(machine, f"{header}.{claims}.{b64url(signature)}").status_code == 401


def test_an_unsigned_assertion_is_refused(machine: Portal, assertion: Callable[..., str]) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    unsigned = f"{header}.{assertion().split('.')[1]}."
    assert with_assertion(machine, unsigned).status_code == 401


def test_basic_takes_form_urlencoded_halves(provider: Provider) -> None:
    """RFC 6749 §2.3.1: a secret with reserved characters must survive."""
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")
    secret = machine.secret or ""
    quoted = "".join(f"%{ord(c):02X}" for c in secret)
    raw = base64.b64encode(f"{machine.id}:{quoted}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    assert machine.token(headers={"Authorization": f"Basic {raw}"}, **form).status_code == 200
    assert machine.token(headers={"Authorization": basic(machine.id, secret)}, **form).status_code == 200


def test_a_client_registered_for_basic_may_not_post_its_secret(provider: Provider) -> None:
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")
    form = {"grant_type": "client_credentials", "client_id": machine.id, "client_secret": machine.secret or ""}
    refused = machine.token(headers={}, **form)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic")


def test_two_methods_at_once_are_an_invalid_request(provider: Provider) -> None:
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")
    both = machine.token(
        headers=machine.basic(),
        grant_type="client_credentials",
        client_secret=machine.secret or "",
        client_id=machine.id,
    )
    assert both.status_code == 400
    assert both.json is not None
    assert both.json["error"] == "invalid_request"


def test_unknown_client_and_wrong_secret_answer_alike(provider: Provider, portal: Portal) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "x"}
    unknown = portal.token(headers={"Authorization": basic("nobody", "x" * 43)}, **form)
    wrong = portal.token(headers={"Authorization": basic(portal.id, "x" * 43)}, **form)
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json == wrong.json


def test_a_confidential_client_cannot_pass_as_a_public_one(provider: Provider, portal: Portal) -> None:
    refused = portal.token(headers={}, grant_type="refresh_token", refresh_token="x", client_id=portal.id)
    assert refused.status_code == 401


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /w=="])
def test_a_malformed_header_is_an_invalid_client(portal: Portal, header: str) -> None:
    refused = portal.token(headers={"Authorization": header}, grant_type="client_credentials")
    assert refused.status_code == 401
