"""Connections to the provider's relational database, SQLite or PostgreSQL; the unit of work.

Owns engines, pragmas and transactions. What is kept, and how, is each repository's own affair;
repositories take the connection they are handed and never commit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.pool import StaticPool

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING_CONVENTION)
"""Every table of the provider; the tables of ``keys`` have a metadata of their own."""

SQLITE_PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "busy_timeout=5000")


class Database:
    """One relational database. ``read()`` for looking, ``write()`` for a unit of work that commits as a whole.

    :param url: a SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._reader = _sqlite_engine(url, "BEGIN") if self.is_sqlite else _postgresql_engine(url)
        in_memory = self.is_sqlite and ":memory:" in url
        self._writer = self._reader if in_memory or not self.is_sqlite else _sqlite_engine(url, "BEGIN IMMEDIATE")
        self._after_commit: list[Callable[[], None]] = []

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading only; whatever is written through it is undone."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose work is committed as a whole, or not at all when an exception passes."""
        with self._writer.begin() as connection:
            yield connection
        for wake in self._after_commit:
            wake()

    def after_commit(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` after each committed unit of work of this process (the worker listens)."""
        self._after_commit.append(wake)

    @property
    def engine(self) -> Engine:
        """The engine that writes, for migrations and for tests that look underneath."""
        return self._writer

    def dispose(self) -> None:
        """Close every pooled connection."""
        self._reader.dispose()
        self._writer.dispose()


def _sqlite_engine(url: str, begin: str) -> Engine:
    """An engine that says how it begins: a deferred transaction that reads and then writes fails at once."""
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}}
    if ":memory:" in url:
        options["poolclass"] = StaticPool
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _prepare(driver_connection: Any, _record: Any) -> None:
        driver_connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            driver_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"options": "-c statement_timeout=5000 -c timezone=UTC"})
