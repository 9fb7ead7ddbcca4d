"""Reading untrusted documents behind a wall: one confined process for each, and nothing but typed answers out of it.

``parse`` is ``intake.parse`` behind the wall and takes its place wherever documents come from strangers;
``confinement`` tells which layers this machine gives.
"""

from collections.abc import Sequence
from functools import cache

from keys.validation.model import Content, ParsedDocument
from keys.validation.sandbox.layers import Confinement, Limits
from keys.validation.sandbox.pool import Pool, Unavailable

__all__ = ["Confinement", "Limits", "Pool", "Unavailable", "confinement", "parse"]


@cache
def _shared() -> Pool:
    return Pool()


def parse(data: bytes, name: str | None = None, detached: Sequence[Content] = ()) -> ParsedDocument:
    """The signatures in a document of any format, read in a process of its own; see ``intake.parse``."""
    return _shared().parse(data, name, detached)


def confinement() -> Confinement:
    """Which layers hold around the reading processes of this machine; Unavailable if none can be started."""
    return _shared().confinement()
