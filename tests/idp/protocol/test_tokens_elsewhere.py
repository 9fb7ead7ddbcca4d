"""UserInfo, introspection and revocation: OpenID Connect Core §5.3, RFC 7662, RFC 7009, RFC 9068."""

import pytest
from werkzeug.test import Client as Browser

from idp.domain import consents
from tests.support.provider import Portal, Provider, answer_of, claims_of

API = "https://api.quangninh.example/dossiers"


@pytest.fixture
def province(provider: Provider) -> Portal:
    """A resource server of another agency."""
    return provider.portal(
        agency="H49", resources=[API], grant_types=["client_credentials"], redirect_uris=None, scope="ended:read"
    )


@pytest.fixture
def national(provider: Provider) -> Portal:
    return provider.portal(agency="G22", scope="openid profile citizen dossier:read")


def test_userinfo_gives_the_name_in_vietnamese_order(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["access_token"]
    for response in (
        provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}),
        provider.browser().post("/userinfo", headers={"Authorization": f"Bearer {token}"}),
        provider.browser().post("/userinfo", data={"access_token": token}),
    ):
        assert response.status_code == 200
        assert response.json is not None
        assert response.json["name"] == "Nguyễn Thị Hồng Ánh"
        assert response.json["family_name"] == "Nguyễn"
        assert response.json["given_name"] == "Ánh"
        assert "personal_number" not in response.json


def test_verified_is_true_or_false_and_no_number(provider: Provider, portal: Portal) -> None:
    """OpenID Connect Core §5.1: JSON booleans, whatever the database makes of them."""
    from idp.domain.profile import SealedColumns
    from idp.store import accounts

    person = provider.person()
    sealed = SealedColumns(provider.services.sealer, person).seal("hong.anh@example.vn", "email")
    with provider.services.database.write() as connection:
        accounts.change(connection, person, email_sealed=sealed, email_confirmed=True)
    token = portal.tokens(provider.signed_in(person), scope="openid email")["access_token"]
    response = provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert response.json is not None
    assert response.json["email_verified"] is True


def test_userinfo_names_the_same_subject_as_the_id_token(provider: Provider, portal: Portal, browser: Browser) -> None:
    tokens = portal.tokens(browser)
    response = provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert response.json is not None
    assert response.json["sub"] == claims_of(tokens["id_token"])["sub"]


def test_userinfo_without_a_token_is_challenged_without_an_error_code(provider: Provider) -> None:
    response = provider.browser().get("/userinfo")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="motcua"'


