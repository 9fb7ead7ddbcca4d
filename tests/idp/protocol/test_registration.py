"""Dynamic client registration and management: RFC 7591, RFC 7592, OpenID Connect Registration."""

from collections.abc import Sequence
from typing import Any

import pytest
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from idp.domain.client_metadata import MetadataInvalid
from idp.domain.registration_tokens import issue_initial
from idp.store.clients import ClientRow, page
from tests.support.provider import Provider

ORDINARY = {"redirect_uris": ["https://portal.example/callback"], "client_name": "Cổng thử"}


@pytest.fixture
def token(provider: Provider) -> str:
    return issue_initial(provider.services, uses=50, actor=("operator", "test"))


def register(provider: Provider, token: str, **changed: Any) -> TestResponse:
    sent = {name: value for name, value in {**ORDINARY, **changed}.items() if value is not None}
    return provider.browser().post("/register", json=sent, headers={"Authorization": f"Bearer {token}"})


def test_a_portal_registers_itself_and_reads_what_it_registered(provider: Provider, token: str) -> None:
    made = register(provider, token)
    assert made.status_code == 201
    assert made.json is not None
    assert made.json["client_name"] == "Cổng thử"
    assert made.json["token_endpoint_auth_method"] == "client_secret_basic"
    assert made.json["client_secret_expires_at"] == 0
    assert made.json["response_types"] == ["code"]

    own = {"Authorization": f"Bearer {made.json['registration_access_token']}"}
    read = provider.browser().get(made.json["registration_client_uri"], headers=own)
    assert read.status_code == 200
    assert read.json is not None
    assert read.json["client_id"] == made.json["client_id"]
    assert "client_secret" not in read.json


def test_without_an_initial_access_token_nothing_is_registered(provider: Provider) -> None:
    assert provider.browser().post("/register", json=ORDINARY).status_code == 401
    assert register(provider, "rubbish").status_code == 401


def test_an_initial_access_token_is_good_for_as_many_clients_as_it_says(provider: Provider) -> None:
    once = issue_initial(provider.services, uses=1, actor=("operator", "test"))
    assert register(provider, once).status_code == 201
    assert register(provider, once).status_code == 401


def test_an_update_replaces_everything_and_rotates_the_registration_token(provider: Provider, token: str) -> None:
    made = register(provider, token).json
    assert made is not None
    own = {"Authorization": f"Bearer {made['registration_access_token']}"}
    sent = {"client_id": made["client_id"], **ORDINARY, "client_name": "Cổng mới"}
    changed = provider.browser().put(made["registration_client_uri"], json=sent, headers=own)
    assert changed.status_code == 200
    assert changed.json is not None
    assert changed.json["client_name"] == "Cổng mới"
    assert changed.json["registration_access_token"] != made["registration_access_token"]
    assert provider.browser().get(made["registration_client_uri"], headers=own).status_code == 401


def test_an_update_names_its_client(provider: Provider, token: str) -> None:
    """RFC 7592 §2.2: the client MUST include its client_id, and it MUST be the one that is managed."""
    made = register(provider, token).json or {}
    own = {"Authorization": f"Bearer {made['registration_access_token']}"}
    for sent in (ORDINARY, {**ORDINARY, "client_id": "another"}, {**ORDINARY, "client_id": None}):
        refused = provider.browser().put(made["registration_client_uri"], json=sent, headers=own)
        assert (refused.status_code, (refused.json or {})["error"]) == (400, "invalid_request")
    assert provider.browser().get(made["registration_client_uri"], headers=own).status_code == 200


def test_metadata_that_is_refused_costs_no_use_of_the_token(provider: Provider) -> None:
    """RFC 7591 §3.2.2 tells the engineer what to mend; a token for one client must serve once it is mended."""
    once = issue_initial(provider.services, uses=1, actor=("operator", "test"))
    assert register(provider, once, redirect_uris=["javascript:alert(1)"]).status_code == 400
    assert register(provider, once).status_code == 201
    assert register(provider, once).status_code == 401


def test_a_removed_client_is_unknown(provider: Provider, token: str) -> None:
    made = register(provider, token).json
    assert made is not None
    own = {"Authorization": f"Bearer {made['registration_access_token']}"}
    assert provider.browser().delete(made["registration_client_uri"], headers=own).status_code == 204
    assert provider.browser().get(made["registration_client_uri"], headers=own).status_code == 401
    assert provider.services.clients.get(made["client_id"]) is None


