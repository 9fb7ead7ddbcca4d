"""The console before a real provider that has an authority, and administrators who walk through its pages."""

import html
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clients.console.application import console_application, console_settings
from clients.console.views import SCOPE
from clients.kit.records.database import db
from idp.domain.agencies import load_built_in
from tests.support.browser import NAVIGATION
from tests.support.certificates import OPERATOR, Office, Owner
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider
from tests.support.walking import Person, Serving

CONSOLE = "http://localhost:8009"
CENTRAL = ("administrator", "central_administrator")


@pytest.fixture
def real(tmp_path: Path, clock: StoppedClock) -> Iterator[Provider]:
    """The real provider, answering HTTP on loopback."""
    serving = Serving()
    made = make_provider(tmp_path / "idp", clock, f"sqlite:///{tmp_path / 'idp.sqlite'}", issuer=serving.address)
    load_built_in(made.services, actor=OPERATOR)
    serving.app = made.application
    yield made
    serving.stop()
    made.services.database.dispose()


@pytest.fixture
def office(real: Provider) -> Office:
    """The provider's authority."""
    return Office(real.services)


@pytest.fixture
def khai(office: Office) -> Owner:
    """A citizen with a certificate."""
    return office.owner()


@pytest.fixture
def registered(real: Provider) -> Portal:
    """The console as an administrator registered it."""
    return real.portal(
        agency="G22",
        client_name="Bảng điều khiển quản trị",
        redirect_uris=[f"{CONSOLE}/callback"],
        post_logout_redirect_uris=[f"{CONSOLE}/logged-out"],
        backchannel_logout_uri=f"{CONSOLE}/backchannel-logout",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scope=f"{SCOPE} ended:read",
    )


@pytest.fixture
def app(real: Provider, registered: Portal, tmp_path: Path, migrated: Path, clock: StoppedClock) -> Iterator[Flask]:
    """The console."""
    secret = tmp_path / "console.secret"
    secret.write_text(registered.secret or "")
    shutil.copy(migrated, tmp_path / "console.sqlite")
    given = {
        "demo": True,
        "home": tmp_path,
        "issuer": real.services.settings.issuer,
        "url": CONSOLE,
        "client_id": registered.id,
        "client_secret_file": secret,
        "follow_ended": False,
    }
    made = console_application(console_settings(**given), clock)
    yield made
    with made.app_context():
        db.engine.dispose()


class Administrator(Person):
    """Somebody before the console's pages."""

    def see(self, path: str) -> TestResponse:
        """Open a page of the console."""
        return self.open(f"{CONSOLE}{path}")

    def press(self, page: TestResponse, action: str, **fields: str) -> TestResponse:
        """Send the form of ``page`` that goes to ``action``, and follow wherever that leads."""
        assert f'action="{action}"' in page.text, f"{action} is no form of the page"
        return self._send_with_token(page, action, **fields)

    def press_anyway(self, path: str, action: str, **fields: str) -> TestResponse:
        """Send a form that the page at ``path`` does not offer, with the token of one that it does."""
        return self._send_with_token(self.see(path), action, **fields)

    def _send_with_token(self, page: TestResponse, action: str, **fields: str) -> TestResponse:
        token = re.search(r"name=\"csrf_token\" value=\"([^\"]+)\"", page.text)
        assert token
        return self.send(action, csrf_token=token[1], **fields)

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send a form, of a page or not."""
        headers = {**NAVIGATION, "Sec-Fetch-Site": "same-origin"}
        answer = self.at_portals[CONSOLE].post(path, data=fields, headers=headers)
        return self.see(answer.location) if answer.status_code in (302, 303) else answer


@pytest.fixture
def enter(real: Provider, app: Flask) -> Callable[..., Administrator]:
    """Lets somebody in at the provider, by default a central administrator, and puts them before the console."""

    def enter(*roles: str, agency: str | None = "G22", **columns: Any) -> Administrator:
        one = Administrator(
            real,
            "password",
            "totp",
            kind="official",
            agency=agency,
            roles=roles or CENTRAL,
            name="Đỗ An Khang",
            **columns,
        )
        one.enter(app)
        return one

    return enter


@pytest.fixture
def central(enter: Callable[..., Administrator]) -> Administrator:
    """A central administrator."""
    return enter()


def words_of(page: TestResponse) -> str:
    """Give what a page says, without its tags."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())
