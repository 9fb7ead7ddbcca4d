"""A provider, a console registered by an administrator, and administrators who call the API with its tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.domain.release import administration_scopes
from idp.settings import Settings
from idp.store import audit_trail
from idp.store.audit import Entry
from tests.support.provider import Portal, Provider

RIGHTS = " ".join(sorted(administration_scopes()))
BOTH = ("administrator", "central_administrator")


@dataclass
class Caller:
    """Somebody who calls the API with one access token."""

    provider: Provider
    token: str
    account: str = ""

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """Call."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.provider.browser().open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Read."""
        return self.call("GET", path, **options)

    def post(self, path: str, content: Any, **options: Any) -> TestResponse:
        """Send JSON."""
        return self.call("POST", path, json=content, **options)


@pytest.fixture
def settings(provider: Provider) -> Settings:
    return provider.services.settings


@pytest.fixture
def console(provider: Provider) -> Portal:
    return provider.portal(
        client_name="Bảng điều khiển quản trị", agency="G22", scope=f"openid profile official {RIGHTS}"
    )


@pytest.fixture
def enter(provider: Provider, console: Portal) -> Callable[..., Caller]:
    """Signs an official in at the console, two factors by default, and gives them an access token for the API."""

    def enter(
        *roles: str,
        agency: str | None = "G22",
        factors: tuple[str, ...] = ("password", "totp"),
        scope: str = RIGHTS,
        at: Portal = console,
        **request: str,
    ) -> Caller:
        account = provider.person("Đỗ An Khang", kind="official", agency=agency, roles=roles or BOTH)
        asked = {"scope": f"openid {scope}", "resource": provider.services.settings.api, **request}
        tokens = at.tokens(provider.signed_in(account, *factors), **asked)
        return Caller(provider, tokens["access_token"], account)

    return enter


@pytest.fixture
def central(enter: Callable[..., Caller]) -> Caller:
    """An administrator whose acts are not limited to an agency."""
    return enter()


@pytest.fixture
def of_h49(enter: Callable[..., Caller]) -> Caller:
    """An administrator of Quảng Ninh."""
    return enter("administrator", agency="H49")


@pytest.fixture
def trail(provider: Provider) -> Callable[[str], list[Entry]]:
    """Gives the entries of one action in the audit trail."""

    def read(action: str) -> list[Entry]:
        with provider.services.database.read() as connection:
            rows = audit_trail.unnumbered(connection, 1000)
        return [entry for entry in rows if entry.action == action]

    return read
