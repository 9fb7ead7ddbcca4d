"""What a request may bring: 64 KiB unless its path is given more, within ten seconds. The HTTP server limits neither.

A path that is given more gets the time that more takes, and few such bodies are read at once, so that slow senders hold
neither the threads nor the memory of a process.

Owns both decisions. Saying so in JSON or on a page is left to whoever answers the path: the request goes on with an empty
body and ``REFUSED`` set. WSGI (PEP 3333) cannot give up a read, so the body of a caller from afar is read in a thread that
may be left behind; a trusted proxy buffers bodies itself, and is read from directly.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

from idp.http.middleware.proxy_headers import NEAR

DEFAULT_LIMIT = 64 * 1024
TIME_OUT = 10.0
"""Seconds for a whole body; 64 KiB in that time is slower than the slowest telephone."""
LEFT_BEHIND = 64
"""Reads that may be waiting at once in a process; further callers are asked to come back."""
LARGE_AT_ONCE = 2
"""Bodies longer than the default that are read at once in a process."""
SLOWEST = 512 * 1024
"""Bytes a second that a long body must come with; a telephone on an ordinary network is quicker."""
REFUSED = "motcua.refused"
"""Key in the environment: the status with which this request must be refused."""


@dataclass(frozen=True, slots=True)
class _Places:
    """How many bodies may be on their way at once: ordinary ones, and long ones."""

    ordinary: threading.BoundedSemaphore
    large: threading.BoundedSemaphore


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes by path, where they differ from the default, and seconds."""

    bytes_by_path: Mapping[str, int]
    seconds: float = TIME_OUT


class _Refusal(Exception):
    """The body is not taken; ``status`` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def request_body(application: WSGIApplication, bounds: Bounds) -> WSGIApplication:
    """Let no body through that is longer than its path may bring, announced or in chunks, or that never ends."""
    places = _Places(threading.BoundedSemaphore(LEFT_BEHIND), threading.BoundedSemaphore(LARGE_AT_ONCE))

    def bounded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            limit = bounds.bytes_by_path.get(environ.get("PATH_INFO", ""), DEFAULT_LIMIT)
            try:
                _take(environ, limit, bounds.seconds, places)
            except _Refusal as refusal:
                environ[REFUSED] = refusal.status
                _put(environ, b"")
        return application(environ, start_response)

    return bounded


def _take(environ: WSGIEnvironment, limit: int, seconds: float, places: _Places) -> None:
    # A length beside Transfer-Encoding is a lie that some servers let pass (RFC 9112 §6.1): count what comes.
    chunked = environ.pop("HTTP_TRANSFER_ENCODING", None) is not None
    size = limit + 1 if chunked else _announced(environ["CONTENT_LENGTH"], limit)
    near = environ.get(NEAR, False)
    if near and not chunked:
        return
    stream = environ["wsgi.input"]
    body = stream.read(size) if near else _read_in_time(stream, size, seconds, places)
    if len(body) > limit:
        raise _Refusal(413)
    _put(environ, body)


def _announced(length: str, limit: int) -> int:
    if not (length.isascii() and length.isdecimal()):
        raise _Refusal(400)
    # Beyond nineteen digits Python would read for longer than the body is worth.
    if int(length[:20]) > limit:
        raise _Refusal(413)
    return int(length)


def _put(environ: WSGIEnvironment, body: bytes) -> None:
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _read_in_time(stream: InputStream, size: int, seconds: float, both: _Places) -> bytes:
    large = size > DEFAULT_LIMIT + 1
    places = both.large if large else both.ordinary
    if not places.acquire(blocking=False):
        raise _Refusal(503)
    reader = _Reader(stream, size, places)
    reader.start()
    reader.join(seconds + size / SLOWEST if large else seconds)
    if reader.body is None:
        raise _Refusal(408)
    return reader.body


class _Reader(threading.Thread):
    """Reads one body; ends at the latest when its connection does."""

    def __init__(self, stream: InputStream, size: int, places: threading.BoundedSemaphore) -> None:
        super().__init__(name="request body", daemon=True)
        self.body: bytes | None = None
        self._stream, self._size, self._places = stream, size, places

    def run(self) -> None:
        """Read, and give the place back."""
        try:
            self.body = self._stream.read(self._size)
        except Exception:
            # What a server raises for a broken connection is its own affair; nobody is there to be answered.
            self.body = b""
        finally:
            self._places.release()