def test_one_client_cannot_manage_another(provider: Provider, token: str) -> None:
    mine, theirs = register(provider, token).json, register(provider, token).json
    assert mine is not None
    assert theirs is not None
    own = {"Authorization": f"Bearer {mine['registration_access_token']}"}
    assert provider.browser().delete(theirs["registration_client_uri"], headers=own).status_code == 401
    assert provider.services.clients.get(theirs["client_id"]) is not None


PRIVATE_KEY = ECKey.generate_key("P-256").as_dict(private=True)

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"redirect_uris": None}, "redirect_uris"),
    ({"redirect_uris": []}, "redirect_uris"),
    ({"redirect_uris": "https://portal.example/"}, "redirect_uris"),
    ({"redirect_uris": ["https://portal.example/#fragment"]}, "redirect_uris"),
    ({"redirect_uris": ["https://user@portal.example/"]}, "redirect_uris"),
    ({"redirect_uris": ["https://portal.example/*"]}, "redirect_uris"),
    ({"redirect_uris": ["https://portal.example/a/../b"]}, "redirect_uris"),
    ({"redirect_uris": ["https://portal.example/%2e%2e/"]}, "redirect_uris"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
    ({"redirect_uris": ["data:text/html,x"]}, "redirect_uris"),
    ({"redirect_uris": ["myapp:/callback"], "application_type": "native"}, "redirect_uris"),
    ({"redirect_uris": ["vn.gov.app:/callback"]}, "redirect_uris"),
    ({"redirect_uris": ["vn.gov.app://[callback"], "application_type": "native"}, "redirect_uris"),
    ({"redirect_uris": ["vn.gov.app://callback:99999/"], "application_type": "native"}, "redirect_uris"),
    ({"redirect_uris": ["vn.gov.app://\u2100/"], "application_type": "native"}, "redirect_uris"),
    ({"redirect_uris": ["vn.gov.app:/\x01callback"], "application_type": "native"}, "redirect_uris"),
    ({"redirect_uris": ["https://portal.example;sandbox/callback"]}, "redirect_uris"),
    ({"redirect_uris": ["https://portal.example,elsewhere/callback"]}, "redirect_uris"),
    ({"backchannel_logout_uri": "https://portal.example;x/"}, "backchannel_logout_uri"),
    ({"redirect_uris": ["http://portal.example/"], "application_type": "native"}, "redirect_uris"),
    ({"grant_types": ["password"]}, "grant_types"),
    ({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}, "grant_types"),
    ({"response_types": ["token"]}, "response_types"),
    ({"response_types": ["id_token"]}, "grant_types"),
    ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
    ({"jwks": {"keys": [PRIVATE_KEY]}}, "jwks"),
    ({"jwks": {"keys": []}}, "jwks"),
    ({"redirect_uris": ["http://portal.example/callback"]}, "redirect_uris"),
    ({"jwks": "x"}, "jwks"),
    ({"jwks": {"keys": [{"kty": "RSA"}]}}, "jwks"),
    ({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}}, "jwks"),
    ({"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": 5}]}}, "jwks"),
    ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
    ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
    ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
    ({"subject_type": "shared"}, "subject_type"),
    ({"redirect_uris": ["https://a.example/", "https://b.example/"]}, "sector_identifier_uri"),
    ({"scope": "openid  profile"}, "scope"),
    ({"scope": 5}, "scope"),
    ({"client_name": ""}, "client_name"),
    ({"client_name": "x" * 501}, "client_name"),
    ({"contacts": "me"}, "contacts"),
    ({"default_max_age": -1}, "default_max_age"),
    ({"default_acr_values": ["gold"]}, "default_acr_values"),
    ({"resources": ["https://api.example/"]}, "resources"),
    ({"allowed_resources": ["https://api.example/"]}, "allowed_resources"),
    ({"legal_basis": "274/QĐ-TTg"}, "legal_basis"),
    ({"scope": "openid citizen"}, "legal_basis"),
    ({"scope": "openid organisation"}, "legal_basis"),
    ({"scope": "openid official"}, "legal_basis"),
    ({"backchannel_logout_uri": "ftp://portal.example/"}, "backchannel_logout_uri"),
    ({"require_pkce": "yes"}, "require_pkce"),
]


@pytest.mark.parametrize(("changed", "field"), REFUSED, ids=[f"{n}-{field}" for n, (_, field) in enumerate(REFUSED)])
def test_a_field_that_breaks_its_rule_is_named(
    provider: Provider, token: str, changed: dict[str, Any], field: str
) -> None:
    refused = register(provider, token, **changed)
    assert refused.status_code == 400
    assert refused.json is not None
    expected = "invalid_redirect_uri" if field == "redirect_uris" else "invalid_client_metadata"
    assert refused.json["error"] == expected
    assert refused.json["error_description"].startswith(f"{field}:")


