"""Statements straight to the driver, for what happens on every request: no ORM, no pool, no implicit transaction.

Connections are in autocommit and kept open; a statement is written once for the driver and prepared by it. SQLAlchemy
Core costs about ten times as much per statement, so what is hot goes this way and everything else does not.
"""

import re
import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import make_url

from idp.errors import NotStorable, StoreUnavailable

if TYPE_CHECKING:
    from idp.store.database import Database

Row = tuple[Any, ...]
_NAME = re.compile(r"(?<!:):([a-z_]+)")
_AWAY = (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError)


SQLITE_PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "busy_timeout=5000")


class Statement:
    """One statement with ``:names``, in the spelling of both drivers."""

    __slots__ = ("postgresql", "sqlite")

    def __init__(self, sql: str) -> None:
        flat = " ".join(sql.split())
        self.sqlite = flat
        self.postgresql = _NAME.sub(r"%(\1)s", flat)


class Direct:
    """One database's hot way in: a stack of connections in autocommit, as many as threads ever asked at once.

    :raises StoreUnavailable: from every method, when the database does not answer.
    """

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._idle: deque[Any] = deque()
        self._in_memory = ":memory:" in database.url

    def one(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run one statement in a transaction of its own; give its first row, None when there is none.

        :raises RuntimeError: inside a unit of work of this thread.
        """
        self._database.refuse_nesting()
        connection = self._take()
        try:
            row = self.run(connection, statement, values)
        except _AWAY as error:
            self._close(connection)
            return self._again(statement, values, error)
        except BaseException:
            self._idle.append(connection)
            raise
        self._idle.append(connection)
        return row

    @contextmanager
    def transaction(self) -> Iterator["Unit"]:
        """Give a unit of work of several statements, committed as a whole or not at all."""
        self._database.refuse_nesting()
        connection = self._take()
        try:
            connection.execute("BEGIN IMMEDIATE" if self._database.is_sqlite else "BEGIN")
            try:
                yield Unit(self, connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except _AWAY as error:
            self._close(connection)
            raise StoreUnavailable("the database does not answer") from error
        except BaseException:
            self._idle.append(connection)
            raise
        self._idle.append(connection)

    def run(self, connection: Any, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run a statement on a connection of this database.

        :raises NotStorable: for a value that no column takes.
        """
        if self._database.is_sqlite:
            try:
                row: Row | None = connection.execute(statement.sqlite, values).fetchone()
            except UnicodeEncodeError as error:
                raise NotStorable from error
            return row
        try:
            cursor = connection.execute(statement.postgresql, values)
        except (psycopg.DataError, UnicodeEncodeError) as error:
            raise NotStorable from error
        found: Row | None = cursor.fetchone() if cursor.description is not None else None
        return found

    def dispose(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._close(self._idle.pop())

    def _again(self, statement: Statement, values: Mapping[str, Any], error: Exception) -> Row | None:
        """Try a read once more on a new connection: the server may have been restarted since the last request."""
        self.dispose()
        if self._database.is_sqlite or not statement.sqlite.startswith("SELECT"):
            raise StoreUnavailable("the database does not answer") from error
        connection = self._take()
        try:
            return self.run(connection, statement, values)
        except _AWAY as still:
            raise StoreUnavailable("the database does not answer") from still
        finally:
            self._close(connection)

    def _take(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except _AWAY as error:
            raise StoreUnavailable("the database does not answer") from error

    def _connect(self) -> Any:
        if self._in_memory:
            return self._database.engine.raw_connection().driver_connection
        url = make_url(self._database.url)
        if not self._database.is_sqlite:
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            options = "-c statement_timeout=5000 -c timezone=UTC"
            return psycopg.connect(plain, autocommit=True, prepare_threshold=1, options=options, connect_timeout=2)
        connection = sqlite3.connect(
            str(url.database), isolation_level=None, cached_statements=256, check_same_thread=False
        )
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _close(self, connection: Any) -> None:
        if not self._in_memory:
            connection.close()


class Unit:
    """An open transaction of ``Direct``."""

    __slots__ = ("_connection", "_direct")

    def __init__(self, direct: Direct, connection: Any) -> None:
        self._direct = direct
        self._connection = connection

    def one(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run one statement; give its first row, None when there is none."""
        return self._direct.run(self._connection, statement, values)
