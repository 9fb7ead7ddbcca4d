"""A browser for tests without one: keeps cookies at a portal and goes to the fake provider when it is sent there."""

import html
import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.fake_provider import FakeProvider

NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}


class Browser:
    """One browser at one portal."""

    def __init__(self, app: Flask, provider: FakeProvider) -> None:
        self.client = app.test_client()
        self.provider = provider
        self.path = urlsplit(app.extensions["motcua_relying_party"].settings.url).path

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for one page as a script would, and go nowhere by itself."""
        return self.client.get(path, headers=headers)

    def open(self, path: str) -> TestResponse:
        """Open a page in a tab and follow wherever the browser is sent, to the provider and back too."""
        return self.follow(self.client.get(path, headers=NAVIGATION))

    def follow(self, response: TestResponse) -> TestResponse:
        """Follow redirects, at most ten."""
        for _ in range(10):
            if response.status_code not in (302, 303):
                return response
            response = self.client.get(self.step(response.location), headers=NAVIGATION)
        raise AssertionError("the browser is sent in circles")

    def step(self, address: str) -> str:
        """Give the portal's path that an address ends at, by way of the provider where it leads there."""
        if address.startswith(f"{self.provider.issuer}/authorize"):
            address = self.provider.authorize(address)
        assert not address.startswith(self.provider.issuer), address
        parts = urlsplit(address)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def sign_in(self, target: str = "/me") -> TestResponse:
        """Sign in by the button and land on ``target``."""
        return self.follow(self.client.get(f"{self.path}/login?next={target}", headers=NAVIGATION))

    def press(self, page: TestResponse, action: str, **fields: Any) -> TestResponse:
        """Send the form of ``page`` that goes to ``action``."""
        assert f'action="{action}"' in page.text
        return self.press_to(action, page, **fields)

    def press_to(self, action: str, page: TestResponse, **fields: Any) -> TestResponse:
        """Send fields to ``action`` with the form token of ``page``."""
        token = re.search(r"name=\"csrf_token\" value=\"([^\"]+)\"", page.text)
        assert token, "the page has no form"
        headers = {**NAVIGATION, "Sec-Fetch-Site": "same-origin"}
        return self.client.post(action, data={"csrf_token": token[1], **fields}, headers=headers)

    def kept_fields(self, page: TestResponse) -> dict[str, list[str]]:
        """Give the fields of the hidden text areas of ``page`` as a browser would send them."""
        kept: dict[str, list[str]] = {}
        for name, value in re.findall(r"<textarea name=\"([^\"]+)\" hidden>\n(.*?)</textarea>", page.text, re.DOTALL):
            kept.setdefault(name, []).append(html.unescape(value))
        return kept

    def cookie(self, name: str = "motcua-national") -> str | None:
        """Give a cookie's value."""
        found = self.client.get_cookie(name)
        return found.value if found else None
