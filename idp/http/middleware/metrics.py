"""Counts every request and the time it took, under the name of whoever answered it.

Owns the counting. The name is set by the answerer (``WHERE``), so that callers can invent no label.
"""

from collections.abc import Iterable
from functools import cache
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import Histogram

from idp.http.middleware.headers import Headers, Write
from idp.metrics import REQUEST_SECONDS

WHERE = "motcua.where"
"""Key in the environment: the name of the endpoint or page that answered."""


def metrics(application: WSGIApplication) -> WSGIApplication:
    """Observe each request once its answer is ready; one whose answer never began counts as 500."""

    def measured(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        outcome = ["500"]

        def start(status: str, headers: Headers, exc_info: Any = None, /) -> Write:
            outcome[0] = status[:3]
            return start_response(status, headers, exc_info)

        try:
            return application(environ, start)
        finally:
            _counter(environ.get(WHERE, "other"), outcome[0]).observe(perf_counter() - began)

    return measured


@cache
def _counter(where: str, status: str) -> Histogram:
    """Find the counter of one name and status once: both are few and fixed."""
    return REQUEST_SECONDS.labels(where, status)
