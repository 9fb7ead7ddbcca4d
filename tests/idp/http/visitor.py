"""A person at the provider's pages: reads them, follows their links, fills their forms and presses their buttons.

Only what stands on a page can be used, as in a browser without JavaScript; cookies and redirects are kept and followed.
"""

from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import lxml.html
from werkzeug.test import Client, TestResponse


class Visitor:
    """One person with one browser.

    :param origin: where the provider is; a redirect that leads elsewhere is not followed, it is where the person left.
    """

    def __init__(self, browser: Client, origin: str = "http://localhost:8000") -> None:
        self.browser = browser
        self.origin = origin
        self.response: TestResponse
        self.path = "/"
        self.left_for = ""
        """The address outside the provider that the browser was sent to last."""

    def open(self, path: str, **query: str) -> Self:
        """Open an address of the provider."""
        return self._arrive(self.browser.get(path, query_string=query or None, headers={"Accept-Language": "vi"}), path)

    def follow(self, words: str) -> Self:
        """Follow the link with these words."""
        (link,) = (link for link in self._document.iter("a") if _words(link) == words)
        return self.open(str(link.get("href")))

    def press(self, words: str, nth: int = 0, **fields: Any) -> Self:
        """Fill the form that has this button, and press it; a list ticks just these boxes."""
        buttons = [button for button in self._document.iter("button") if _words(button) == words]
        button = buttons[nth]
        form = next(ancestor for ancestor in button.iterancestors("form"))
        filled = [(name, value) for name, value in form.form_values() if name not in fields]
        for name, value in fields.items():
            assert name in form.fields, f"no field {name!r} on this page"
            filled += [(name, each) for each in (value if isinstance(value, list) else [value])]
        if button.get("name"):
            filled.append((str(button.get("name")), str(button.get("value", ""))))
        action = form.get("action") or self.path
        data: dict[str, list[str]] = {}
        for name, value in filled:
            data.setdefault(name, []).append(value)
        return self._arrive(self.browser.post(action, data=data, headers={"Sec-Fetch-Site": "same-origin"}), action)

    def _arrive(self, response: TestResponse, path: str) -> Self:
        """Go where the browser is sent, at most ten times, until a page comes or the provider is left."""
        self.left_for = ""
        for _ in range(10):
            if response.status_code not in (302, 303):
                self.response, self.path = response, path
                return self
            target = response.headers["Location"].removeprefix(self.origin)
            if not target.startswith("/"):
                self.response, self.left_for = response, target
                return self
            path = target
            response = self.browser.get(path, headers={"Accept-Language": "vi"})
        raise AssertionError("the browser is sent in circles")

    @property
    def text(self) -> str:
        """The words of the page, as read."""
        return " ".join(self._document.find(".//main").text_content().split())

    @property
    def title(self) -> str:
        """The heading of the page."""
        return _words(self._document.find(".//h1"))

    @property
    def errors(self) -> list[str]:
        """What the page complains of, field by field."""
        return [_words(each) for each in self._document.find_class("form-error")]

    @property
    def answer(self) -> dict[str, str]:
        """The parameters that the portal got when the provider was left for it."""
        parts = urlsplit(self.left_for)
        return dict(parse_qsl(parts.fragment or parts.query))

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the page's main form."""
        form = next(form for form in self._document.forms if form.getparent().tag != "nav")
        return dict(form.fields)

    @property
    def _document(self) -> Any:
        return lxml.html.fromstring(self.response.text)


def _words(element: Any) -> str:
    return " ".join(element.text_content().split())
