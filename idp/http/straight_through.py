"""A visit of ``/authorize`` that ends in a redirect needs no page, so no Flask: the hot half of every sign-in.

The rules are ``protocol``'s, asked once here and, when a page is needed after all, once more by the pages; what asking
twice changes is nothing, or the same thing twice. Whatever is out of the ordinary is left to the pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.urls import iri_to_uri

from idp.domain.sessions import read_session
from idp.http.browser import BROWSER, browser_cookie_name, new_browser_id, set_cookie_header, sign_on_cookie_name
from idp.http.browser_cookie import BrowserCookie
from idp.http.middleware.headers import Headers
from idp.http.middleware.metrics import WHERE
from idp.http.middleware.request_body import REFUSED
from idp.http.steps import page_of
from idp.protocol.authorization import pending as waiting
from idp.protocol.authorization.passes import Passed, first_pass, further_pass
from idp.protocol.exchange import parse_parameters
from idp.services import Services

PATH = "/authorize"
BY_FORM = "response_mode"
SPECIAL = frozenset({BY_FORM, "ui_locales"})
"""Parameters that ask for a page by its form or its language."""


@dataclass(frozen=True, slots=True)
class Names:
    """What our cookies are called here, and whether they are for https alone."""

    session: str
    browser: str
    secure: bool


class Visitor:
    """Who visits, by the cookies they brought; known by the browser's id once that is asked for."""

    def __init__(self, environ: WSGIEnvironment, names: Names, signed: BrowserCookie) -> None:
        self._cookies, self._names, self._signed = _cookies(environ), names, signed
        self.headers: Headers = []

    @property
    def session(self) -> str:
        """The secret name of the sign-on session, empty for none."""
        return self._cookies.get(self._names.session, "")[:200]

    def browser(self) -> str:
        """Give the browser's id; one that is new is written into ``headers``."""
        kept = self._signed.read(self._cookies.get(self._names.browser, ""))
        if BROWSER not in kept:
            kept[BROWSER] = new_browser_id()
            value = self._signed.dumps(kept)
            self.headers = [set_cookie_header(self._names.browser, value, self._names.secure)]
        return str(kept[BROWSER])


def straight_through(services: Services, signed: BrowserCookie, pages: WSGIApplication) -> WSGIApplication:
    """Answer a GET of ``/authorize`` by a redirect where it takes no more; leave everything else to ``pages``.

    :param signed: reads and writes the browser's cookie, as the pages do.
    """
    secure = services.settings.secure
    names = Names(sign_on_cookie_name(secure), browser_cookie_name(secure), secure)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _is_plain(environ):
            return pages(environ, start_response)
        visitor = Visitor(environ, names, signed)
        passed = _passed(services, environ, visitor)
        if passed is None:
            return pages(environ, start_response)
        location = (
            page_of(passed.step, passed.pending_id, environ["SCRIPT_NAME"])
            if passed.answer is None
            else passed.answer.location
        )
        environ[WHERE] = "authorize.authorize"
        # A native application's own scheme may lead on beyond ASCII; a header may not.
        uri = location if location.isascii() else iri_to_uri(location)
        headers = [("Location", uri), ("Content-Length", "0"), ("Vary", "Cookie"), *visitor.headers]
        start_response("303 See Other", headers)
        return ()

    return answer


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Tell whether it may need no page at all: a GET of ``/authorize``."""
    return environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "GET" and REFUSED not in environ


def _passed(services: Services, environ: WSGIEnvironment, visitor: Visitor) -> Passed | None:
    try:
        parameters = parse_parameters(environ.get("QUERY_STRING", "").encode("latin-1"))
        if "pending" in parameters:
            return _further(services, parameters["pending"], visitor)
        if parameters.keys() & SPECIAL:
            return None
        session = read_session(services, visitor.session, parameters.get("client_id", ""))
        return first_pass(services, parameters, session, visitor.browser, environ.get("REMOTE_ADDR", ""))
    except Exception:  # whatever it is, the pages meet it again, and they alone turn errors into answers
        return None


def _further(services: Services, pending_id: str, visitor: Visitor) -> Passed | None:
    pending = waiting.find(services, pending_id, visitor.browser())
    if BY_FORM in pending.parameters:
        return None
    session = read_session(services, visitor.session, pending.parameters.get("client_id", ""))
    return further_pass(services, pending, session)


def _cookies(environ: WSGIEnvironment) -> dict[str, str]:
    """Give the cookies; ours hold nothing that needs unquoting, and of one name the first counts (RFC 6265 §5.4)."""
    found: dict[str, str] = {}
    for pair in environ.get("HTTP_COOKIE", "").split(";"):
        name, _, value = pair.strip().partition("=")
        found.setdefault(name, value)
    return found
