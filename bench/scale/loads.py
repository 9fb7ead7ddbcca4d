"""What is asked of an installation of any size: requests of people drawn at random from all who are active in it.

They are spread over the whole range, and a run asks some thousand, so that hardly any is asked about twice.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from bench.figures import percentile
from bench.load import Load, Measured, cpu_seconds, line, run
from bench.peers import REDIRECT_URI, Peer
from bench.scale.people import account_id, cookie, phone, refresh_token
from bench.scale.town import Installation
from bench.scenarios import CHALLENGE, FORM, VERIFIER, basic
from idp.domain import tokens
from idp.domain.authenticators import password
from idp.store import accounts as store

A_SECOND = 3000
"""Requests prepared for each second of a run: more than one core answers of those that are sent only once."""
ACCESS_TOKENS, LOOK_UPS = 2000, 1500
COOKIE = "__Host-motcua_idp_session"


@dataclass
class Loads:
    """Runs one kind of request after the other on one installation.

    Refresh tokens are used once, so their families are drawn without putting back.

    :param share: which part of the families this draws from, of how many: two that ask one installation share none.
    """

    installation: Installation
    peer: Peer
    folder: Path
    seconds: float
    share: tuple[int, int] = (0, 1)
    _draw: random.Random = field(default_factory=lambda: random.Random(4711))
    _families: Iterator[int] = field(init=False)
    _tokens: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        grants = self.installation.town.grants
        part, parts = self.share
        self._families = iter(self._draw.sample(range(grants), grants)[part::parts])

    def measure(self, name: str) -> Measured:
        """Run one kind of request and give what it cost.

        :raises RuntimeError: when answers were refusals: their cost says nothing.
        """
        measured = KINDS[name](self)
        if measured.errors or not measured.requests:
            raise RuntimeError(f"{name}: {measured.errors} errors of {measured.requests} answers at {self.peer.name}")
        return measured

    @property
    def _count(self) -> int:
        return max(1, int(self.seconds * A_SECOND))

    def client_credentials(self) -> Measured:
        """An access token for a portal itself, opaque; its entry in the trail is written."""
        form = {"grant_type": "client_credentials", "scope": "ended:read"}
        return self._run("client_credentials", [self._token(-1, form)])

    def authorize(self) -> Measured:
        """From a random session and its person's agreement to a code."""
        query = {
            "client_id": self.installation.portals[0][0],
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid profile",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        path = f"/authorize?{urlencode(query)}"
        grants = self._draw.sample(
            range(self.installation.town.grants), min(self._count, self.installation.town.grants)
        )
        requests = [line("GET", path, {"Cookie": f"{COOKIE}={cookie(grant)}"}) for grant in grants]
        codes = self.folder / "codes"
        codes.unlink(missing_ok=True)
        measured = self._run("authorize", requests, harvest="code", into=codes)
        if len(codes.read_text().splitlines()) < measured.requests / 2:
            raise RuntimeError("the sessions or agreements that were filled in do not count")
        return measured

    def code(self) -> Measured:
        """A code for tokens: a family begins, the portal joins the session."""
        form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
        codes = (self.folder / "codes").read_text().splitlines()
        return self._run("code", [self._token(0, {**form, "code": code}) for code in codes], once=True)

    def refresh(self) -> Measured:
        """A random family's refresh token for new tokens."""
        grants = [grant for grant, _ in zip(self._families, range(self._count), strict=False)]
        places = len(self.installation.portals)
        forms = [(grant % places, refresh_token(grant)) for grant in grants]
        requests = [self._token(at, {"grant_type": "refresh_token", "refresh_token": token}) for at, token in forms]
        return self._run("refresh", requests, once=True)

    def userinfo(self) -> Measured:
        """The claims of a random person."""
        self._tokens = list(self._access_tokens())
        requests = [line("GET", "/userinfo", {"Authorization": f"Bearer {token}"}) for _, token in self._tokens]
        return self._run("userinfo", requests)

    def introspection(self) -> Measured:
        """Is one of the same access tokens good?"""
        requests = [
            line("POST", "/introspect", {**FORM, **basic(*self.installation.portals[at])}, urlencode({"token": token}))
            for at, token in self._tokens
        ]
        return self._run("introspection", requests)

    def look_up(self) -> Measured:
        """A random active person's name, typed at sign-in: found by its keyed hash, and the password's hash opened.

        In this process, without HTTP and without the hash itself, which would hide all else.
        """
        services, town = self.installation.services, self.installation.town
        numbers = [town.active_account(self._draw.randrange(town.active)) for _ in range(LOOK_UPS)]
        asked = [(account_id(number), phone(number)) for number in numbers]
        waits, own, databases = [], time.process_time(), cpu_seconds(self.peer.databases)
        missed = 0
        for who, number in asked:
            began = time.perf_counter()
            fingerprint = services.sealer.fingerprint(number, "phone")
            found = store.entrance(services.direct, fingerprint, password.KIND)
            missed += found is None or password.opened(services.sealer, who, found.secret) != town.password
            waits.append(1000 * (time.perf_counter() - began))
        spent = time.process_time() - own + cpu_seconds(self.peer.databases) - databases
        return Measured(LOOK_UPS, missed, 1000 * spent / LOOK_UPS, percentile(waits, 0.99))

    def _access_tokens(self) -> Iterator[tuple[int, str]]:
        services, town = self.installation.services, self.installation.town
        for number in self._draw.sample(range(town.grants), min(ACCESS_TOKENS, town.grants)):
            grant, client = town.grant(number), town.portal_of_grant(number)
            yield number % len(town.portals), tokens.access_token(services, client, grant, grant.scopes, ()).text

    def _token(self, place: int, form: dict[str, str]) -> str:
        return line("POST", "/token", {**FORM, **basic(*self.installation.portals[place])}, urlencode(form))

    def _run(
        self, name: str, requests: list[str], *, once: bool = False, harvest: str = "", into: Path | None = None
    ) -> Measured:
        path = self.folder / f"{name}.requests"
        path.write_text("\n".join(requests) + "\n")
        return run(self.peer.port, Load(path, once, harvest, into), self.peer.all_pids, self.seconds)


KINDS: dict[str, Callable[[Loads], Measured]] = {
    "client credentials, opaque": Loads.client_credentials,
    "authorize with a session": Loads.authorize,
    "code exchange, ES256": Loads.code,
    "refresh with rotation, ES256": Loads.refresh,
    "UserInfo": Loads.userinfo,
    "introspection": Loads.introspection,
    "sign-in name looked up": Loads.look_up,
}
"""In this order: a code needs an authorization."""
