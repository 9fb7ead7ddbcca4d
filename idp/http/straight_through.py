"""A person who is signed in and has agreed passes ``/authorize`` without a page, so without Flask: the hot half of it.

The rules are the dispatcher's, asked once here and, when a page is needed after all, once more by the pages; asking
changes nothing until an answer is due. Whatever is out of the ordinary is left to the pages.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.domain.sessions import read_session
from idp.http.browser import sign_on_cookie_name
from idp.http.middleware.metrics import WHERE
from idp.protocol.authorization.answer import Answer
from idp.protocol.authorization.decision import Progress
from idp.protocol.authorization.dispatcher import dispatch
from idp.protocol.exchange import parse_parameters
from idp.services import Services

PATH = "/authorize"
SPECIAL = frozenset({"pending", "response_mode", "ui_locales"})
"""Parameters that ask for a page by its form or its language, or name a request that waits."""


def straight_through(services: Services, pages: WSGIApplication) -> WSGIApplication:
    """Answer a GET of ``/authorize`` that needs no page; leave everything else to ``pages``."""
    cookie_name = sign_on_cookie_name(services.settings.secure)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        cookie = _cookie(environ, cookie_name) if _is_plain(environ) else ""
        found = _answer(services, environ, cookie) if cookie else None
        if found is None:
            return pages(environ, start_response)
        environ[WHERE] = "authorize.authorize"
        start_response("303 See Other", [("Location", found.location), ("Content-Length", "0")])
        return ()

    return answer


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Tell whether it may need no page at all: a GET of ``/authorize``."""
    return (environ["PATH_INFO"], environ["REQUEST_METHOD"]) == (PATH, "GET")


def _answer(services: Services, environ: WSGIEnvironment, cookie: str) -> Answer | None:
    try:
        parameters = parse_parameters(environ.get("QUERY_STRING", "").encode("latin-1"))
        if parameters.keys() & SPECIAL:
            return None
        session = read_session(services, cookie, parameters.get("client_id", ""))
        return dispatch(services, parameters, session, Progress()).answer if session else None
    except Exception:  # whatever it is, the pages meet it again, and they alone turn errors into answers
        return None


def _cookie(environ: WSGIEnvironment, name: str) -> str:
    """Give a cookie's value; ours are random names that need no unquoting (RFC 6265 §4.2)."""
    for pair in environ.get("HTTP_COOKIE", "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return str(value)[:200]
    return ""
