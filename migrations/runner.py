"""Brings databases to the newest revision, and says whether they are there and hold what the code expects.

Forward only: there is no way back but a backup. The engine is its own, without the foreign-key pragma, since SQLite's
cascades would delete children while a parent table is rebuilt. Which databases there are is the caller's affair.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.pool import NullPool

from migrations import FOLDER, Schema, head, version_table

LOCK = 0x6D6F7463
"""PostgreSQL advisory lock: of several machines that upgrade at once, one does and the others find it done."""


@dataclass(frozen=True)
class Target:
    """One database to migrate.

    :param name: as the command line calls it: ``idp`` or a site's name.
    :param metadata: every table it should have, in one or several collections.
    """

    name: str
    schema: Schema
    url: str
    metadata: Sequence[MetaData]


@dataclass(frozen=True)
class State:
    """Where a database stands. ``current`` means at the newest revision and with exactly the tables of the code."""

    name: str
    revision: str | None
    head: str
    differences: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Whether nothing is left to do."""
        return self.revision == self.head and not self.differences


def upgrade(target: Target) -> State:
    """Bring a database to the newest revision, wholly or not at all; safe to call at any time, by several at once."""
    _make_file(target.url)
    with _connection(target, "BEGIN IMMEDIATE") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        command.upgrade(_config(target, connection), "head")
    return check(target)


def check(target: Target) -> State:
    """Say which revision a database is at, and each difference to the tables of the code."""
    file = _sqlite_file(target.url)
    if file and not file.exists():
        return State(target.name, None, head(target.schema), ())
    with _connection(target) as connection:
        context = _context(target, connection)
        metadata = list(target.metadata)
        # Alembic's environment takes several collections; its annotation here names one.
        changes = compare_metadata(context, metadata)  # type: ignore[arg-type]
        differences = tuple(_in_words(change) for change in changes)
        return State(target.name, context.get_current_revision(), head(target.schema), differences)


def revise(target: Target, message: str, revision: str) -> None:
    """Write the next revision from the differences of a database that is at the newest one (for engineers)."""
    with _connection(target) as connection:
        command.revision(_config(target, connection), message, autogenerate=True, rev_id=revision)


@contextmanager
def _connection(target: Target, begin: str = "BEGIN") -> Iterator[Connection]:
    """Give a connection in one transaction; on SQLite it begins with ``begin``."""
    engine = create_engine(target.url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        _begin_ourselves(engine, begin)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _begin_ourselves(engine: Engine, begin: str) -> None:
    """Put data definition into the transaction too, which the driver would otherwise commit statement by statement."""

    @event.listens_for(engine, "connect")
    def _prepare(driver_connection: Any, _record: Any) -> None:
        driver_connection.isolation_level = None
        driver_connection.execute("PRAGMA busy_timeout=30000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _config(target: Target, connection: Connection) -> Config:
    config = Config(str(FOLDER / "alembic.ini"), ini_section=target.schema, stdout=io.StringIO())
    table = version_table(target.schema)
    config.attributes.update(connection=connection, metadata=list(target.metadata), version_table=table)
    return config


def _context(target: Target, connection: Connection) -> MigrationContext:
    options = {"version_table": version_table(target.schema), "compare_type": True}
    return MigrationContext.configure(connection, opts=options)


def _sqlite_file(url: str) -> Path | None:
    database = make_url(url)
    named = database.get_backend_name() == "sqlite" and database.database not in (None, "", ":memory:")
    return Path(str(database.database)) if named else None


def _make_file(url: str) -> None:
    """Make a SQLite file and its folder for our own eyes only, before the driver makes it for everybody's."""
    file = _sqlite_file(url)
    if file and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)


def _in_words(change: Any) -> str:
    """Name one difference in a line; alterations come as lists of tuples."""
    first = change[0] if isinstance(change, list) else change
    return " ".join(str(getattr(part, "name", part)) for part in first[:5] if part is not None)
