"""One line of the log for each request: what was asked, by whom, how it ended, how long it took.

Never the query (it may hold a code, a token or a name), never a cookie, never a body, and of an address that holds
something only its pattern.
"""

from collections.abc import Iterable
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.http.middleware.headers import Headers, Write
from idp.logging import log_request

LOGGED_PATH = "motcua.logged_path"
"""Key in the environment: the pattern of an address that holds something which no log should keep."""
_LONGEST_PATH = 200


def access_log(application: WSGIApplication) -> WSGIApplication:
    """Write one line for each request once its answer is ready."""

    def logged(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        outcome = ["000"]

        def start(status: str, headers: Headers, exc_info: Any = None, /) -> Write:
            outcome[0] = status[:3]
            return start_response(status, headers, exc_info)

        try:
            return application(environ, start)
        finally:
            caller = environ.get("REMOTE_ADDR", "")
            seconds = perf_counter() - began
            log_request(environ["REQUEST_METHOD"][:20], readable_path(environ), outcome[0], seconds, caller)

    return logged


def readable_path(environ: WSGIEnvironment) -> str:
    """Give the path as text, cut to a sane length; WSGI carries UTF-8 bytes as Latin-1 (PEP 3333)."""
    if pattern := environ.get(LOGGED_PATH):
        return str(pattern)
    path = str(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))[:_LONGEST_PATH]
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")
