"""SQLite straight through the standard library's driver, in autocommit."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from idp.errors import NotStorable
from idp.store.driver.statement import Row, Statement

AWAY = (sqlite3.OperationalError,)
TOO_SLOW: tuple[type[Exception], ...] = ()
"""A file is never slow in a way of its own."""
BLOCK = 50
"""Rows of one INSERT. Of one size only: the driver keeps each statement prepared, and this one is large."""
PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "busy_timeout=5000")


def connect(path: str) -> "SqliteConnection":
    """Open a connection of our own to a database file."""
    driver = sqlite3.connect(path, isolation_level=None, cached_statements=256, check_same_thread=False)
    for pragma in PRAGMAS:
        driver.execute(f"PRAGMA {pragma}")
    return SqliteConnection(driver)


def joined(driver: Any) -> "SqliteConnection":
    """Give our verbs on a connection that SQLAlchemy keeps."""
    return SqliteConnection(driver)


class SqliteConnection:
    """A connection of the driver; the driver itself keeps statements prepared.

    :raises sqlite3.OperationalError: from every verb, when the database cannot answer.
    """

    is_sqlite = True

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def run(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run a statement; give its first row, None when there is none.

        :raises NotStorable: for a value that no column takes.
        """
        try:
            row: Row | None = self._driver.execute(statement.sqlite, values).fetchone()
        except UnicodeEncodeError as error:
            raise NotStorable from error
        return row

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows, all or none, many by one statement: each statement lets other threads in while the lock is held."""
        places = f"({', '.join('?' * len(columns))})"
        into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608
        whole = len(rows) - len(rows) % BLOCK
        self.begin()
        try:
            for start in range(0, whole, BLOCK):
                values = [value for row in rows[start : start + BLOCK] for value in row]
                self._driver.execute(into + ", ".join([places] * BLOCK), values)
            self._driver.executemany(into + places, rows[whole:])
        except BaseException:
            self.roll_back()
            raise
        self.commit()

    def join(self) -> None:
        """Take part in the transaction that SQLAlchemy has begun."""

    def begin(self) -> None:
        """Begin a transaction that may write: one that reads first and then writes would fail at once."""
        self._driver.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Keep what was done since ``begin``."""
        self._driver.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo what was done since ``begin``."""
        self._driver.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self._driver.close()
