"""The WSGI front: machine endpoints are answered here, before Flask; everything else is handed on.

Owns finding the endpoint, methods (RFC 9110 §9), reading the body, and putting a ``Reply`` on the wire. The rules
are in ``idp.protocol``, the shape of errors in ``idp.http.responses``. This is the hot path: nothing is done twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.http.middleware.access_log import LOGGED_PATH
from idp.http.middleware.metrics import WHERE
from idp.http.middleware.request_body import REFUSED
from idp.http.responses import machine_error, refused_body, wrong_method
from idp.protocol.exchange import MachineRequest, Reply

WITHOUT_LENGTH = frozenset({204, 304})
"""Answers that have no content by their nature: a length would speak of something else (RFC 9110 §8.6)."""
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Manner:
    """How an endpoint says that something is wrong: an exception, a method it does not take, a body that was refused."""

    error: Callable[[Exception], Reply] = machine_error
    wrong_method: Callable[[str], Reply] = wrong_method
    refused_body: Callable[[int], Reply] = refused_body


OAUTH = Manner()
"""RFC 6749 §5.2 and RFC 6750 §3: what the endpoints of the protocol answer."""

Find = Callable[[str], "tuple[str, Endpoint] | None"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One machine endpoint: what answers it, the methods it takes, whether other origins' scripts may call it.

    GET brings HEAD with it, and every endpoint answers OPTIONS.
    """

    handler: Callable[[MachineRequest], Reply]
    methods: tuple[str, ...] = ("POST",)
    cross_origin: bool = False
    manner: Manner = OAUTH

    @property
    def allow(self) -> str:
        """The value of ``Allow`` (RFC 9110 §10.2.1)."""
        head = ("HEAD",) if "GET" in self.methods else ()
        return ", ".join((*self.methods, *head, "OPTIONS"))


@cache
def _key_of(name: str) -> str:
    """Give the key of a header field; only names that we ask for come here, so they are few."""
    return RequestHeaders._BARE.get(name) or "HTTP_" + name.upper().replace("-", "_")


class RequestHeaders(Mapping[str, str]):
    """Header fields by lower-case name, looked up in the environment when asked for and not before."""

    __slots__ = ("_environ",)
    _BARE = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return str(self._environ[_key_of(name)])

    def get(self, name: str, default: Any = None) -> Any:
        """Give a header's value; the mapping's own way raises and catches for every header that was not sent."""
        return self._environ.get(_key_of(name), default)

    def __iter__(self) -> Iterator[str]:
        yield from (name for name, key in self._BARE.items() if key in self._environ)
        yield from (key[5:].lower().replace("_", "-") for key in self._environ if key.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _nowhere(_path: str) -> None:
    return None


def front(endpoints: Mapping[str, Endpoint], pages: WSGIApplication, find: Find = _nowhere) -> WSGIApplication:
    """Answer the paths in ``endpoints``, and those that ``find`` knows a name and an endpoint for; leave the rest to ``pages``."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        endpoint, where = endpoints.get(path), path
        if endpoint is None:
            found = find(path)
            if found is None:
                return pages(environ, start_response)
            where, endpoint = found
            environ[LOGGED_PATH] = environ.get("SCRIPT_NAME", "") + where
        environ[WHERE] = where
        reply = _reply(endpoint, environ)
        length = () if reply.status in WITHOUT_LENGTH else (("Content-Length", str(len(reply.body))),)
        headers = [*reply.headers, *length]
        start_response(STATUS_LINES[reply.status], headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (reply.body,)

    return answer


def _reply(endpoint: Endpoint, environ: WSGIEnvironment) -> Reply:
    """Ask the endpoint, and turn whatever it raises into the error that the caller may see."""
    method = environ["REQUEST_METHOD"]
    if method not in endpoint.methods and not (method == "HEAD" and "GET" in endpoint.methods):
        allowed = Reply(204, b"", (("Allow", endpoint.allow),))
        return allowed if method == "OPTIONS" else endpoint.manner.wrong_method(endpoint.allow)
    if REFUSED in environ:
        return endpoint.manner.refused_body(environ[REFUSED])
    try:
        return endpoint.handler(_request(method, environ))
    except Exception as error:
        return endpoint.manner.error(error)


def _request(method: str, environ: WSGIEnvironment) -> MachineRequest:
    length = environ.get("CONTENT_LENGTH")
    return MachineRequest(
        method,
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        RequestHeaders(environ),
        environ["wsgi.input"].read(int(length)) if length else b"",
        environ.get("REMOTE_ADDR", ""),
    )
