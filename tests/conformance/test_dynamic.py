"""Dynamic OP plan: registration, other algorithms and redirect URIs (OpenID Connect Registration 1.0)."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conformance.relying_party import Browser, RelyingParty
from tests.support.demo import ROOT, Demo

Register = Callable[..., RelyingParty]
Try = Callable[..., requests.Response]
CALLBACK = "http://127.0.0.1:9/callback"


@pytest.mark.parametrize("name", ["logo_uri", "policy_uri", "tos_uri", "client_uri"])
def test_registration_of_an_address_that_people_see(register: Register, name: str) -> None:
    assert register(**{name: "https://portal.example/about"}).registered[name] == "https://portal.example/about"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_id_token_algorithm(register: Register, browser: Browser, algorithm: str) -> None:
    assert register(id_token_signed_response_alg=algorithm).tokens(browser)["claims"]


def test_userinfo_rs256(register: Register, browser: Browser) -> None:
    rp = register(userinfo_signed_response_alg="RS256")
    tokens = rp.tokens(browser)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    response = requests.get(rp.metadata["userinfo_endpoint"], headers=header, timeout=10)
    assert response.headers["Content-Type"].startswith("application/jwt")
    keys = KeySet.import_key_set(requests.get(rp.metadata["jwks_uri"], timeout=10).json())
    claims = jwt.decode(response.text, keys, algorithms=["RS256"]).claims
    assert claims["iss"] == rp.metadata["issuer"]
    assert claims["aud"] == rp.registered["client_id"]
    assert claims["sub"] == tokens["claims"]["sub"]


@pytest.mark.parametrize(
    "bad",
    [
        {"redirect_uris": [CALLBACK + "#fragment"]},
        {"redirect_uris": None},
        {"response_types": ["token"]},
        {"id_token_signed_response_alg": "none"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
    ],
    ids=["fragment", "none", "token", "unsigned", "hmac"],
)
def test_bad_metadata_is_refused(try_to_register: Try, bad: dict[str, Any]) -> None:
    response = try_to_register(**bad)
    assert response.status_code == 400
    assert response.json()["error"] in ("invalid_redirect_uri", "invalid_client_metadata")


def test_without_an_initial_access_token(metadata: dict[str, Any]) -> None:
    assert (
        requests.post(metadata["registration_endpoint"], json={"redirect_uris": [CALLBACK]}, timeout=10).status_code
        == 401
    )


def test_read_update_and_delete(register: Register) -> None:
    made = register().registered
    own = {"Authorization": f"Bearer {made['registration_access_token']}"}
    assert (
        requests.get(made["registration_client_uri"], headers=own, timeout=10).json()["client_id"] == made["client_id"]
    )
    sent = {"client_id": made["client_id"], "redirect_uris": [CALLBACK], "client_name": "Tên mới"}
    changed = requests.put(made["registration_client_uri"], json=sent, headers=own, timeout=10).json()
    assert changed["client_name"] == "Tên mới"
    own = {"Authorization": f"Bearer {changed['registration_access_token']}"}
    assert requests.delete(made["registration_client_uri"], headers=own, timeout=10).status_code == 204
    assert requests.get(made["registration_client_uri"], headers=own, timeout=10).status_code == 401


def test_redirect_uri_query_ok_mismatch_added(register: Register, browser: Browser) -> None:
    rp = register(redirect_uris=[CALLBACK + "?foo=bar"])
    assert "code" in rp.authorize(browser)
    for wrong in (CALLBACK, CALLBACK + "?foo=baz", CALLBACK + "?foo=bar&a=b"):
        page = browser.open(rp.metadata["authorization_endpoint"], **rp.request(redirect_uri=wrong))
        assert page.status_code == 400
        assert "Location" not in page.headers


def test_native_application_on_any_loopback_port(register: Register, browser: Browser) -> None:
    rp = register(redirect_uris=["http://127.0.0.1/cb"], application_type="native", token_endpoint_auth_method="none")
    request = rp.request(redirect_uri="http://127.0.0.1:51234/cb")
    answer = browser.through(browser.open(rp.metadata["authorization_endpoint"], **request))
    assert urlsplit(answer.headers["Location"]).port == 51234


def test_server_rotate_keys(demo: Demo, rp: RelyingParty, browser: Browser) -> None:
    before = {key["kid"] for key in requests.get(rp.metadata["jwks_uri"], timeout=10).json()["keys"]}
    first = rp.tokens(browser)
    command = [sys.executable, str(ROOT / "wsgi.py"), "key", "rotate", "--json"]
    done = subprocess.run(command, env=demo.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    second = rp.tokens(Browser(browser.issuer))
    after = {key["kid"] for key in requests.get(rp.metadata["jwks_uri"], timeout=10).json()["keys"]}
    assert before < after
    assert rp.verified(first["id_token"], None)["sub"] == second["claims"]["sub"]
    assert rp.tokens(browser, prompt="none", id_token_hint=first["id_token"])


def test_pairwise_subjects_differ_between_hosts(register: Register, browser: Browser) -> None:
    one = register().tokens(browser)["claims"]["sub"]
    other = register(redirect_uris=["http://localhost:9/callback"]).tokens(browser)["claims"]["sub"]
    assert one != other
