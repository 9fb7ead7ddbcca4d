"""Lets a process cache what seldom changes and drop it within a second of a change anywhere (design: caches behind a version).

One small read per half second tells the numbers that changes bump; what is cached under them is each owner's affair.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from idp.clock import Clock
from idp.store import versions
from idp.store.database import Database

CHECK_EVERY = 0.5
"""Seconds between two looks at the numbers; a change is seen everywhere within twice this."""

T = TypeVar("T")


class Freshness:
    """The version numbers as this process last saw them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._numbers: Mapping[str, int] = {}
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def number(self, name: str) -> int:
        """Give the number of ``name``, at most half a second old."""
        now = self._clock()
        if not 0 <= now - self._looked_at < CHECK_EVERY:
            self.look(now)
        return self._numbers.get(name, 0)

    def look(self, now: float | None = None) -> None:
        """Read the numbers now; after a change of our own, so that this process sees it at once."""
        with self._lock:
            self._numbers = versions.latest(self._database.direct)
            self._looked_at = self._clock() if now is None else now


class Cached(Generic[T]):
    """One value that is made anew when its number has changed."""

    def __init__(self, freshness: Freshness, name: str, make: Callable[[], T]) -> None:
        self._freshness = freshness
        self._name = name
        self._make = make
        self._held: tuple[int, T] | None = None

    def get(self) -> T:
        """Give the value, made anew if what it rests on has changed."""
        number = self._freshness.number(self._name)
        held = self._held
        if held is None or held[0] != number:
            held = self._held = (number, self._make())
        return held[1]

    def refresh(self) -> T:
        """Make the value anew whatever its number, for an id that the cached one does not know."""
        self._freshness.look()
        self._held = (self._freshness.number(self._name), self._make())
        return self._held[1]
