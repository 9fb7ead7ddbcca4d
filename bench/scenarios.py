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


@dataclass
class Bench:
    """One peer under load, with a folder for what its answers yield."""

    peer: Peer
    folder: Path
    seconds: float

    def measure(self, name: str) -> Measured:
        """Run one scenario and give what it cost."""
        make: Callable[[], Load] = getattr(self, name)
        return run(self.peer.port, make(), self.peer.all_pids, self.seconds)

    def discovery(self) -> Load:
        """The configuration document."""
        return self._load("discovery", [line("GET", "/.well-known/openid-configuration", {})])

    def jwks(self) -> Load:
        """The key set."""
        return self._load("jwks", [line("GET", self.peer.paths["jwks"], {})])

    def client_credentials(self) -> Load:
        """An access token for the client itself, an ES256 JWT."""
        form = {"grant_type": "client_credentials", "scope": "ended:read"}
        if self.peer.name == "oidc-provider":
            form = {"grant_type": "client_credentials", "scope": "api:read", "resource": "https://api.example/es256"}
        return self._load("client_credentials", [self._token_request(form)])

    def authorize(self) -> Load:
        """From a live session to a code, no page in between."""
        query = {
            "client_id": self.peer.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid profile",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        path = f"{self.peer.paths['authorize']}?{urlencode(query)}"
        into = self._fresh("codes")
        return self._load("authorize", [line("GET", path, {"Cookie": self.peer.cookie})], harvest="code", into=into)

    def code(self) -> Load:
        """A code for an ID token, an access token and a rotating refresh token."""
        form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
        requests = [self._token_request({**form, "code": code}) for code in self._lines("codes")]
        return self._load("code", requests, once=True, harvest="tokens", into=self._fresh("tokens"))

    def refresh(self) -> Load:
        """A refresh token for new tokens, rotated."""
        tokens = [each.split("\t")[0] for each in self._lines("tokens")]
        requests = [self._token_request({"grant_type": "refresh_token", "refresh_token": token}) for token in tokens]
        return self._load("refresh", requests, once=True)

    def userinfo(self) -> Load:
        """The claims behind an access token."""
        token = next(self._lines("tokens")).split("\t")[1]
        return self._load("userinfo", [line("GET", self.peer.paths["userinfo"], {"Authorization": f"Bearer {token}"})])

    def introspection(self) -> Load:
        """Is this access token good?"""
        token = next(self._lines("tokens")).split("\t")[1]
        request = line("POST", self.peer.paths["introspect"], {**FORM, **self._basic()}, urlencode({"token": token}))
        return self._load("introspection", [request])

    def _token_request(self, form: dict[str, str]) -> str:
        return line("POST", self.peer.paths["token"], {**FORM, **self._basic()}, urlencode(form))

    def _basic(self) -> dict[str, str]:
        pair = f"{quote(self.peer.client_id, safe='')}:{quote(self.peer.client_secret, safe='')}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

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


SCENARIOS = ("discovery", "jwks", "client_credentials", "authorize", "code", "refresh", "userinfo", "introspection")
"""In this order: a code needs an authorization, a refresh a code."""

AT_LEAST = {
    "discovery": 2.0,
    "jwks": 2.0,
    "client_credentials": 1.5,
    "authorize": 1.8,
    "code": 1.4,
    "refresh": 1.6,
    "userinfo": 1.5,
    "introspection": 1.5,
}
"""How many times cheaper than the peer each should be, CPU per request, ID tokens RS256."""
