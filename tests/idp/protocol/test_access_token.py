"""JWT access tokens: RFC 9068, and what the list of ended things says of them."""

from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from idp.domain import sessions
from keys.jose import parse
from tests.support.provider import Portal, Provider, claims_of


def test_it_has_the_type_and_claims_of_its_specification(portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["access_token"]
    parsed = parse(token)
    assert parsed.header["typ"] == "at+jwt"
    assert parsed.header["alg"] == "ES256"
    assert {
        "iss",
        "exp",
        "aud",
        "sub",
        "client_id",
        "iat",
        "jti",
        "scope",
        "auth_time",
        "acr",
        "amr",
    } <= parsed.claims.keys()
    assert parsed.claims["exp"] - parsed.claims["iat"] == 300


def test_no_token_holds_a_personal_number(provider: Provider, browser: Browser) -> None:
    portal = provider.portal(scope="openid profile citizen")
    tokens = portal.tokens(browser, scope="openid profile citizen")
    for name in ("access_token", "id_token"):
        assert "personal_number" not in claims_of(tokens[name])


def test_a_client_may_have_opaque_tokens(provider: Provider, browser: Browser) -> None:
    portal = provider.portal(access_token_format="opaque")
    token = portal.tokens(browser)["access_token"]
    assert "." not in token
    assert portal.introspect(token)["active"] is True
    provider.clock.advance(301)
    assert portal.introspect(token) == {"active": False}


def test_the_feed_tells_of_an_ended_session_within_its_own_transaction(
    provider: Provider, portal: Portal, browser: Browser
) -> None:
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="ended:read")
    own = (machine.token(grant_type="client_credentials").json or {})["access_token"]
    headers = {"Authorization": f"Bearer {own}"}
    before = provider.browser().get("/api/ended", headers=headers).json
    assert before is not None
    assert before["ended"] == []

    token = portal.tokens(browser)["access_token"]
    sid = claims_of(token)["sid"]
    sessions.end_session(provider.services, sid, "signed_out")
    after = provider.browser().get(f"/api/ended?since={before['cursor']}", headers=headers).json
    assert after is not None
    assert {"kind": "sid", "value": sid} == {name: after["ended"][0][name] for name in ("kind", "value")}
    assert portal.introspect(token) == {"active": False}


def test_the_feed_is_not_for_everybody(provider: Provider, portal: Portal, browser: Browser) -> None:
    token = portal.tokens(browser)["access_token"]
    assert provider.browser().get("/api/ended").status_code == 401
    assert provider.browser().get("/api/ended", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_the_feed_takes_a_clients_own_token_for_us_and_no_other(provider: Provider, person: str) -> None:
    """A person's token with the scope, or one meant for another resource, would let any portal's API read along."""
    api = "https://api.example/feed"
    provider.portal(resources=[api], grant_types=["client_credentials"], redirect_uris=None, scope="x:y")
    both = provider.portal(grant_types=["authorization_code", "client_credentials"], scope="openid ended:read")

    def feed(token: str) -> TestResponse:
        return provider.browser().get("/api/ended", headers={"Authorization": f"Bearer {token}"})

    def own(**more: str) -> str:
        return str((both.token(grant_type="client_credentials", **more).json or {})["access_token"])

    persons = both.tokens(provider.signed_in(person), scope="openid ended:read")["access_token"]
    assert feed(own(scope="ended:read")).status_code == 200
    for token in (persons, own(scope="ended:read", resource=api)):
        refused = feed(token)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    other = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="dossier:read")
    lacking = feed(str((other.token(grant_type="client_credentials").json or {})["access_token"]))
    assert lacking.status_code == 403
    assert 'scope="ended:read"' in lacking.headers["WWW-Authenticate"]


def test_subjects_differ_between_sectors_and_stay_within_one(provider: Provider, browser: Browser) -> None:
    one = provider.portal(agency="G02")
    two = provider.portal(agency="G02", redirect_uris=["https://other.example/cb"])
    three = provider.portal(agency="H49")
    subs = [claims_of(each.tokens(browser)["id_token"])["sub"] for each in (one, two, three)]
    assert subs[0] == subs[1]
    assert subs[0] != subs[2]


def test_an_id_token_in_each_algorithm_that_a_client_may_register(provider: Provider, browser: Browser) -> None:
    """``at_hash`` is half of the hash that the algorithm uses (OpenID Connect Core §3.1.3.6)."""
    import base64
    import hashlib

    for algorithm, function in (("RS256", "sha256"), ("PS256", "sha256"), ("ES256", "sha256"), ("EdDSA", "sha512")):
        portal = provider.portal(id_token_signed_response_alg=algorithm)
        tokens = portal.tokens(browser)
        assert parse(tokens["id_token"]).header["alg"] == algorithm
        digest = hashlib.new(function, tokens["access_token"].encode()).digest()
        half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
        assert claims_of(tokens["id_token"])["at_hash"] == half
