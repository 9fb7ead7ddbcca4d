"""Adding headers to an answer on its way out: what several middlewares do, written once (PEP 3333)."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse

Header = tuple[str, str]
Headers = list[Header]
Write = Callable[[bytes], object]
"""What ``start_response`` gives (PEP 3333). Named, since a function made for each request evaluates its annotations each time."""


def with_headers(start_response: StartResponse, more: Iterable[Header]) -> StartResponse:
    """Give a ``start_response`` that adds ``more`` to every answer."""

    def start(status: str, headers: Headers, exc_info: Any = None, /) -> Write:
        return start_response(status, [*headers, *more], exc_info)

    return start
