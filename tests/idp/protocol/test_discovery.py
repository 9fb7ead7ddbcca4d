"""Provider metadata: OpenID Connect Discovery §3 and RFC 8414; it claims what works and nothing else."""

from pathlib import Path

import pytest

from idp.specs import SPECIFICATIONS
from tests.support.provider import Provider

ROOT = Path(__file__).parents[3]


def test_both_documents_are_the_same_and_complete(provider: Provider) -> None:
    one = provider.browser().get("/.well-known/openid-configuration")
    other = provider.browser().get("/.well-known/oauth-authorization-server")
    assert one.json == other.json
    assert one.json is not None
    required = {
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    }
    assert required <= one.json.keys()
    assert "RS256" in one.json["id_token_signing_alg_values_supported"]
    assert "none" not in one.json["id_token_signing_alg_values_supported"]


def test_every_endpoint_it_names_answers(provider: Provider) -> None:
    document = provider.browser().get("/.well-known/openid-configuration").json
    assert document is not None
    for name, address in document.items():
        if name.endswith(("_endpoint", "_uri")):
            path = address.removeprefix(provider.services.settings.issuer)
            assert provider.browser().get(path).status_code != 404, name


def test_an_unchanged_document_is_not_sent_again(provider: Provider) -> None:
    first = provider.browser().get("/jwks")
    assert "max-age" in first.headers["Cache-Control"]
    again = provider.browser().get("/jwks", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_scripts_of_any_portal_may_read_it_without_credentials(provider: Provider) -> None:
    portal = provider.portal()
    origin = "https://portal.example"
    response = provider.browser().get("/.well-known/openid-configuration", headers={"Origin": origin})
    assert response.headers["Access-Control-Allow-Origin"] in (origin, "*")
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert portal.id


def test_the_key_set_holds_public_keys_alone_the_next_one_among_them(provider: Provider) -> None:
    keys = (provider.browser().get("/jwks").json or {})["keys"]
    assert len(keys) == 8
    assert all(not {"d", "p", "q", "k"} & key.keys() for key in keys)
    assert {key["alg"] for key in keys} == {"RS256", "PS256", "ES256", "EdDSA"}
    assert all(key["use"] == "sig" and key["kid"] for key in keys)


def test_every_specification_has_its_module_its_test_and_its_metadata(provider: Provider) -> None:
    document = provider.browser().get("/.well-known/openid-configuration").json
    assert document is not None
    for row in SPECIFICATIONS:
        assert (ROOT / row.module).exists(), row.number
        assert (ROOT / row.test).exists(), row.number
        assert set(row.metadata) <= document.keys(), row.number


@pytest.mark.parametrize("held", ["W/{etag}", '"another", {etag}', "*", '"another" , W/{etag}'])
def test_an_etag_counts_weak_and_in_a_list(provider: Provider, held: str) -> None:
    """RFC 9110 §13.1.2: a proxy that compresses makes it weak, a cache may hold several."""
    etag = provider.browser().get("/jwks").headers["ETag"]
    again = provider.browser().get("/jwks", headers={"If-None-Match": held.format(etag=etag)})
    assert again.status_code == 304


@pytest.mark.parametrize("held", ['"another"', 'W/"another"', "", '"a", "b"'])
def test_another_etag_gets_the_document(provider: Provider, held: str) -> None:
    assert provider.browser().get("/jwks", headers={"If-None-Match": held}).status_code == 200


def test_an_answer_without_content_has_no_length(provider: Provider) -> None:
    """RFC 9110 §8.6: never with 204, and with 304 it would have to be the document's."""
    etag = provider.browser().get("/jwks").headers["ETag"]
    assert "Content-Length" not in provider.browser().get("/jwks", headers={"If-None-Match": etag}).headers
    assert "Content-Length" not in provider.browser().options("/token").headers
    assert int(provider.browser().head("/jwks").headers["Content-Length"]) > 0


def test_claims_and_prompts_are_told_as_they_work(provider: Provider) -> None:
    """Discovery §3 claims_supported; Initiating User Registration §4 prompt_values_supported: create is not among them."""
    document = provider.browser().get("/.well-known/openid-configuration").json or {}
    assert {"sub", "name", "acr", "amr", "auth_time", "sid"} <= set(document["claims_supported"])
    assert document["prompt_values_supported"] == ["consent", "login", "none", "select_account"]
