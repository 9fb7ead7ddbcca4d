"""The same work for every peer: each endpoint's load, prepared from what the one before it yielded."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from bench.load import Load, Measured, line, run
from bench.peers import REDIRECT_URI, Peer

VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-x"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Give the header of ``client_secret_basic`` (RFC 6749 §2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


@dataclass
class Bench:
    """One peer under load, with a folder for what its answers yield."""

    peer: Peer
    folder: Path
    seconds: float

    def measure(self, name: str) -> Measured:
        """Run one scenario and give what it cost."""
        scenario = SCENARIOS[name]
        return run(self.peer.port, scenario.load(self, scenario.client), self.peer.all_pids, self.seconds)

    def discovery(self, _client: str) -> Load:
        """The configuration document."""
        return self._load("discovery", [line("GET", "/.well-known/openid-configuration", {})])

    def jwks(self, _client: str) -> Load:
        """The key set."""
        return self._load("jwks", [line("GET", self.peer.paths["jwks"], {})])

    def client_credentials(self, client: str) -> Load:
        """An access token for the client itself: an ES256 JWT, or opaque."""
        form = {"grant_type": "client_credentials", "scope": "ended:read"}
        if self.peer.name == "oidc-provider":
            form["scope"] = "api:read"
            if client != "opaque":
                form["resource"] = "https://api.example/es256"
        return self._load("client_credentials", [self._token_request(client, form)])

    def authorize(self, client: str) -> Load:
        """From a live session to a code, no page in between."""
        query = {
            "client_id": self._credentials(client)[0],
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid profile",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        path = f"{self.peer.paths['authorize']}?{urlencode(query)}"
        into = self._fresh(f"codes-{client}")
        return self._load("authorize", [line("GET", path, {"Cookie": self.peer.cookie})], harvest="code", into=into)

    def code(self, client: str) -> Load:
        """A code for an ID token, an access token and a rotating refresh token."""
        form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
        requests = [self._token_request(client, {**form, "code": code}) for code in self._lines(f"codes-{client}")]
        return self._load("code", requests, once=True, harvest="tokens", into=self._fresh(f"tokens-{client}"))

    def refresh(self, client: str) -> Load:
        """A refresh token for new tokens, rotated."""
        tokens = [each.split("\t")[0] for each in self._lines(f"tokens-{client}")]
        forms = [{"grant_type": "refresh_token", "refresh_token": token} for token in tokens]
        return self._load("refresh", [self._token_request(client, form) for form in forms], once=True)

    def userinfo(self, client: str) -> Load:
        """The claims behind an access token."""
        headers = {"Authorization": f"Bearer {self._an_access_token(client)}"}
        return self._load("userinfo", [line("GET", self.peer.paths["userinfo"], headers)])

    def introspection(self, client: str) -> Load:
        """Is this access token good?"""
        body = urlencode({"token": self._an_access_token(client)})
        headers = {**FORM, **self._basic(client)}
        return self._load("introspection", [line("POST", self.peer.paths["introspect"], headers, body)])

    def _an_access_token(self, client: str) -> str:
        return next(self._lines(f"tokens-{client}")).split("\t")[1]

    def _token_request(self, client: str, form: dict[str, str]) -> str:
        return line("POST", self.peer.paths["token"], {**FORM, **self._basic(client)}, urlencode(form))

    def _credentials(self, client: str) -> tuple[str, str]:
        """The Node provider has no client of its own for opaque tokens: there the request decides."""
        return self.peer.clients.get(client) or self.peer.clients["RS256"]

    def _basic(self, client: str) -> dict[str, str]:
        return basic(*self._credentials(client))

    def _load(
        self, name: str, requests: list[str], *, once: bool = False, harvest: str = "", into: Path | None = None
    ) -> Load:
        path = self.folder / f"{name}.requests"
        path.write_text("\n".join(requests) + "\n")
        return Load(path, once, harvest, into)

    def _fresh(self, name: str) -> Path:
        path = self.folder / name
        path.unlink(missing_ok=True)
        return path

    def _lines(self, name: str) -> Iterator[str]:
        yield from (self.folder / name).read_text().splitlines()


@dataclass(frozen=True)
class Scenario:
    """One row of the table. ``client`` names the client that is used, ``at_least`` how many times cheaper we should be."""

    load: Callable[[Bench, str], Load]
    client: str
    at_least: float


SCENARIOS = {
    "discovery": Scenario(Bench.discovery, "RS256", 2.0),
    "JWKS": Scenario(Bench.jwks, "RS256", 2.0),
    "client credentials, ES256 JWT": Scenario(Bench.client_credentials, "ES256", 1.5),
    "client credentials, opaque": Scenario(Bench.client_credentials, "opaque", 1.5),
    "authorize with a session": Scenario(Bench.authorize, "RS256", 1.8),
    "code exchange, RS256": Scenario(Bench.code, "RS256", 1.4),
    "refresh with rotation, RS256": Scenario(Bench.refresh, "RS256", 1.6),
    "authorize, for the next": Scenario(Bench.authorize, "ES256", 1.8),
    "code exchange, ES256": Scenario(Bench.code, "ES256", 1.5),
    "refresh with rotation, ES256": Scenario(Bench.refresh, "ES256", 1.6),
    "UserInfo": Scenario(Bench.userinfo, "RS256", 1.5),
    "introspection": Scenario(Bench.introspection, "RS256", 1.5),
}
"""In this order: a code needs an authorization, a refresh a code. The algorithm is the ID token's."""