def test_a_client_cannot_make_itself_an_agencys_or_first_party(provider: Provider, token: str) -> None:
    made = register(provider, token, agency="H49", first_party=True).json
    assert made is not None
    client = provider.services.clients.get(made["client_id"])
    assert client is not None
    assert client.agency is None
    assert not client.first_party
    assert "agency" not in made


def test_rubbish_is_refused_and_registers_nothing(provider: Provider, token: str) -> None:
    header = {"Authorization": f"Bearer {token}"}
    for body, kind in (
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"x=1", "application/x-www-form-urlencoded"),
    ):
        response = provider.browser().post("/register", data=body, content_type=kind, headers=header)
        assert response.status_code == 400


@pytest.mark.parametrize("number", [0, 10**40])
@pytest.mark.parametrize("depth", [0, 200, 260, 900])
def test_what_json_cannot_say_again_is_refused_before_anything_is_written(
    provider: Provider, token: str, depth: int, number: int
) -> None:
    """RFC 7591 §3.2.1: the answer says all that was registered; what cannot be said in it must not be registered."""
    jwks = {"keys": [{**ECKey.generate_key("P-256").as_dict(private=False), "more": number}]}
    for _ in range(depth):
        jwks["keys"][0]["more"] = [jwks["keys"][0]["more"]]
    there = len(registered(provider))

    answer = register(provider, token, jwks=jwks)

    assert answer.status_code == (201 if depth <= 200 else 400)
    assert len(registered(provider)) == there + (answer.status_code == 201)
    if answer.status_code == 400:
        assert answer.json == {
            "error": "invalid_client_metadata",
            "error_description": answer.json["error_description"],
        }
        assert "jwks" in answer.json["error_description"]


def test_an_administrator_too_registers_only_what_json_can_say(provider: Provider) -> None:
    with pytest.raises(MetadataInvalid, match="default_max_age"):
        provider.portal(default_max_age=10**30)


def registered(provider: Provider) -> Sequence[ClientRow]:
    with provider.services.database.read() as connection:
        return page(connection)


def test_a_resource_that_another_client_serves_is_refused_and_changes_nothing(provider: Provider) -> None:
    """RFC 7592 §2.2: an update that cannot be is invalid_client_metadata, never a fault of ours."""
    from idp.domain.registration_tokens import issue_for

    taken = "https://api.example/dossiers"
    first = provider.portal(resources=[taken], grant_types=["client_credentials"], redirect_uris=None, scope="x:y")
    second = provider.portal(client_name="Cổng hai")
    own = {"Authorization": f"Bearer {issue_for(provider.services, second.id)}"}
    sent = {"client_id": second.id, **ORDINARY, "resources": [taken]}
    refused = provider.browser().put("/register", query_string={"client_id": second.id}, json=sent, headers=own)
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["error"] == "invalid_client_metadata"
    assert refused.json["error_description"].startswith("resources:")
    kept = provider.services.clients.get(second.id)
    assert kept is not None
    assert kept.name("vi") == "Cổng hai"
    serving = provider.services.clients.serving(taken)
    assert serving is not None
    assert serving.client_id == first.id
    assert provider.browser().get("/register", query_string={"client_id": second.id}, headers=own).status_code == 200


def test_a_resource_longer_than_a_column_takes_is_refused_by_name(provider: Provider) -> None:
    from idp.domain.client_metadata import MetadataInvalid

    with pytest.raises(MetadataInvalid, match="resources"):
        provider.portal(resources=["https://api.example/" + "x" * 512])


def test_front_channel_logout_is_not_promised(provider: Provider, token: str) -> None:
    """Frames of other sites get no cookies in today's browsers: it is left out as any unknown field (RFC 7591 §2)."""
    made = register(provider, token, frontchannel_logout_uri="https://portal.example/bye")
    assert made.status_code == 201
    assert "frontchannel_logout_uri" not in (made.json or {}), "what is not answered was not registered (§3.2.1)"
    discovered = provider.browser().get("/.well-known/openid-configuration").json or {}
    assert not [name for name in discovered if name.startswith(("frontchannel", "check_session"))]


def test_a_client_without_a_browser_has_no_response_type(provider: Provider, token: str) -> None:
    """RFC 7591 §2.1: grant_types and response_types go together."""
    sent = {"redirect_uris": None, "grant_types": ["client_credentials"], "scope": "signature:validate"}
    made = register(provider, token, **sent)
    assert made.status_code == 201
    assert (made.json or {})["response_types"] == []
    assert register(provider, token, grant_types="client_credentials").status_code == 400
