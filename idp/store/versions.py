"""Numbers that a change bumps, so that every process drops what it cached of that kind within a second."""

import json
from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, Connection, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.store import bounded
from idp.store.database import metadata
from idp.store.direct import Direct, Statement

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


_LATEST = Statement(
    "SELECT json_group_object(name, number) FROM versions",
    postgresql="SELECT json_object_agg(name, number)::text FROM versions",
)


def current(connection: Connection) -> Mapping[str, int]:
    """Give every name with its number, as the caller's transaction sees it."""
    return {row.name: row.number for row in connection.execute(select(versions))}


def latest(direct: Direct) -> Mapping[str, int]:
    """Give every name with its number in one short statement; what each process looks at twice a second."""
    row = direct.one(_LATEST, {})
    return dict(json.loads(row[0])) if row and row[0] else {}
