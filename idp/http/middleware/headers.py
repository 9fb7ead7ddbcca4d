"""Adding headers to an answer on its way out: what several middlewares do, written once (PEP 3333)."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse

Header = tuple[str, str]


def with_headers(start_response: StartResponse, more: Iterable[Header]) -> StartResponse:
    """Give a ``start_response`` that adds ``more`` to every answer."""

    def start(status: str, headers: list[Header], exc_info: Any = None, /) -> Callable[[bytes], object]:
        return start_response(status, [*headers, *more], exc_info)

    return start
