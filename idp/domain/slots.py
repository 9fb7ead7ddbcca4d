"""Slots for what takes long in a process: hashing a password, fetching a client's keys (design §2).

At most so many threads are busy with either at once, so that the others always answer. What is done in a slot is its
user's affair; who finds none in time is asked to try again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from idp.errors import TryAgainLater
from idp.words import mark


class Slots:
    """A bounded number of slow acts at once in this process."""

    def __init__(self, number: int) -> None:
        self._free = threading.BoundedSemaphore(number)

    @contextmanager
    def take(self, wait: float) -> Iterator[None]:
        """Hold a slot.

        :param wait: seconds to wait for one.
        :raises TryAgainLater: when none came free.
        """
        if not self._free.acquire(timeout=wait):
            raise TryAgainLater(mark("Many people are signing in at this moment. Please try again in a few seconds."))
        try:
            yield
        finally:
            self._free.release()
