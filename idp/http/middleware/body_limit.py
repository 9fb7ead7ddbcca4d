"""How much a request may bring: 64 KiB unless a path is given more; the HTTP server has no limit of its own.

Owns the decision. Saying 413 in JSON or on a page is left to whoever answers the path: the request goes on with an
empty body and ``REFUSED`` set.
"""

from collections.abc import Iterable, Mapping
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

DEFAULT_LIMIT = 64 * 1024
REFUSED = "motcua.refused"
"""Key in the environment: the status with which this request must be refused."""


def body_limit(application: WSGIApplication, limits: Mapping[str, int] = {}) -> WSGIApplication:
    """Let no body through that is longer than its path's limit in bytes, announced or in chunks.

    :param limits: paths that may bring more, or less, than the default.
    """

    def limited(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        limit = limits.get(environ.get("PATH_INFO", ""), DEFAULT_LIMIT)
        # A length beside Transfer-Encoding is a lie that some servers let pass (RFC 9112 §6.1): count what comes.
        if "HTTP_TRANSFER_ENCODING" in environ:
            _count(environ, limit)
        elif announced := environ.get("CONTENT_LENGTH"):
            if not (announced.isascii() and announced.isdecimal()):
                _refuse(environ, 400)
            elif int(announced[:20]) > limit:
                _refuse(environ, 413)
        return application(environ, start_response)

    return limited


def _count(environ: WSGIEnvironment, limit: int) -> None:
    """Read a body of unknown length, at most one byte beyond what is allowed."""
    body = environ["wsgi.input"].read(limit + 1)
    if len(body) > limit:
        _refuse(environ, 413)
        return
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    del environ["HTTP_TRANSFER_ENCODING"]


def _refuse(environ: WSGIEnvironment, status: int) -> None:
    environ[REFUSED] = status
    environ["wsgi.input"] = BytesIO(b"")
    environ["CONTENT_LENGTH"] = "0"
