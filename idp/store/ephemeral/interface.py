"""The verbs of ephemeral state and their promises, the same on every implementation; one suite tests them all."""

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

Value = Mapping[str, Any]
"""What is kept: members that JSON can write."""


class EphemeralStore(Protocol):
    """State with a lifetime in seconds. Every verb is one atomic step, among threads, processes and machines.

    A ``kind`` is our own short word, a ``key`` any text of any length: it is kept as a digest only, so who reads the
    store finds no code or request identifier in it. Never call a verb inside an open unit of work of the database.

    :raises idp.errors.StoreUnavailable: from every verb, when the store cannot answer; nothing is then known to have
        been done, and nothing is tried twice.
    """

    def put(self, kind: str, key: str, value: Value, lifetime: float) -> None:
        """Keep ``value`` for ``lifetime`` seconds, in place of what was there."""

    def peek(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and leave it there; ``None`` when nothing is, or no longer."""

    def take(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and remove it: of any number of callers at once, one gets it."""

    def claim(self, kind: str, key: str, lifetime: float) -> bool:
        """Say whether this is the first claim within ``lifetime`` seconds: true for exactly one caller."""

    def count(self, kind: str, key: str, lifetime: float) -> int:
        """Add one and give the total of the window, which ends ``lifetime`` seconds after its first count."""

    def forget(self, kind: str, key: str) -> None:
        """Remove value, claim or count; nothing happens when there is none."""

    def born_at(self) -> float:
        """Give the birth mark: since when, in Unix seconds, no claim or count of this store has been lost.

        A proof, assertion or logout token that was issued before it is refused, since its claim may be among the
        lost, and rate limits start at their strict side for a minute after it.
        """


def digest(kind: str, key: str) -> bytes:
    """Give the 32 bytes under which an entry is kept. Lone surrogates, which JSON can carry, are no error."""
    return hashlib.sha256(f"{kind}\0{key}".encode("utf-8", "surrogatepass")).digest()
