"""Connections to the provider's relational database, SQLite or PostgreSQL; the unit of work.

Owns engines, pragmas and transactions. What is kept, and how, is each repository's own affair;
repositories take the connection they are handed and never commit.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool

from idp.errors import NotStorable, StoreUnavailable
from idp.store.direct import Direct
from idp.store.driver.sqlite import PRAGMAS

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING_CONVENTION)
"""Every table of the provider; the tables of ``keys`` have a metadata of their own."""

UNLOGGED = {"unlogged": True}
"""``info`` of a table that a crash of PostgreSQL may empty: cheaper to write, and never wrong after it."""


@event.listens_for(Table, "after_create")
def _unlogged(table: Table, connection: Connection, **_options: object) -> None:
    """Keep such a table out of PostgreSQL's log, as its migration does."""
    if table.info.get("unlogged") and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" SET UNLOGGED')


class Database:
    """One relational database. ``read()`` for looking, ``write()`` for a unit of work that commits as a whole.

    :param url: a SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._reader = _sqlite_engine(url, "BEGIN") if self.is_sqlite else _postgresql_engine(url)
        self.in_memory = self.is_sqlite and ":memory:" in url
        self._writer = self._reader if self.in_memory or not self.is_sqlite else _sqlite_engine(url, "BEGIN IMMEDIATE")
        self._before_dispose: list[Callable[[], None]] = []
        self._open = threading.local()
        self.direct = Direct(self)
        """The way in for the statements of hot paths."""
        self.durable = self.direct if self.is_sqlite else Direct(self, durable=True)
        """The same for what must be on disk before it is answered, as what ``write`` commits is."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading only; whatever is written through it is undone.

        :raises StoreUnavailable: when the database does not answer, like every way into it.
        """
        with self._or_unavailable(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose work is committed as a whole, or not at all when an exception passes.

        :raises RuntimeError: inside another unit of work of this thread, which on SQLite would wait for itself.
        """
        with self.unit_of_work(), self._or_unavailable(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """Mark that this thread has a unit of work open.

        :raises RuntimeError: when it has one already.
        """
        self.refuse_nesting()
        self._open.unit_of_work = True
        try:
            yield
        finally:
            self._open.unit_of_work = False

    def listen(self, channel: str) -> Any:
        """Give a psycopg connection outside the pool that hears what is notified on ``channel`` (PostgreSQL only)."""
        with self._or_unavailable():
            pooled = self._writer.raw_connection()
            connection: Any = pooled.driver_connection
            pooled.detach()
            connection.autocommit = True
            connection.execute(f"LISTEN {channel}")
        return connection

    @property
    def in_unit_of_work(self) -> bool:
        """Whether this thread has a unit of work open."""
        return getattr(self._open, "unit_of_work", False)

    def refuse_nesting(self) -> None:
        """Raise RuntimeError when this thread has a unit of work open."""
        if self.in_unit_of_work:
            raise RuntimeError("a unit of work is open in this thread; finish it, or use its connection")

    @property
    def engine(self) -> Engine:
        """The engine that writes, for migrations and for tests that look underneath."""
        return self._writer

    def before_dispose(self, finish: Callable[[], None]) -> None:
        """Call ``finish`` before the connections are closed: what still waits to be written is written then."""
        self._before_dispose.append(finish)

    def dispose(self) -> None:
        """Close every pooled connection."""
        for finish in self._before_dispose:
            finish()
        self.direct.dispose()
        self.durable.dispose()
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _or_unavailable(self) -> Iterator[None]:
        """Turn a database that is away, locked for too long or out of connections, and a value that it cannot hold, into
        the errors that callers know."""
        try:
            yield
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise StoreUnavailable("the database does not answer") from error
        except self.direct.away as error:
            raise StoreUnavailable("the database does not answer") from error
        except (DataError, UnicodeEncodeError) as error:
            raise NotStorable from error


def _sqlite_engine(url: str, begin: str) -> Engine:
    """An engine that says how it begins: a deferred transaction that reads and then writes fails at once."""
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}}
    if ":memory:" in url:
        options["poolclass"] = StaticPool
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _prepare(driver_connection: Any, _record: Any) -> None:
        driver_connection.isolation_level = None
        for pragma in PRAGMAS:
            driver_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Give an INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update`` on either database."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _postgresql_engine(url: str) -> Engine:
    # With a rollback, by which every read ends, psycopg forgets whatever is prepared on a connection, ours too
    # (DEALLOCATE ALL), unless it prepares nothing itself.
    options = {"options": "-c statement_timeout=5000 -c timezone=UTC", "prepare_threshold": None}
    return create_engine(url, pool_pre_ping=True, connect_args=options)
