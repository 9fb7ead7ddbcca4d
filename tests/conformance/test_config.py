"""Config OP plan: discovery (OpenID Connect Discovery §3, §4)."""

from typing import Any

import requests

from tests.support.demo import Demo


def test_discovery_endpoint_verification(demo: Demo, metadata: dict[str, Any]) -> None:
    assert metadata["issuer"] == demo.issuer
    assert "code" in metadata["response_types_supported"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert set(metadata["subject_types_supported"]) <= {"public", "pairwise"}
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(demo.issuer), name
        if name.endswith("_supported"):
            assert isinstance(value, list | bool), name


def test_content_type_and_caching(demo: Demo) -> None:
    response = requests.get(f"{demo.issuer}/.well-known/openid-configuration", timeout=10)
    assert response.headers["Content-Type"].startswith("application/json")
    assert "max-age" in response.headers["Cache-Control"]
    again = requests.get(response.url, headers={"If-None-Match": response.headers["ETag"]}, timeout=10)
    assert again.status_code == 304


def test_jwks_uri_holds_signing_keys_with_kid(metadata: dict[str, Any]) -> None:
    keys = requests.get(metadata["jwks_uri"], timeout=10).json()["keys"]
    assert all(key["kid"] and key["use"] == "sig" and "d" not in key for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)