def test_a_token_in_the_query_is_refused(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["access_token"]
    assert provider.browser().get(f"/userinfo?access_token={token}").status_code == 400


def test_a_revoked_access_token_is_refused_and_the_grant_lives_on(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    tokens = portal.tokens(browser)
    revoked = provider.browser().post("/revoke", data={"token": tokens["access_token"]}, headers=portal.basic())
    assert revoked.status_code == 200
    refused = provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert portal.refresh(tokens["refresh_token"]).status_code == 200


def test_a_revoked_refresh_token_takes_its_access_tokens_with_it(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    tokens = portal.tokens(browser)
    form = {"token": tokens["refresh_token"], "token_type_hint": "access_token"}
    assert provider.browser().post("/revoke", data=form, headers=portal.basic()).status_code == 200
    assert portal.introspect(tokens["access_token"]) == {"active": False}
    assert portal.refresh(tokens["refresh_token"]).status_code == 400


def test_another_clients_token_is_neither_revoked_nor_seen(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    tokens, stranger = portal.tokens(browser), provider.portal()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        answer = provider.browser().post("/revoke", data={"token": token}, headers=stranger.basic())
        assert answer.status_code == 200
    assert stranger.introspect(tokens["access_token"]) == {"active": False}
    assert portal.introspect(tokens["access_token"])["active"] is True
    assert portal.refresh(tokens["refresh_token"]).status_code == 200


def test_a_token_for_another_sector_is_opaque_and_carries_that_sectors_subject(
    national: Portal, province: Portal, browser: Browser
) -> None:
    """Design: the portal must not learn who the person is to the province, nor the province who they are to it."""
    tokens = national.tokens(browser, scope="openid dossier:read", resource=API)
    assert tokens["access_token"].count(".") != 2
    seen = province.introspect(tokens["access_token"])
    assert seen["active"] is True
    assert seen["aud"] == API
    assert seen["sub"] != claims_of(tokens["id_token"])["sub"]
    assert national.introspect(tokens["access_token"]) == {"active": False}


def test_userinfo_refuses_a_token_meant_for_another_resource(
    provider: Provider, national: Portal, province: Portal, browser: Browser
) -> None:
    token = national.tokens(browser, scope="openid dossier:read", resource=API)["access_token"]
    response = provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 401


def test_a_refresh_token_is_not_an_access_token(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["refresh_token"]
    assert provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert portal.introspect(token) == {"active": False}


def test_an_id_token_is_not_an_access_token(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["id_token"]
    assert provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_introspection_as_a_signed_jwt_is_for_the_asker_alone(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    """RFC 9701 §4 and §5."""
    token = portal.tokens(browser)["access_token"]
    headers = {**portal.basic(), "Accept": "application/token-introspection+jwt"}
    response = provider.browser().post("/introspect", data={"token": token}, headers=headers)
    assert response.content_type == "application/token-introspection+jwt"
    claims = claims_of(response.text)
    assert claims["aud"] == portal.id
    assert claims["token_introspection"]["active"] is True
    assert "exp" not in claims


def test_two_resources_of_one_sector_make_two_audiences_and_of_two_sectors_none(
    provider: Provider, national: Portal, province: Portal, browser: Browser
) -> None:
    """RFC 8707 §2: ``resource`` may be repeated; the design: one sector per token."""
    other = "https://api.quangninh.example/vault"
    provider.portal(
        agency="H49", resources=[other], grant_types=["client_credentials"], redirect_uris=None, scope="x:y"
    )
    foreign = "https://api.moit.example/licences"
    provider.portal(
        agency="G02", resources=[foreign], grant_types=["client_credentials"], redirect_uris=None, scope="x:y"
    )

    both = [*national.request(scope="openid dossier:read").items(), ("resource", API), ("resource", other)]
    code = answer_of(browser.get("/authorize", query_string=both))["code"]
    tokens = national.redeem(code).json
    assert tokens is not None
    assert province.introspect(tokens["access_token"])["aud"] == [API, other]

    mixed = [*national.request(scope="openid dossier:read").items(), ("resource", API), ("resource", foreign)]
    assert answer_of(browser.get("/authorize", query_string=mixed))["error"] == "invalid_target"


class TestNamedAtTheTokenEndpointAlone:
    """RFC 8707 §2.2 where the authorization request named no resource: what the client is allowed, and nothing else."""

    def refused(self, portal: Portal, browser: Browser) -> None:
        code = answer_of(browser.get("/authorize", query_string=portal.request(scope="openid dossier:read")))["code"]
        answer = portal.redeem(code, resource=API)
        assert answer.status_code == 400
        assert (answer.json or {})["error"] == "invalid_target"
        tokens = portal.tokens(browser, scope="openid dossier:read")
        answer = portal.refresh(tokens["refresh_token"], resource=API)
        assert (answer.json or {})["error"] == "invalid_target"
        assert portal.refresh(tokens["refresh_token"]).status_code == 200, "a refused audience uses up no token"

    def test_a_client_of_another_party_without_a_list_may_name_none(
        self, provider: Provider, province: Portal, person: str
    ) -> None:
        portal = provider.portal(first_party=False, agency="G22", scope="openid dossier:read")
        consents.agree(provider.services, person, portal.client, ("openid", "dossier:read"), ())
        self.refused(portal, provider.signed_in(person))

    def test_an_administrators_list_binds_the_first_party_too(
        self, provider: Provider, province: Portal, browser: Browser
    ) -> None:
        elsewhere = ["https://api.elsewhere.example/"]
        self.refused(provider.portal(agency="G22", scope="openid dossier:read", allowed_resources=elsewhere), browser)

    def test_what_is_listed_may_be_named(self, provider: Provider, province: Portal, person: str) -> None:
        portal = provider.portal(first_party=False, agency="G22", scope="openid dossier:read", allowed_resources=[API])
        consents.agree(provider.services, person, portal.client, ("openid", "dossier:read"), ())
        tokens = portal.tokens(provider.signed_in(person), scope="openid dossier:read")
        for_api = portal.refresh(tokens["refresh_token"], resource=API).json or {}
        assert province.introspect(for_api["access_token"])["aud"] == API

    def test_a_first_party_client_without_a_list_may_name_any(
        self, national: Portal, province: Portal, browser: Browser
    ) -> None:
        tokens = national.tokens(browser, scope="openid dossier:read")
        for_api = national.refresh(tokens["refresh_token"], resource=API).json or {}
        assert province.introspect(for_api["access_token"])["aud"] == API

    def test_what_was_granted_is_never_widened_by_the_list(
        self, provider: Provider, province: Portal, browser: Browser
    ) -> None:
        other = "https://api.quangninh.example/vault"
        provider.portal(
            agency="H49", resources=[other], grant_types=["client_credentials"], redirect_uris=None, scope="x:y"
        )
        portal = provider.portal(agency="G22", scope="openid dossier:read", allowed_resources=[API, other])
        tokens = portal.tokens(browser, scope="openid dossier:read", resource=API)
        answer = portal.refresh(tokens["refresh_token"], resource=other)
        assert (answer.json or {})["error"] == "invalid_target"


def test_a_token_sent_the_wrong_way_is_told_by_a_challenge(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    """RFC 6750 §3: no access was given, so WWW-Authenticate stands beside invalid_request too."""
    token = portal.tokens(browser)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    twice = provider.browser().post("/userinfo", data={"access_token": token}, headers=bearer)
    query = provider.browser().get(f"/userinfo?access_token={token}")
    for refused in (twice, query):
        assert refused.status_code == 400
        assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="motcua", error="invalid_request"')


def test_a_missing_grant_type_is_no_unsupported_one(portal: Portal) -> None:
    """RFC 6749 §5.2: a required parameter that is missing is invalid_request."""
    assert (portal.token(code="x").json or {})["error"] == "invalid_request"
    assert (portal.token(grant_type="password").json or {})["error"] == "unsupported_grant_type"
