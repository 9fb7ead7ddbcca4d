"""The verbs of ephemeral state and their promises, the same on every implementation; one suite tests them all."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from idp.clock import Clock

Value = Mapping[str, Any]
"""What is kept: members that JSON can write."""


REMEMBERED = 60
"""Seconds for which a process remembers a birth mark where it may (``born_lately``)."""


class Step(NamedTuple):
    """A verb with what it is given. ``lifetime`` is in seconds.

    Two verbs are asked only along with others (``together``): ``replace`` puts and says whether there was something in
    its place, ``uncount`` takes one off a count whose window has not ended.
    """

    verb: Literal["put", "replace", "peek", "take", "claim", "count", "uncount", "forget"]
    kind: str
    key: str
    lifetime: float = 0
    value: Value | None = None


class EphemeralStore(ABC):
    """State with a lifetime in seconds. Every verb is one atomic step, among threads, processes and machines.

    A ``kind`` is our own short word, a ``key`` any text of any length: it is kept as a digest only, so who reads the
    store finds no code or request identifier in it. Never call a verb inside an open unit of work of the database.

    :raises idp.errors.StoreUnavailable: from every verb, when the store cannot answer; nothing is then known to have
        been done, and nothing is tried twice.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._mark: tuple[float, float] | None = None

    def put(self, kind: str, key: str, value: Value, lifetime: float) -> None:
        """Keep ``value`` for ``lifetime`` seconds, in place of what was there."""
        self._do(Step("put", kind, key, lifetime, value))

    def peek(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and leave it there; ``None`` when nothing is, or no longer."""
        found: dict[str, Any] | None = self._do(Step("peek", kind, key))
        return found

    def take(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and remove it: of any number of callers at once, one gets it."""
        found: dict[str, Any] | None = self._do(Step("take", kind, key))
        return found

    def claim(self, kind: str, key: str, lifetime: float) -> bool:
        """Say whether this is the first claim within ``lifetime`` seconds: true for exactly one caller."""
        return bool(self._do(Step("claim", kind, key, lifetime)))

    def count(self, kind: str, key: str, lifetime: float) -> int:
        """Add one and give the total of the window, which ends ``lifetime`` seconds after its first count."""
        return int(self._do(Step("count", kind, key, lifetime)))

    def forget(self, kind: str, key: str) -> None:
        """Remove value, claim or count; nothing happens when there is none."""
        self._do(Step("forget", kind, key))

    @abstractmethod
    def together(self, *steps: Step) -> list[Any]:
        """Do several verbs in one trip, and give what each gives. They are done in their order, each by itself: others
        may come in between, and of a trip that fails it is not known what it has done."""

    @abstractmethod
    def born_at(self) -> float:
        """Give the birth mark: since when, in Unix seconds, no claim or count of this store has been lost.

        A proof, assertion or logout token that was issued before it is refused, since its claim may be among the
        lost, and rate limits start at their strict side for a minute after it.
        """

    def born_lately(self) -> float:
        """Give the birth mark as it stood ``REMEMBERED`` seconds ago at most: for whoever issues what is checked against
        the mark itself once it is shown, and only has to know that there is one."""
        now = self._clock()
        if self._mark is None or not 0 <= now - self._mark[0] < REMEMBERED:
            self._mark = (now, self.born_at())
        return self._mark[1]

    @abstractmethod
    def _do(self, step: Step) -> Any:
        """Do one verb and give what it gives."""


def digest(kind: str, key: str) -> bytes:
    """Give the 32 bytes under which an entry is kept. Lone surrogates, which JSON can carry, are no error."""
    return hashlib.sha256(f"{kind}\0{key}".encode("utf-8", "surrogatepass")).digest()
