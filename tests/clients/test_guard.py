"""An API opens for a good access token and for nothing else, and says why in the words of the RFCs."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from clients.kit.extension import EXTENSION, RelyingParty
from clients.kit.web.guard import access_token, guarded_blueprint, needs
from tests.support.browser import Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider, ec_key, rsa_key, sign

Forge = Callable[[FakeProvider], str]


@pytest.fixture
def portal(make_portal: Callable[..., Flask]) -> Iterator[Flask]:
    """The national portal with an API; nobody follows the list of what has ended unless the test does."""
    app = make_portal(follow_ended=False)
    api = guarded_blueprint("dossiers_api", __name__, "/api/dossiers")

    @api.get("/")
    @needs("dossier:read")
    def dossiers() -> dict[str, Any]:
        return {"of": access_token().subject, "by": access_token().client_id}

    @api.post("/")
    @needs("dossier:submit", acr="urn:vn:eid:loa2:mfa", max_age=300)
    def submit() -> dict[str, Any]:
        return {"submitted": True}

    @api.get("/forgotten")
    def forgotten() -> dict[str, Any]:
        raise AssertionError("a view without a mark was reached")

    app.register_blueprint(api)
    return app


@pytest.fixture
def party(portal: Flask) -> RelyingParty:
    found: RelyingParty = portal.extensions[EXTENSION]
    return found


def call(app: Flask, token: str | None, method: str = "GET", path: str = "/api/dossiers/") -> TestResponse:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return app.test_client().open(path, method=method, headers=headers)


def challenge(answer: TestResponse) -> str:
    return answer.headers["WWW-Authenticate"]


@pytest.fixture
def followed(party: RelyingParty) -> RelyingParty:
    """The list of what has ended has just been read."""
    party.ended.read()
    return party


def test_a_good_token_opens_without_asking_the_provider(
    portal: Flask, provider: FakeProvider, followed: RelyingParty
) -> None:
    answer = call(portal, provider.jwt_access_token())

    assert answer.json == {"of": "f3c1-national", "by": "portal-ministry"}
    assert "/introspect" not in provider.asked


def test_an_opaque_token_is_introspected(portal: Flask, provider: FakeProvider, followed: RelyingParty) -> None:
    assert call(portal, provider.opaque_access_token()).status_code == 200
    assert "/introspect" in provider.asked
    assert call(portal, "made-up").status_code == 401


def changed(**changes: Any) -> Forge:
    return lambda provider: provider.jwt_access_token(**changes)


def signed(key: Any, typ: str | None = "at+jwt", **header: Any) -> Forge:
    return lambda provider: sign(provider.access_token_claims(), key, typ, **header)


def unsigned(provider: FakeProvider) -> str:
    parts = ({"alg": "none", "typ": "at+jwt", "kid": "ec"}, provider.access_token_claims())
    return ".".join((*(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts), ""))


FORGED: dict[str, Forge] = {
    "another issuer": changed(iss="https://evil.example"),
    "for another resource (token substitution)": changed(aud="http://localhost:8002"),
    "for the provider itself": lambda provider: provider.jwt_access_token(aud=provider.issuer),
    "no audience": changed(aud=None),
    "expired": lambda provider: provider.jwt_access_token(exp=int(provider.clock()) - 30),
    "no expiry": changed(exp=None),
    "issued in the future": lambda provider: provider.jwt_access_token(iat=int(provider.clock()) + 31),
    "older than any token lives": lambda provider: provider.jwt_access_token(iat=int(provider.clock()) - 3631),
    "no subject": changed(sub=None),
    "no client": changed(client_id=None),
    "no jti": changed(jti=None),
    "bound to a key that is not proved": changed(cnf={"jkt": "x"}),
    "an ID token": signed(rsa_key(), "JWT"),
    "no type": signed(ec_key(), None),
    "a logout token": signed(ec_key(), "logout+jwt"),
    "unsigned": unsigned,
    "signed by a stranger": signed(ec_key("stranger"), kid="ec"),
    "a key nobody knows": signed(ec_key("stranger")),
    "not a token": lambda _: "a.b.c",
    "enormous": lambda _: "x" * 20_000,
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_token_opens_nothing(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, forge: Forge
) -> None:
    answer = call(portal, forge(provider))

    assert answer.status_code == 401
    assert 'error="invalid_token"' in challenge(answer)
    assert challenge(answer).startswith('Bearer realm="national", ')
    assert answer.json is not None
    assert answer.json["error"] == "invalid_token"


OPAQUE: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another resource": {"aud": "http://localhost:8002"},
    "expired": {"exp": 1},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("changes", OPAQUE.values(), ids=OPAQUE)
def test_what_introspection_says_is_checked_too(portal: Flask, provider: FakeProvider, changes: dict[str, Any]) -> None:
    assert call(portal, provider.opaque_access_token(**changes)).status_code == 401


def test_without_a_token_there_is_a_challenge_and_no_error(portal: Flask) -> None:
    """RFC 6750 §3.1: a request without any authentication should get no error code."""
    answer = call(portal, None)

    assert answer.status_code == 401
    assert challenge(answer) == 'Bearer realm="national", scope="dossier:read"'


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "bearer", ""])
def test_another_scheme_is_no_token(portal: Flask, header: str) -> None:
    answer = portal.test_client().get("/api/dossiers/", headers={"Authorization": header})

    assert answer.status_code == 401
    assert "error" not in challenge(answer)


def test_the_scheme_is_read_in_any_case(portal: Flask, provider: FakeProvider, followed: RelyingParty) -> None:
    header = {"Authorization": f"bEaReR {provider.jwt_access_token()}"}

    assert portal.test_client().get("/api/dossiers/", headers=header).status_code == 200


def test_a_token_in_the_address_is_refused(portal: Flask, provider: FakeProvider) -> None:
    answer = call(portal, None, path=f"/api/dossiers/?access_token={provider.jwt_access_token()}")

    assert answer.status_code == 400
    assert 'error="invalid_request"' in challenge(answer)


def test_the_session_cookie_opens_no_api(browser: Browser) -> None:
    browser.sign_in()

    assert browser.get("/api/dossiers/").status_code == 401
    assert browser.client.post("/api/dossiers/").status_code == 401


def test_a_token_without_the_scope(portal: Flask, provider: FakeProvider, followed: RelyingParty) -> None:
    answer = call(portal, provider.jwt_access_token(scope="dossier:reader openid"))

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in challenge(answer)
    assert 'scope="dossier:read"' in challenge(answer)


@pytest.mark.parametrize(
    "changes",
    [{"acr": "urn:vn:eid:loa2"}, {"acr": None}, {"auth_time": 1}, {"auth_time": None}],
    ids=["one factor", "no level", "long ago", "nobody knows when"],
)
def test_a_sign_in_that_is_not_enough_is_said_so_that_step_up_can_follow(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, changes: dict[str, Any]
) -> None:
    """RFC 9470 §3."""
    strong = {"scope": "dossier:submit", "acr": "urn:vn:eid:loa2:mfa"}
    assert call(portal, provider.jwt_access_token(**strong), "POST").json == {"submitted": True}

    answer = call(portal, provider.jwt_access_token(**{**strong, **changes}), "POST")

    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in challenge(answer)
    assert 'acr_values="urn:vn:eid:loa2:mfa", max_age="300"' in challenge(answer)


def test_a_view_that_nobody_marked_is_open_to_nobody(
    portal: Flask, provider: FakeProvider, followed: RelyingParty
) -> None:
    assert call(portal, provider.jwt_access_token(), path="/api/dossiers/forgotten").status_code == 403


@pytest.mark.parametrize(("kind", "value"), [("sid", "sid-1"), ("gid", "grant-1"), ("jti", "token-1")])
def test_what_has_ended_is_refused_with_the_next_reading(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, kind: str, value: str
) -> None:
    token, other = provider.jwt_access_token(jti="token-1"), provider.jwt_access_token(sid="sid-2", gid="grant-2")
    assert call(portal, token).status_code == 200
    provider.end(kind, value)

    followed.ended.read()

    answer = call(portal, token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in challenge(answer)
    assert call(portal, other).status_code == 200


def test_each_reading_asks_only_for_what_is_new(portal: Flask, provider: FakeProvider, followed: RelyingParty) -> None:
    provider.end("sid", "sid-1")
    followed.ended.read()
    followed.ended.read()

    assert call(portal, provider.jwt_access_token()).status_code == 401


def test_after_ten_seconds_without_reading_every_token_is_introspected(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, clock: StoppedClock
) -> None:
    token = provider.jwt_access_token()
    clock.advance(10)
    assert call(portal, token).status_code == 200
    assert "/introspect" not in provider.asked
    clock.advance(1)

    assert call(portal, token).status_code == 401
    provider.access_tokens[token] = provider.access_token_claims()
    assert call(portal, token).status_code == 200


def test_when_introspection_fails_too_it_is_refused(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, clock: StoppedClock
) -> None:
    clock.advance(11)
    provider.twist["/introspect"] = lambda _: Response("broken", 500)

    answer = call(portal, provider.jwt_access_token())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json == {"error": "temporarily_unavailable"}


@pytest.mark.parametrize(
    "answer",
    [
        Response("broken", 500),
        Response("[]"),
        Response('{"ended": {}, "cursor": 1}'),
        Response('{"ended": [], "cursor": "x"}'),
        Response('{"ended": [{"kind": "sid"}], "cursor": 1}'),
    ],
    ids=["500", "no object", "no list", "no cursor", "an entry that is none"],
)
def test_a_list_that_makes_no_sense_counts_as_not_read(
    portal: Flask, provider: FakeProvider, party: RelyingParty, answer: Response
) -> None:
    provider.twist["/api/ended"] = lambda _: answer
    party.follower._read()

    assert not party.ended.trusted
    assert call(portal, provider.jwt_access_token()).status_code == 401


def test_what_has_ended_is_forgotten_when_no_token_can_be_left(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, clock: StoppedClock
) -> None:
    for number in range(5):
        provider.end("sid", f"sid-{number}")
    followed.ended.read()
    clock.advance(3661)
    followed.ended.read()

    assert followed.ended._ended == {}


def test_the_follower_reads_by_itself(make_portal: Callable[..., Flask], provider: FakeProvider) -> None:
    app = make_portal()
    party: RelyingParty = app.extensions[EXTENSION]
    readings = []
    provider.twist["/api/ended"] = lambda answer: readings.append(1) or answer
    try:
        party.follower.start()
        party.follower.start()
        assert party.ended.trusted
        assert len(readings) == 1
    finally:
        party.follower.stop()


def test_forged_key_identifiers_do_not_make_us_fetch_at_will(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, clock: StoppedClock
) -> None:
    call(portal, provider.jwt_access_token())
    before = provider.asked.count("/jwks")
    for number in range(20):
        call(portal, sign(provider.access_token_claims(), ec_key("stranger"), "at+jwt", kid=f"forged-{number}"))
    assert provider.asked.count("/jwks") - before == 0
    clock.advance(10)
    followed.ended.read()
    for number in range(20):
        call(portal, sign(provider.access_token_claims(), ec_key("stranger"), "at+jwt", kid=f"forged-{number}"))

    assert provider.asked.count("/jwks") - before == 1


def test_a_new_key_of_the_provider_is_found(
    portal: Flask, provider: FakeProvider, followed: RelyingParty, clock: StoppedClock
) -> None:
    call(portal, provider.jwt_access_token())
    clock.advance(10)
    followed.ended.read()
    provider.twist["keys"] = lambda _: {"keys": [ec_key("next").as_dict(private=False)]}

    assert call(portal, sign(provider.access_token_claims(), ec_key("next"), "at+jwt")).status_code == 200
    assert call(portal, provider.jwt_access_token()).status_code == 401
