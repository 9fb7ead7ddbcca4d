"""Statements straight to the driver, for what happens on every request: no ORM, no pool, no implicit transaction.

Connections are in autocommit and kept open; a statement is written once for both databases and prepared by the driver.
SQLAlchemy Core costs about ten times as much per statement, so what is hot goes this way and everything else does not.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from idp.errors import StoreUnavailable
from idp.store.driver import Row, Statement

if TYPE_CHECKING:
    from types import ModuleType

    from sqlalchemy import Connection as OpenConnection

    from idp.store.database import Database
    from idp.store.driver.postgresql import PostgresqlConnection
    from idp.store.driver.sqlite import SqliteConnection

    Connection = SqliteConnection | PostgresqlConnection

__all__ = ["Direct", "Row", "Statement", "Unit", "within"]

_JOINED = "motcua_joined"


class Direct:
    """One database's hot way in: a stack of connections in autocommit, as many as threads ever asked at once.

    :param durable: whether what is written is on disk before it is answered, where PostgreSQL would say so sooner.
    :raises StoreUnavailable: from every method, when the database does not answer.
    :raises RuntimeError: from every method, inside a unit of work of this thread.
    """

    def __init__(self, database: "Database", *, durable: bool = False) -> None:
        self._database = database
        self._durable = durable
        self._idle: deque[Connection] = deque()
        self._driver = _driver_of(database)
        self._in_memory = ":memory:" in database.url

    @property
    def is_sqlite(self) -> bool:
        """Which of the two databases it is."""
        return self._database.is_sqlite

    @property
    def away(self) -> tuple[type[Exception], ...]:
        """The driver's own errors of a database that does not answer."""
        away: tuple[type[Exception], ...] = self._driver.AWAY
        return away

    def one(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run one statement in a transaction of its own; give its first row, None when there is none.

        :raises NotStorable: for a value that no column takes.
        """
        self._database.refuse_nesting()
        connection = self._take()
        try:
            row = connection.run(statement, values)
        except self._driver.AWAY as error:
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
        with self._lent() as connection, self._database.unit_of_work():
            connection.begin()
            try:
                yield Unit(connection)
            except BaseException:
                connection.roll_back()
                raise
            connection.commit()

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add many rows at once, all or none."""
        with self._lent() as connection:
            connection.insert_many(table, columns, rows)

    def dispose(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._close(self._idle.pop())

    @contextmanager
    def _lent(self) -> Iterator["Connection"]:
        self._database.refuse_nesting()
        connection = self._take()
        try:
            yield connection
        except self._driver.AWAY as error:
            self._close(connection)
            raise StoreUnavailable("the database does not answer") from error
        except BaseException:
            self._idle.append(connection)
            raise
        self._idle.append(connection)

    def _again(self, statement: Statement, values: Mapping[str, Any], error: Exception) -> Row | None:
        """Try a read once more on a new connection: the server may have been restarted since the last request.

        Not one that took too long: a database that is slow would be asked everything twice.
        """
        too_slow = isinstance(error, self._driver.TOO_SLOW)
        if not too_slow:
            self.dispose()
        if too_slow or self.is_sqlite or not statement.is_read:
            raise StoreUnavailable("the database does not answer") from error
        connection = self._take()
        try:
            return connection.run(statement, values)
        except self._driver.AWAY as still:
            raise StoreUnavailable("the database does not answer") from still
        finally:
            self._close(connection)

    def _take(self) -> "Connection":
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._connect()
        except self._driver.AWAY as error:
            raise StoreUnavailable("the database does not answer") from error

    def _connect(self) -> "Connection":
        connection: Connection
        url = make_url(self._database.url)
        if self._in_memory:
            connection = self._driver.SqliteConnection(self._database.engine.raw_connection().driver_connection)
        elif self.is_sqlite:
            connection = self._driver.connect(str(url.database))
        else:
            address = url.set(drivername="postgresql").render_as_string(hide_password=False)
            options = str(url.query.get("options", ""))
            connection = self._driver.connect(address, options, durable=self._durable)
        return connection

    def _close(self, connection: "Connection") -> None:
        if not self._in_memory:
            connection.close()


def within(connection: "OpenConnection") -> "Unit":
    """Give the short way in for a unit of work that SQLAlchemy opened: the same transaction, committed by its owner.

    :raises Exception: from the unit, the driver's own errors, which ``Database.write`` and ``read`` turn into ours.
    """
    if not connection.in_transaction():
        connection.begin()
    joined: Connection | None = connection.info.get(_JOINED)
    if joined is None:
        driver = _driver("sqlite" if connection.dialect.name == "sqlite" else "postgresql")
        joined = connection.info[_JOINED] = driver.joined(connection.connection.driver_connection)
    joined.join()
    return Unit(joined)


def _driver_of(database: "Database") -> "ModuleType":
    return _driver("sqlite" if database.is_sqlite else "postgresql")


def _driver(name: str) -> "ModuleType":
    """Import the one driver that is needed."""
    return import_module(f"idp.store.driver.{name}")


class Unit:
    """An open transaction of ``Direct``."""

    __slots__ = ("_connection",)

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def one(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run one statement; give its first row, None when there is none."""
        return self._connection.run(statement, values)

    @property
    def is_sqlite(self) -> bool:
        """Which of the two databases it is."""
        return self._connection.is_sqlite
