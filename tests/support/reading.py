"""The confined processes that read documents, started once for many stories: a start costs more than most documents.

Stories about the processes themselves (``tests/keys/validation/test_sandbox.py``) start their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from keys.validation import sandbox
from keys.validation.sandbox import Limits, Pool


class Lent(Pool):
    """A pool that stays warm when its borrower is done with it."""

    def close(self) -> None:
        """Nothing: the next borrower goes on with it."""

    def end(self) -> None:
        """End its process."""
        super().close()


@contextmanager
def lent_readers() -> Iterator[None]:
    """While the ``with`` block lasts, whoever makes a pool is lent one that others used before."""
    pools: dict[tuple[int, Limits], Lent] = {}

    def lend(*, children: int = 4, limits: Limits | None = None) -> Lent:
        place = (children, limits or Limits())
        if place not in pools:
            pools[place] = Lent(children=children, limits=limits)
        return pools[place]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "Pool", lend)
        yield
    for pool in pools.values():
        pool.end()
