"""Every table is bounded (design, tokens, keys and state): each repository says here how its tables stay small.

Either rows end, and the worker's clean-up removes them in small batches, or a table grows only with accounts or
clients and says so. A test reads this register against the metadata; when to sweep is left to ``idp.domain.worker``.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Integer, Select, Table, delete, literal, select, tuple_


class Ending(NamedTuple):
    """When a row is needed no more: its column, an indexed time in Unix seconds, is ``kept`` seconds ago.

    Where the column holds whole seconds, that second must be over.

    :param only: what must hold besides.
    """

    column: Column[Any]
    kept: float = 0
    only: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Bound:
    """How one table stays small: how its rows end, each way by itself, or the reason why it needs none."""

    table: Table
    endings: tuple[Ending, ...]
    reason: str


_bounds: dict[str, Bound] = {}


def rows_end(table: Table, *endings: Ending, reason: str) -> None:
    """Let the worker remove the rows of ``table`` that ended in one of these ways; ``reason`` says when and why then."""
    _bounds[table.fullname] = Bound(table, endings, reason)


def grows_with(table: Table, reason: str) -> None:
    """Say why ``table`` needs no clean-up: what its number of rows is proportional to."""
    _bounds[table.fullname] = Bound(table, (), reason)


def bounds() -> tuple[Bound, ...]:
    """Give every registered table in the order of registration, which is the order of clean-up."""
    return tuple(_bounds.values())


def sweep(connection: Connection, bound: Bound, now: float, batch: int) -> int:
    """Remove at most ``batch`` ended rows of one table; give how many went.

    Rows that another transaction holds are left for the next round (PostgreSQL), so a sweep waits for nobody.
    """
    gone = 0
    for ending in bound.endings:
        gone += _remove(connection, bound.table, ended(bound.table, ending, now).limit(batch - gone))
    return gone


def ended(table: Table, ending: Ending, now: float) -> Select[Any]:
    """Give the keys of rows that ended in one way, the oldest first.

    In the order of the index, or a planner that expects many would read a table of millions from its beginning, where
    the rows are that went before. And with a time of the column's own type: PostgreSQL compares whole numbers with a
    fraction by turning each row's into one, without the index.
    """
    column, before = ending.column, now - ending.kept
    past = column < int(before) if isinstance(column.type, Integer) else column <= before
    found = select(*table.primary_key.columns).where(past).order_by(column)
    return found if ending.only is None else found.where(ending.only)


def _remove(connection: Connection, table: Table, found: Select[Any]) -> int:
    held = found.with_for_update(skip_locked=True, of=table).cte("rows_to_remove")
    gone = delete(table).where(tuple_(*table.primary_key.columns).in_(select(held))).returning(literal(1))
    # Counted by what comes back: Python's sqlite3 knows no rowcount of a statement that begins with WITH.
    return len(connection.execute(gone).all())
