"""Keeps a relying party's tables bounded as it goes: whoever adds a row now and then removes those whose time is over.

A portal so needs no worker of its own.
"""

import threading
from collections.abc import Callable

from clients.kit.clock import Clock

PAUSE = 60


class Sweeper:
    """Sweeps at most once a minute in each process.

    :param sweep: removes what is over at a time, and gives how much.
    """

    def __init__(self, sweep: Callable[[float], int], clock: Clock) -> None:
        self._sweep = sweep
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._swept_at = clock()

    def now_and_then(self) -> None:
        """Sweep if it is time."""
        now = self._clock()
        if now - self._swept_at < PAUSE or not self._one_at_a_time.acquire(blocking=False):
            return
        try:
            self._swept_at = now
            self._sweep(now)
        finally:
            self._one_at_a_time.release()
