"""Slots for what takes long in a process: hashing a password, fetching a client's keys (design §2).

At most so many threads are busy with either at once, and so many more wait for that, so that the others always answer:
however many people sign in, tokens are served. What is done in a slot is its user's affair; who finds none in time is
asked to try again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from idp.errors import TryAgainLater
from idp.words import mark


class Slots:
    """A bounded number of slow acts at once in this process.

    :param waiting: how many more may wait for a slot; each holds a thread.
    """

    def __init__(self, number: int, waiting: int = 1) -> None:
        self._free = threading.BoundedSemaphore(number)
        self._places = threading.BoundedSemaphore(number + waiting)

    @contextmanager
    def take(self, wait: float) -> Iterator[None]:
        """Hold a slot.

        :param wait: seconds to wait for one.
        :raises TryAgainLater: when none came free, or too many wait already.
        """
        with _held(self._places, 0), _held(self._free, wait):
            yield


@contextmanager
def _held(semaphore: threading.Semaphore, wait: float) -> Iterator[None]:
    if not semaphore.acquire(timeout=wait):
        raise TryAgainLater(mark("Many people are signing in at this moment. Please try again in a few seconds."))
    try:
        yield
    finally:
        semaphore.release()
