"""A small, honest OpenID provider on loopback, for tests of relying parties; it misbehaves where a test tells it to.

It signs real tokens and checks what it is sent (PKCE, redirect URI, client secret), so a relying party that forgets
its part fails here too. ``twist`` names what to change and a function that changes it.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLIENT_SECRET = "bí mật: 100% của cổng/1"
JSON = dict[str, Any]


@cache
def rsa_key(name: str = "rsa") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@cache
def ec_key(name: str = "ec") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})


def sign(claims: JSON, key: RSAKey | ECKey, typ: str | None = "JWT", **header: Any) -> str:
    """Sign as the provider would; header members may be overruled."""
    alg = "RS256" if isinstance(key, RSAKey) else "ES256"
    typed = {} if typ is None else {"typ": typ}
    return jwt.encode({"alg": alg, "kid": key.kid, **typed, **header}, claims, key, algorithms=[alg], default_type=None)


def half_hash(token: str) -> str:
    """``at_hash`` with SHA-256 (OpenID Connect Core §3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


@dataclass
class FakeProvider:
    """The provider. ``person`` is who sits before the browser; ``signed_in`` whether its session lives."""

    clock: Callable[[], float]
    issuer: str = ""
    person: JSON = field(
        default_factory=lambda: {"sub": "f3c1-national", "name": "Nguyễn Văn Ánh", "acr": "urn:vn:eid:loa2"}
    )
    signed_in: bool = False
    reachable_acr: str = "urn:vn:eid:loa2:mfa"
    sid: str = "sid-1"
    auth_time: int = 0
    twist: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    codes: dict[str, JSON] = field(default_factory=dict)
    refresh_tokens: dict[str, JSON] = field(default_factory=dict)
    access_tokens: dict[str, JSON] = field(default_factory=dict)
    ended: list[JSON] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    access_lifetime: int = 300

    def __post_init__(self) -> None:
        self.auth_time = self.auth_time or int(self.clock())

    # What the browser does

    def authorize(self, address: str) -> str:
        """Answer an authorization request as a person with a session would; gives where the browser is sent."""
        asked = dict(parse_qsl(urlsplit(address).query))
        self.asked.append(address)
        assert urlsplit(address).path == "/authorize"
        assert asked["response_type"] == "code"
        answer: JSON = {"state": asked["state"], "iss": self.issuer}
        if asked.get("prompt") == "none" and not self.signed_in:
            answer["error"] = "login_required"
        else:
            self._sign_in(asked)
            answer["code"] = secrets.token_urlsafe(8)
            self.codes[answer["code"]] = {**asked, "acr": self._acr(asked)}
        return f"{asked['redirect_uri']}?{urlencode(self._twisted('answer', answer))}"

    def _sign_in(self, asked: JSON) -> None:
        max_age = asked.get("max_age")
        if not self.signed_in or (max_age is not None and self.clock() - self.auth_time > int(max_age)):
            self.auth_time = int(self.clock())
        self.signed_in = True

    def _acr(self, asked: JSON) -> str:
        if wanted := asked.get("acr_values", ""):
            self.person["acr"] = wanted.split()[0] if "acr" not in self.twist else self.twist["acr"](wanted)
        return str(self.person["acr"])

    def _twisted(self, name: str, value: Any) -> Any:
        return self.twist[name](value) if name in self.twist else value

    # What the relying party asks

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request.path)
        answers = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": self._jwks,
            "/token": self._token,
            "/userinfo": self._userinfo,
            "/introspect": self._introspect,
            "/api/ended": self._ended,
        }
        answer = answers.get(request.path, lambda _: Response("no such page", 404))
        return self._twisted(request.path, answer(request))(environ, start_response)

    def _discovery(self, _: Request) -> Response:
        endpoints = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "userinfo_endpoint": "/userinfo",
            "jwks_uri": "/jwks",
            "introspection_endpoint": "/introspect",
            "end_session_endpoint": "/logout",
        }
        document = {"issuer": self.issuer, **{name: self.issuer + path for name, path in endpoints.items()}}
        document["authorization_response_iss_parameter_supported"] = True
        return _json(self._twisted("discovery", document))

    def _jwks(self, _: Request) -> Response:
        keys = [rsa_key().as_dict(private=False), ec_key().as_dict(private=False)]
        return _json(self._twisted("keys", {"keys": keys}))

    def _token(self, request: Request) -> Response:
        if not self._is_client(request):
            return _json({"error": "invalid_client"}, 401)
        kind = request.form.get("grant_type")
        if kind == "client_credentials":
            return _json({"access_token": f"client {request.form['scope']}", "token_type": "Bearer", "expires_in": 300})
        grant = self._redeem(request) if kind == "authorization_code" else self._rotate(request)
        return _json({"error": "invalid_grant"}, 400) if grant is None else _json(self._tokens(grant))

    def _is_client(self, request: Request) -> bool:
        if "client_assertion" in request.form:
            return bool(self.twist.get("assertion", lambda _: True)(request.form["client_assertion"]))
        encoded = request.headers.get("Authorization", "").removeprefix("Basic ")
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
        decoded = dict(parse_qsl(f"name={name}&secret={secret}"))
        return decoded.get("secret") == CLIENT_SECRET

    def _redeem(self, request: Request) -> JSON | None:
        asked = self.codes.pop(request.form["code"], None)
        verifier = request.form.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return None
        return asked if asked["redirect_uri"] == request.form["redirect_uri"] else None

    def _rotate(self, request: Request) -> JSON | None:
        grant = self.refresh_tokens.pop(request.form["refresh_token"], None)
        return None if grant is None else {**grant, "nonce": None}

    def _tokens(self, grant: JSON) -> JSON:
        access, refresh = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.refresh_tokens[refresh] = grant
        self.access_tokens[access] = {"sub": self.person["sub"], "client_id": grant["client_id"]}
        return self._twisted(
            "tokens",
            {
                "access_token": access,
                "refresh_token": refresh,
                "token_type": "Bearer",
                "expires_in": self.access_lifetime,
                "scope": grant["scope"],
                "id_token": self._id_token(grant, access),
            },
        )

    def _id_token(self, grant: JSON, access: str) -> str:
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "sub": self.person["sub"],
            "aud": grant["client_id"],
            "iat": now,
            "exp": now + 300,
            "auth_time": self.auth_time,
            "acr": grant["acr"],
            "sid": self.sid,
            "at_hash": half_hash(access),
            **({"nonce": grant["nonce"]} if grant["nonce"] else {}),
        }
        twisted = self._twisted("id_token", claims)
        return twisted if isinstance(twisted, str) else sign(twisted, rsa_key())

    def _userinfo(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.access_tokens:
            return _json({"error": "invalid_token"}, 401)
        return _json(self._twisted("userinfo", {key: value for key, value in self.person.items() if key != "acr"}))

    def _introspect(self, request: Request) -> Response:
        if not self._is_client(request):
            return _json({"error": "invalid_client"}, 401)
        known = self.access_tokens.get(request.form["token"])
        return _json(self._twisted("introspection", {"active": True, **known} if known else {"active": False}))

    def _ended(self, request: Request) -> Response:
        if request.headers.get("Authorization") != "Bearer client ended:read":
            return _json({"error": "invalid_token"}, 401)
        since = int(request.args.get("since", 0))
        return _json({"now": int(self.clock()), "ended": self.ended[since:], "cursor": len(self.ended)})

    def access_token_claims(self, **changes: Any) -> JSON:
        """The claims of a good access token for the national portal; a change of None leaves one out."""
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": "http://localhost:8001",
            "sub": self.person["sub"],
            "client_id": "portal-ministry",
            "scope": "dossier:read",
            "iat": now,
            "exp": now + 300,
            "jti": secrets.token_urlsafe(8),
            "sid": self.sid,
            "gid": "grant-1",
            "auth_time": now,
            "acr": "urn:vn:eid:loa2",
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def jwt_access_token(self, **changes: Any) -> str:
        return sign(self.access_token_claims(**changes), ec_key(), "at+jwt")

    def opaque_access_token(self, **changes: Any) -> str:
        """A token that says nothing by itself; the provider answers for it."""
        token = secrets.token_urlsafe(24)
        self.access_tokens[token] = self.access_token_claims(**changes)
        return token

    def end(self, kind: str, value: str) -> None:
        """Put something on the list of what has ended."""
        self.ended.append({"kind": kind, "value": value, "at": self.clock()})

    # What the provider says by itself

    def logout_claims(self, **changes: Any) -> JSON:
        """The claims of a good logout token; a change of None leaves one out."""
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": "portal-national",
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(8),
            "sid": self.sid,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def logout_token(self, **changes: Any) -> str:
        return sign(self.logout_claims(**changes), rsa_key(), "logout+jwt")


def _json(content: JSON, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")


@contextmanager
def serving(provider: FakeProvider) -> Iterator[FakeProvider]:
    """Serve on a free port of loopback until the block ends."""
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
