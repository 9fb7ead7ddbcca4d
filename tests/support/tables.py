"""The provider's tables in a database of a test: made once in this process, copied into every SQLite database."""

import sqlite3
from functools import cache

from sqlalchemy import create_engine

from idp.store.database import Database
from idp.store.tables import create_all, every_metadata


@cache
def _with_tables() -> sqlite3.Connection:
    """A SQLite database in memory with every table, empty."""
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})
    create_all(engine)
    raw = engine.raw_connection()
    connection = raw.driver_connection
    raw.detach()
    assert isinstance(connection, sqlite3.Connection)
    return connection


def make_tables(database: Database) -> None:
    """Give a new database every table of the provider."""
    if not database.is_sqlite:
        create_all(database.engine)
        return
    raw = database.engine.raw_connection()
    try:
        assert isinstance(raw.driver_connection, sqlite3.Connection)
        _with_tables().backup(raw.driver_connection)
    finally:
        raw.close()


def empty_tables(database: Database) -> None:
    """Delete every row of every table, in one trip to the server."""
    tables = reversed([table for metadata in every_metadata for table in metadata.sorted_tables])
    statements = "; ".join(f'DELETE FROM "{table.name}"' for table in tables)
    with database.write() as connection:
        connection.exec_driver_sql(statements)
