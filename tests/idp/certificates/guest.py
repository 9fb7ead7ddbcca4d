"""Somebody at the sign-in page with a certificate, in a browser whose script does what the page's script does."""

import re
from typing import Any, Self

from lxml import html
from werkzeug.test import TestResponse

from tests.support.certificates import Owner, prove
from tests.support.provider import Portal, Provider

SAME_SITE = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}


class Guest:
    """One browser at ``/signin/certificate``."""

    def __init__(self, provider: Provider, browser: Any = None) -> None:
        self.provider = provider
        self.browser = browser or provider.browser()
        self.query: dict[str, str] = {}
        self.csrf = ""
        self.response: TestResponse

    def sent_by(self, portal: Portal, **changed: str) -> Self:
        """Come from a portal that asks for a sign-in."""
        response = self.browser.get("/authorize", query_string=portal.request(**changed))
        found = re.search(r"pending=([\w-]+)", response.headers["Location"])
        assert found, response.headers["Location"]
        self.query = {"pending": found[1]}
        return self

    def opens(self) -> Self:
        """Open the page."""
        self.response = self.browser.get("/signin/certificate", query_string=self.query, headers=SAME_SITE)
        assert self.response.status_code == 200, self.response.text
        found = html.fromstring(self.response.text).xpath("//form[@id='proof-form']//input[@name='csrf_token']")
        self.csrf = str(found[0].get("value"))
        return self

    def challenge(self) -> dict[str, Any]:
        """Get something to sign."""
        if not self.csrf:
            self.opens()
        headers = {**SAME_SITE, "X-CSRFToken": self.csrf}
        response = self.browser.post("/signin/certificate/challenge", query_string=self.query, headers=headers)
        assert response.status_code == 200, response.text
        return dict(response.json or {})

    def shows(self, proof: str) -> Self:
        """Send a proof."""
        form = {"proof": proof, "csrf_token": self.csrf}
        self.response = self.browser.post("/signin/certificate", query_string=self.query, data=form, headers=SAME_SITE)
        return self

    def signs_in(self, owner: Owner) -> Self:
        """Do all of it."""
        return self.shows(prove(owner, self.challenge()))

    @property
    def is_in(self) -> bool:
        """Whether the browser has a session."""
        return self.browser.get("/account").status_code == 200

    @property
    def words(self) -> str:
        """What the page refused with."""
        found = html.fromstring(self.response.text).xpath("//*[@role='alert']")
        assert found, self.response.text
        return " ".join(found[0].text_content().split())
