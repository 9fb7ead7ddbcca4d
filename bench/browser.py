"""Signs people in as browsers do: the portal's request, the page, the form with name and password, back with a code.

Follows whatever pages a peer has by what every one of them has: redirections and one form with a password in it.
"""

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.peers import REDIRECT_URI

KEPT = frozenset({"motcua_idp_device"})
"""Cookies of the browser itself: somebody who comes again tomorrow has no session, and the same browser."""
STEPS = 12
"""Requests after which a flow goes in circles."""


class DidNotSignIn(Exception):
    """A flow ended without a code."""


class AskedToWait(Exception):
    """Too many sign in at this moment; the same person comes again a little later."""


class PasswordForm(HTMLParser):
    """The form of a page that has a field for a password: where it is sent, its hidden fields, its name field."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.name_field = self.password_field = ""
        self._found = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect the fields until the form with the password is over."""
        given = {name: value or "" for name, value in attributes}
        if self._found:
            return
        if tag == "form":
            self.action, self.fields = given.get("action", ""), {}
        elif tag == "input" and given.get("type") == "password":
            self.password_field = given["name"]
        elif tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "input" and not self.password_field and given.get("type", "text") in ("text", "email", "tel"):
            self.name_field = given.get("name", "")

    def handle_endtag(self, tag: str) -> None:
        """Stop at the end of the form with the password."""
        self._found = self._found or (tag == "form" and bool(self.password_field))


@dataclass
class Browser:
    """One person's browser. Each sign-in has a connection of its own, kept open for its steps.

    :param authorize: the path and query of the portal's request.
    """

    port: int
    authorize: str
    name: str
    password: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def sign_in(self) -> float:
        """Sign in anew and give the seconds it took, from the portal's request to the code.

        :raises DidNotSignIn: naming the answer that led nowhere.
        :raises AskedToWait: when too many are signing in.
        """
        try:
            return self._sign_in()
        finally:
            self._connection.close()

    def _sign_in(self) -> float:
        self.cookies = {name: value for name, value in self.cookies.items() if name in KEPT}
        began, path, form = time.perf_counter(), self.authorize, None
        for _ in range(STEPS):
            status, location, page = self._ask(path, form)
            form = None
            if location.startswith(REDIRECT_URI):
                if "code" not in parse_qs(urlsplit(location).query):
                    raise DidNotSignIn(location)
                return time.perf_counter() - began
            if location:
                path = _here(location)
                continue
            if status == 503:
                raise AskedToWait
            shown = PasswordForm(page)
            if status != 200 or not shown.password_field:
                raise DidNotSignIn(f"{status} at {path}")
            path = _here(shown.action) or path
            form = {**shown.fields, shown.name_field: self.name, shown.password_field: self.password}
        raise DidNotSignIn("in circles")

    def _ask(self, path: str, form: Mapping[str, str] | None) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if form is None else urlencode(form)
        self._connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), page


def _here(address: str) -> str:
    """Give an address of the provider's as path and query, whatever it calls itself."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
