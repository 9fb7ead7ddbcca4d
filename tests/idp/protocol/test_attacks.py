"""Attacks on the protocol that are not told elsewhere, each a story named for the attack."""

import base64
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import Connection
from werkzeug.test import Client as Browser

from idp.domain.outbound import FetchFailed, fetch
from idp.store import clients as store
from keys.jose import b64url, parse
from tests.support.provider import Portal, Provider, answer_of

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def bearer(provider: Provider, token: str) -> int:
    return provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code


class TestTokens:
    """Forged and confused tokens (RFC 8725)."""

    def test_alg_none_is_refused(self, provider: Provider, portal: Portal, browser: Browser) -> None:
        header, claims, _ = portal.tokens(browser)["access_token"].split(".")
        for alg in ("none", "None", "NONE", ""):
            forged = b64url(json.dumps({**parse(f"{header}.{claims}.").header, "alg": alg}).encode())
            assert bearer(provider, f"{forged}.{claims}.") == 401

    def test_the_public_key_as_hmac_secret_is_refused(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        token = portal.tokens(browser)["access_token"]
        parsed = parse(token)
        public = ECKey.import_key(provider.services.key_ring.get().published[parsed.header["kid"]].jwk())
        header = b64url(json.dumps({**parsed.header, "alg": "HS256"}).encode())
        signing_input = f"{header}.{token.split('.')[1]}"
        signature = b64url(hmac.digest(public.as_pem(private=False), signing_input.encode(), "sha256"))
        assert bearer(provider, f"{signing_input}.{signature}") == 401

    def test_a_key_brought_along_in_the_header_is_not_believed(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        """``jwk`` in the header, CVE-2018-0114 of another library."""
        own = ECKey.generate_key("P-256")
        claims = parse(portal.tokens(browser)["access_token"]).claims
        for extra in (
            {"jwk": own.as_dict(private=False)},
            {"jku": "https://evil.example/jwks"},
            {"kid": "../../dev/null"},
        ):
            header = {"alg": "ES256", "typ": "at+jwt", **extra}
            encoded = f"{b64url(json.dumps(header).encode())}.{b64url(json.dumps(claims).encode())}"
            signed = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, own)
            assert bearer(provider, f"{encoded}.{signed.split('.')[2]}") == 401

    def test_changed_claims_break_the_signature(self, provider: Provider, portal: Portal, browser: Browser) -> None:
        header, claims, signature = portal.tokens(browser)["access_token"].split(".")
        changed = {**parse(f"{header}.{claims}.").claims, "scope": "openid profile email phone address"}
        assert bearer(provider, f"{header}.{b64url(json.dumps(changed).encode())}.{signature}") == 401

    @pytest.mark.parametrize(
        "rubbish",
        ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.e30", "." * 1000, "a" * 20000, "eyJhbGciOiJFUzI1NiJ9.W10.AA"],
    )
    def test_rubbish_is_refused(self, provider: Provider, rubbish: str) -> None:
        header = {"Authorization": f"Bearer {rubbish}".encode().decode("latin-1")}
        assert provider.browser().get("/userinfo", headers=header).status_code == 401


class TestCodes:
    """Code injection and PKCE downgrade (RFC 9700 §4.5, §4.8)."""

    def test_an_injected_code_does_not_fit_the_victims_verifier(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        attackers = answer_of(browser.get("/authorize", query_string=portal.request(code_challenge="x" * 43)))["code"]
        assert portal.redeem(attackers).status_code == 400

    def test_a_verifier_without_a_challenge_is_refused(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        request = portal.request(code_challenge=None, code_challenge_method=None)
        code = answer_of(browser.get("/authorize", query_string=request))["code"]
        refused = portal.redeem(code)
        assert refused.status_code == 400
        assert "code_challenge" in (refused.json or {})["error_description"]

    def test_a_challenge_without_a_verifier_is_refused(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        code = answer_of(browser.get("/authorize", query_string=portal.request()))["code"]
        assert portal.redeem(code, code_verifier="").status_code == 400

    def test_a_public_client_must_use_pkce(self, provider: Provider, browser: Browser) -> None:
        public = provider.portal(token_endpoint_auth_method="none")
        answer = answer_of(
            browser.get("/authorize", query_string=public.request(code_challenge=None, code_challenge_method=None))
        )
        assert answer["error"] == "invalid_request"
        assert public.tokens(browser)["access_token"]

    def test_the_redirect_uri_must_be_the_same_at_the_token_endpoint(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        code = answer_of(browser.get("/authorize", query_string=portal.request()))["code"]
        assert portal.redeem(code, redirect_uri="https://portal.example/other").status_code == 400

    def test_every_answer_names_the_issuer_against_mix_up(self, portal: Portal, browser: Browser) -> None:
        for changed in ({}, {"scope": "nonsense"}, {"prompt": "none login"}):
            answer = answer_of(browser.get("/authorize", query_string=portal.request(**changed)))
            assert answer["iss"] == "http://localhost:8000"


class TestRequests:
    """Requests that try the parsers and the addresses."""

    def test_an_error_never_leads_to_an_address_of_the_request(self, portal: Portal, browser: Browser) -> None:
        evil = "https://evil.example/"
        for changed in ({"redirect_uri": evil}, {"client_id": "nobody", "redirect_uri": evil}, {"redirect_uri": None}):
            response = browser.get("/authorize", query_string=portal.request(**changed))
            assert response.status_code == 400
            assert "evil.example" not in response.headers.get("Location", "")

    def test_the_host_header_decides_nothing(self, provider: Provider, portal: Portal, browser: Browser) -> None:
        forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        document = provider.browser().get("/.well-known/openid-configuration", headers=forged)
        assert "evil" not in document.text
        page = provider.browser().get("/authorize", query_string=portal.request(), headers=forged)
        assert "evil" not in page.headers.get("Location", "")

    def test_parameters_sent_twice_are_refused(self, provider: Provider, portal: Portal) -> None:
        body = "grant_type=authorization_code&grant_type=refresh_token&code=x"
        response = provider.browser().post(
            "/token", data=body, content_type="application/x-www-form-urlencoded", headers=portal.basic()
        )
        assert response.status_code == 400
        assert "more than once" in (response.json or {})["error_description"]

    @pytest.mark.parametrize(
        "body", [b"grant_type=%ff%fe", b"\xff\xfe=1", b"&" * 500 + b"a=1" * 200, b"grant_type=%00"]
    )
    def test_invalid_utf8_and_too_many_fields_are_a_clear_400(
        self, provider: Provider, portal: Portal, body: bytes
    ) -> None:
        response = provider.browser().post(
            "/token", data=body, content_type="application/x-www-form-urlencoded", headers=portal.basic()
        )
        assert response.status_code == 400

    def test_a_body_of_megabytes_is_refused_unread(self, provider: Provider, portal: Portal) -> None:
        response = provider.browser().post("/token", data={"code": "x" * 200_000}, headers=portal.basic())
        assert response.status_code == 413

    def test_parameters_in_the_query_of_the_token_endpoint_do_nothing(self, provider: Provider, portal: Portal) -> None:
        response = provider.browser().post("/token?grant_type=client_credentials", headers=portal.basic())
        assert response.status_code == 400

    def test_no_page_can_be_framed(self, provider: Provider, portal: Portal) -> None:
        page = provider.browser().get("/authorize", query_string=portal.request(), follow_redirects=True)
        assert page.status_code == 200
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]

    def test_the_sign_on_cookie_of_an_attacker_does_not_survive_a_step_up(
        self, provider: Provider, person: str
    ) -> None:
        """Session fixation: whatever a session may do more, it may do under a new name only."""
        from idp.domain import sessions

        session, old = sessions.open_session(provider.services, person, [{"kind": "password", "at": 1}])
        _, new = sessions.strengthen(provider.services, session, [{"kind": "totp", "at": 2}])
        assert sessions.read_session(provider.services, old) is None
        assert sessions.read_session(provider.services, new) is not None

    def test_refreshing_cannot_change_the_audience(self, provider: Provider, browser: Browser) -> None:
        provider.portal(
            agency="H49",
            resources=["https://api.h49.example/"],
            grant_types=["client_credentials"],
            redirect_uris=None,
            scope="x:y",
        )
        provider.portal(
            agency="H49",
            resources=["https://api2.h49.example/"],
            grant_types=["client_credentials"],
            redirect_uris=None,
            scope="x:y",
        )
        portal = provider.portal(scope="openid x:y")
        tokens = portal.tokens(browser, scope="openid x:y", resource="https://api.h49.example/")
        refused = portal.refresh(tokens["refresh_token"], resource="https://api2.h49.example/")
        assert refused.status_code == 400
        assert (refused.json or {})["error"] == "invalid_target"
        assert portal.refresh(tokens["refresh_token"]).status_code == 200, "a refused request must not have rotated"


class TestKeysOfOthers:
    """Key confusion across clients, and fetches that are led astray."""

    def test_one_clients_key_does_not_sign_for_another(self, provider: Provider) -> None:
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        given = {
            "token_endpoint_auth_method": "private_key_jwt",
            "grant_types": ["client_credentials"],
            "redirect_uris": None,
        }
        one = provider.portal(jwks={"keys": [key.as_dict(private=False)]}, scope="a:b", **given)
        other_key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        other = provider.portal(jwks={"keys": [other_key.as_dict(private=False)]}, scope="a:b", **given)
        now = provider.services.now()
        claims = {
            "iss": other.id,
            "sub": other.id,
            "aud": "http://localhost:8000",
            "exp": now + 60,
            "iat": now,
            "jti": "j",
        }
        forged = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": forged}
        assert other.token(headers={}, **form).status_code == 401
        assert one.id != other.id

    @pytest.mark.parametrize(
        "address",
        [
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/",
            "https://192.168.1.1/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[::10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::1]/",
            "https://0.0.0.0/",
            "https://user@portal.example/",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "https://",
            "https://127.0.0.1:99999/",
        ],
    )
    def test_private_addresses_are_not_fetched(self, provider: Provider, address: str) -> None:
        with pytest.raises(FetchFailed):
            fetch(provider.services.settings, address)

    def test_loopback_is_fetched_in_the_demo_alone(self, provider: Provider) -> None:
        strict = provider.services.settings.model_copy(update={"demo": False})
        for address in ("https://127.0.0.1/", "https://localhost/", "https://[::1]/", "http://portal.example/"):
            with pytest.raises(FetchFailed, match=r"not on a network|only https"):
                fetch(strict, address)

    def test_nobody_answering_at_all_is_a_failed_fetch_under_tls_too(self, provider: Provider) -> None:
        """Were it another exception, the token endpoint would answer 500 while a client's key server is down."""
        home = ip_network("127.0.0.0/8")
        strict = provider.services.settings.model_copy(update={"demo": False, "allowed_fetch_networks": (home,)})
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            with pytest.raises(FetchFailed):
                fetch(strict, f"https://127.0.0.1:{taken.getsockname()[1]}/jwks")

    @pytest.mark.parametrize("address", ["https://[::1/", "https://a:99999/"])
    def test_what_is_no_address_is_a_failed_fetch(self, provider: Provider, address: str) -> None:
        with pytest.raises(FetchFailed):
            fetch(provider.services.settings, address)

    def test_dripping_headers_cost_two_seconds_at_most(self, provider: Provider, dripping_headers: str) -> None:
        """Each byte comes well within a socket's own time-out; the whole must not take longer than allowed."""
        started = time.monotonic()
        with pytest.raises(FetchFailed):
            fetch(provider.services.settings, dripping_headers)
        assert time.monotonic() - started < 6

    def test_a_slow_dripping_server_costs_two_seconds_at_most(self, provider: Provider, dripping: str) -> None:
        began = time.monotonic()
        with pytest.raises(FetchFailed):
            fetch(provider.services.settings, dripping)
        assert time.monotonic() - began < 10, "it must not go on as long as bytes come"

    def test_a_redirect_is_not_followed(self, provider: Provider, redirecting: str) -> None:
        with pytest.raises(FetchFailed, match="answered 302"):
            fetch(provider.services.settings, redirecting)


def _serve(answer: bytes, *, drip: bool) -> Iterator[str]:
    """A server on loopback that sends ``answer`` at once, or a byte now and then without end."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def run() -> None:
        listener.settimeout(10)
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(answer)
            while drip and not stop.wait(0.1):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/jwks"
    stop.set()
    listener.close()
    thread.join()


@pytest.fixture
def dripping_headers() -> Iterator[str]:
    yield from _serve(b"HTTP/1.1 200 OK\r\nX-Slow: ", drip=True)


@pytest.fixture
def dripping() -> Iterator[str]:
    yield from _serve(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", drip=True)


@pytest.fixture
def redirecting() -> Iterator[str]:
    yield from _serve(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", drip=False)


def test_basic_credentials_of_any_bytes_never_break_anything(provider: Provider) -> None:
    for raw in (b"\xff:\xff", b":", b"a:" + b"%" * 50, b"%zz:%zz", bytes(range(256))):
        header = {"Authorization": "Basic " + base64.b64encode(raw).decode()}
        response = provider.browser().post("/token", data={"grant_type": "client_credentials"}, headers=header)
        assert response.status_code == 401


@pytest.mark.parametrize("values", [5, {"a": 1}, "loa", True, ["\ud800"]])
def test_acr_values_of_any_shape_break_nothing(portal: Portal, browser: Browser, values: object) -> None:
    for essential in (False, True):
        claims = json.dumps({"id_token": {"acr": {"values": values, "essential": essential}}})
        assert browser.get("/authorize", query_string=portal.request(claims=claims)).status_code == 303


def test_a_lone_surrogate_in_a_token_breaks_nothing(provider: Provider) -> None:
    """JSON can carry what UTF-8 cannot, and a database takes UTF-8."""
    parts = [b64url(json.dumps(part).encode()) for part in ({"alg": "ES256", "kid": "\ud800"}, {"sub": "\ud800"})]
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
    answer = provider.browser().post("/token", data={**form, "client_assertion": ".".join((*parts, "AAAA"))})
    assert answer.status_code in (400, 401)


def test_a_stranger_cannot_have_requests_kept_that_lead_nowhere(provider: Provider, portal: Portal) -> None:
    """Each would stay for half an hour; nobody can be asked for a client that does not exist."""
    stranger = provider.browser()
    assert stranger.post("/authorize", data={"x": "y" * 60_000}).status_code == 400
    assert stranger.post("/authorize", data=portal.request(redirect_uri="https://evil.example/")).status_code == 400
    assert stranger.post("/authorize", data=portal.request()).status_code == 303


def test_a_client_changed_while_it_is_looked_up_is_not_remembered_as_it_was(
    provider: Provider, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a process would go on believing a client that was removed or disabled in that moment."""
    directory, find = provider.services.clients, store.find

    def changed_meanwhile(connection: Connection, client_id: str) -> store.ClientRow | None:
        row = find(connection, client_id)
        directory._number = -2
        directory._drop_stale()  # as another thread does that sees the change first
        return row

    directory._known.clear()
    monkeypatch.setattr(store, "find", changed_meanwhile)
    directory.get(portal.id)
    assert portal.id not in directory._known
