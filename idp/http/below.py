"""Machine endpoints that answer a whole branch of addresses (``/ocsp/<authority>/<question>``), found by how a path begins."""

from collections.abc import Callable, Mapping

from idp.http.front import Endpoint, Find
from idp.protocol.exchange import MachineRequest, Reply

Branches = Mapping[str, tuple[Callable[[MachineRequest], Reply], tuple[str, ...]]]
"""What answers everything below an address that begins and ends with a slash, and the methods it takes."""


def below(branches: Branches) -> Find:
    """Give what finds the endpoint of a branch; metrics count each branch as one."""
    endpoints = {start: Endpoint(handler, methods, cross_origin=True) for start, (handler, methods) in branches.items()}

    def find(path: str) -> tuple[str, Endpoint] | None:
        start = path[: path.find("/", 1) + 1]
        endpoint = endpoints.get(start)
        return None if endpoint is None else (start, endpoint)

    return find


def first_of(*finds: Find) -> Find:
    """Give what asks one after the other."""

    def find(path: str) -> tuple[str, Endpoint] | None:
        return next((found for each in finds if (found := each(path)) is not None), None)

    return find
