"""A provider that trusts the authorities of a story, at the story's own time."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.http.api.signatures import VALIDATIONS
from keys.validation.revocation import CrlSource
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider
from tests.support.stories import CLOCK, world
from tests.support.trust import trusted

GOOD = world("good")


@pytest.fixture(scope="session", autouse=True)
def _warm(warm_readers: None) -> None:
    """Every story here has documents read."""


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider at the story's present, which trusts the story's root and knows what its authorities publish."""
    trusted(tmp_path, GOOD)
    made = make_provider(tmp_path, StoppedClock(CLOCK["now"].timestamp()))
    made.services.validations.sources = (CrlSource(GOOD.fresh_crls("now")),)
    yield made
    made.services.validations.close()
    made.services.database.dispose()


@dataclass
class Machine:
    """A ministry's system that has documents checked with a token of its own."""

    provider: Provider
    portal: Portal
    token: str

    def post(self, path: str, content: Any = None, **options: Any) -> TestResponse:
        """Send JSON, or whatever the options say."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        sent = {"json": content} if content is not None else {}
        return self.provider.browser().post(path, headers=headers, **sent, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Read."""
        return self.provider.browser().get(path, headers={"Authorization": f"Bearer {self.token}"}, **options)

    def validate(self, document: bytes | str, accept: str = "", **members: Any) -> TestResponse:
        """Have one document checked."""
        text = document if isinstance(document, str) else b64(document)
        headers = {"Accept": accept} if accept else {}
        return self.post(VALIDATIONS, {"document": text, **members}, headers=headers)

    def conclusion(self, document: bytes | str, **members: Any) -> dict[str, Any]:
        """The conclusion of the simple report."""
        answer = self.validate(document, **members)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = (answer.json or {})["validationReport"]["validationConclusion"]
        return found


def b64(octets: bytes) -> str:
    """Base64 with padding."""
    return base64.b64encode(octets).decode()


def machine_of(provider: Provider, scope: str = "signature:validate", **metadata: Any) -> Machine:
    """Register a system and give it a token."""
    portal = provider.portal(
        client_name="Hệ thống một cửa tỉnh Quảng Ninh",
        redirect_uris=[],
        grant_types=["client_credentials"],
        scope=scope,
        **metadata,
    )
    asked = {"grant_type": "client_credentials", "scope": scope, "resource": provider.services.settings.api}
    answer = portal.token(**asked)
    assert answer.status_code == 200, answer.text
    return Machine(provider, portal, (answer.json or {})["access_token"])


@pytest.fixture
def machine(provider: Provider) -> Machine:
    return machine_of(provider)
