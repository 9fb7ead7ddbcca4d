"""How many threads of a process may call out at once: at most half, so that the others always answer.

A chain page → API → provider can then never wait for itself. Who finds no slot is asked to try again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clients.kit.errors import Busy
from clients.kit.records.database import in_transaction

PATIENCE = 0.1
"""Seconds to wait for a slot; short, since a waiting thread answers nobody."""


class Slots:
    """A bounded number of outbound calls at once.

    :param number: at least one.
    """

    def __init__(self, number: int) -> None:
        self._free = threading.BoundedSemaphore(max(1, number))

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a slot while calling out.

        :raises Busy: when there is none.
        :raises RuntimeError: when a transaction is open: it would hold locks for as long as a stranger likes.
        """
        if in_transaction():
            raise RuntimeError("a call out was attempted inside a unit of work")
        if not self._free.acquire(timeout=PATIENCE):
            raise Busy
        try:
            yield
        finally:
            self._free.release()
