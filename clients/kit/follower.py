"""A thread of each process that follows the list of what has ended, twice a second, from the first guarded request on."""

import threading

import structlog

from clients.kit.protocol.ended_feed import EndedFeed
from clients.kit.protocol.fetch import Unreachable

log = structlog.get_logger(__name__)

PAUSE = 0.5
"""Seconds between two readings: with the reading itself the list is less than a second behind."""


class Follower:
    """Keeps an ``EndedFeed`` read.

    :param pause: seconds between readings; none to follow nothing, so that every token is introspected.
    """

    def __init__(self, feed: EndedFeed, pause: float | None = PAUSE) -> None:
        self._feed = feed
        self._pause = pause
        self._starting = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._silent = False

    def start(self) -> None:
        """Begin to follow, in the process that serves (never before a fork); once is enough."""
        if self._pause is None or self._thread is not None:
            return
        with self._starting:
            if self._thread is None:
                self._read()
                self._thread = threading.Thread(target=self._follow, name="ended-feed", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Follow no longer."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        while not self._stopped.wait(self._pause):
            self._read()

    def _read(self) -> None:
        """Read once; say it in the log when it begins to fail and when it works again, not every time."""
        try:
            self._feed.read()
        except Unreachable as silence:
            if not self._silent:
                log.warning("ended_feed_unread", why=str(silence))
            self._silent = True
        else:
            if self._silent:
                log.info("ended_feed_read_again")
            self._silent = False
