"""A whole provider in the test's own process, and a browser and a portal that speak HTTP to it.

Nothing is reached around HTTP but what a test prepares: a person with an open session, a registered client.
"""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from idp.domain import registration, sessions
from idp.domain.clients import Client
from idp.domain.key_rotation import rotate_keys
from idp.domain.profile import SealedColumns, name_fingerprint
from idp.http.provider import provider_application
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store.accounts import AccountRow
from idp.store.accounts import add as add_account
from keys.jose import parse
from tests.support.clock import StoppedClock
from tests.support.keys import ready_made_keys
from tests.support.tables import make_tables

VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-x"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "https://portal.example/callback"
PASSWORD_FACTOR = {"kind": "password", "at": 0}


@dataclass
class Portal:
    """A registered client as its engineer sees it."""

    provider: "Provider"
    client: Client
    secret: str | None

    @property
    def id(self) -> str:
        """Its client_id."""
        return self.client.client_id

    def basic(self) -> dict[str, str]:
        """The header of ``client_secret_basic``."""
        return {"Authorization": basic(self.id, self.secret or "")}

    def request(self, **changed: str | None) -> dict[str, str]:
        """The parameters of an ordinary authorization request, with changes; None leaves one out."""
        usual = {
            "client_id": self.id,
            "redirect_uri": self.client.redirect_uris[0] if self.client.redirect_uris else CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**usual, **changed}.items() if value is not None}

    def token(self, headers: Mapping[str, str] | None = None, **form: str) -> TestResponse:
        """POST to the token endpoint, authenticated as registered unless other headers are given."""
        if headers is None:
            headers = self.basic() if self.client.auth_method == "client_secret_basic" else {}
        return self.provider.browser().post("/token", data=form, headers=dict(headers))

    def redeem(self, code: str, **changed: str) -> TestResponse:
        """Exchange a code for tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": VERIFIER,
        }
        if self.client.public:
            form["client_id"] = self.id
        return self.token(**{name: value for name, value in {**form, **changed}.items() if value})

    def tokens(self, browser: Browser, **changed: str | None) -> dict[str, Any]:
        """Sign in with a browser that has a session and agreed; gives the token response."""
        answer = answer_of(browser.get("/authorize", query_string=self.request(**changed)))
        response = self.redeem(answer["code"])
        assert response.status_code == 200, response.text
        return dict(response.json or {})

    def refresh(self, refresh_token: str, **changed: str) -> TestResponse:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **changed)

    def introspect(self, token: str) -> dict[str, Any]:
        """Ask the provider about a token."""
        response = self.provider.browser().post("/introspect", data={"token": token}, headers=self.basic())
        assert response.status_code == 200, response.text
        return dict(response.json or {})


@dataclass
class Provider:
    """The provider under test."""

    services: Services
    application: Any
    clock: StoppedClock
    people: list[str] = field(default_factory=list)

    def browser(self) -> Browser:
        """A new browser without cookies."""
        return Browser(self.application)

    def person(self, name: str = "Nguyễn Thị Hồng Ánh", *, level: int = 2, **columns: Any) -> str:
        """Add an account; gives its id."""
        account_id, now = str(uuid.uuid4()), self.services.now()
        sealed = SealedColumns(self.services.sealer, account_id)
        row = AccountRow(
            id=account_id,
            state="active",
            identity_level=level,
            name_sealed=sealed.seal(name, "name") or b"",
            name_fingerprint=name_fingerprint(self.services.sealer, name),
            created_at=now,
            updated_at=now,
            **{"kind": "citizen", **columns},
        )
        with self.services.database.write() as connection:
            add_account(connection, row)
        self.people.append(account_id)
        return account_id

    def portal(self, *, first_party: bool = True, agency: str | None = None, **metadata: Any) -> Portal:
        """Register a client, by default a first-party portal that may refresh."""
        whole = {
            "client_name": "Cổng dịch vụ công thử nghiệm",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile email phone address citizen offline_access",
            "legal_basis": "274/QĐ-TTg",
            **metadata,
        }
        registered = registration.register(
            self.services,
            {name: value for name, value in whole.items() if value is not None},
            actor=("operator", "test"),
            by_administrator=True,
            first_party=first_party,
            agency=agency,
        )
        return Portal(self, registered.client, registered.client_secret)

    def signed_in(self, account_id: str, *kinds: str) -> Browser:
        """A browser with a session of that account, opened just now with these factors (a password by default)."""
        factors = [{"kind": kind, "at": self.services.now()} for kind in kinds or ("password",)]
        _, cookie = sessions.open_session(self.services, account_id, factors)
        browser = self.browser()
        browser.set_cookie("motcua_idp_session", cookie, domain="localhost")
        return browser


def make_provider(
    home: Path, clock: StoppedClock, database_url: str = "sqlite:///:memory:", **settings: Any
) -> Provider:
    """Make a provider with empty tables and keys."""
    whole = Settings(home=home, database_url=database_url, demo=settings.pop("demo", True), **settings)
    services = make_services(whole, clock)
    make_tables(services.database)
    with ready_made_keys():
        rotate_keys(services)
    return Provider(services, provider_application(services), clock)


def answer_of(response: TestResponse) -> dict[str, str]:
    """Give the parameters of an answer that was sent to the portal by redirect."""
    assert response.status_code in (302, 303), response.text
    parts = urlsplit(response.headers["Location"])
    assert parts.hostname
    assert not parts.path.startswith(("/signin", "/consent")), response.headers["Location"]
    return dict(parse_qsl(parts.fragment or parts.query))


def claims_of(token: str) -> dict[str, Any]:
    """Give the claims of a JWT without checking it."""
    return parse(token).claims


def basic(client_id: str, secret: str) -> str:
    """Give the value of ``Authorization`` for HTTP Basic, halves form-urlencoded (RFC 6749 §2.3.1)."""
    pair = "&".join(urlencode({name: ""})[:-1] for name in (client_id, secret)).replace("&", ":")
    return "Basic " + base64.b64encode(pair.encode()).decode()


def random_state() -> str:
    """Give a fresh state or nonce."""
    return secrets.token_urlsafe(12)
