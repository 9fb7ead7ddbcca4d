"""Numbers that a change bumps, so that every process drops what it cached of that kind within a second."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, Connection, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.store import bounded
from idp.store.database import metadata

versions = Table(
    "versions",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False),
)


bounded.grows_with(versions, "one row for each kind of cached thing")


def bump(connection: Connection, name: str) -> None:
    """Say that what is cached under ``name`` has changed; seen by others when the caller's transaction commits."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(versions).values(name=name, number=1)
    change = {"number": versions.c.number + 1}
    connection.execute(first.on_conflict_do_update(index_elements=["name"], set_=change))


def current(connection: Connection) -> Mapping[str, int]:
    """Give every name with its number."""
    return {row.name: row.number for row in connection.execute(select(versions))}
