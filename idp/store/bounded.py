"""Every table is bounded (design, tokens, keys and state): each repository says here how its tables stay small.

Either rows end, and the worker's clean-up removes them in small batches, or a table grows only with accounts or
clients and says so. A test reads this register against the metadata; when to sweep is left to ``idp.domain.worker``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, delete, literal, select, tuple_

Ended = Callable[[float], ColumnElement[bool]]
"""Given the present (Unix seconds), the condition of rows that nobody needs any more."""


@dataclass(frozen=True)
class Bound:
    """How one table stays small: the condition of rows to remove, or the reason why it needs none."""

    table: Table
    ended: Ended | None
    reason: str


_bounds: dict[str, Bound] = {}


def rows_end(table: Table, ended: Ended, reason: str) -> None:
    """Let the worker remove rows of ``table`` that ``ended(now)`` selects; ``reason`` says when and why then."""
    _bounds[table.fullname] = Bound(table, ended, reason)


def grows_with(table: Table, reason: str) -> None:
    """Say why ``table`` needs no clean-up: what its number of rows is proportional to."""
    _bounds[table.fullname] = Bound(table, None, reason)


def bounds() -> tuple[Bound, ...]:
    """Give every registered table in the order of registration, which is the order of clean-up."""
    return tuple(_bounds.values())


def sweep(connection: Connection, bound: Bound, now: float, batch: int) -> int:
    """Remove at most ``batch`` ended rows of one table; give how many went.

    Rows that another transaction holds are left for the next round (PostgreSQL), so a sweep waits for nobody.
    """
    if bound.ended is None:
        return 0
    key = list(bound.table.primary_key.columns)
    found = select(*key).where(bound.ended(now)).limit(batch).with_for_update(skip_locked=True)
    gone = delete(bound.table).where(tuple_(*key).in_(select(found.cte("rows_to_remove")))).returning(literal(1))
    # Counted by what comes back: Python's sqlite3 knows no rowcount of a statement that begins with WITH.
    return len(connection.execute(gone).all())
