"""Reads what a database really holds, so that two ways of making it can be compared to the letter."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine

POSTGRESQL = (
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT relname, relpersistence::text, reloptions::text FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
)


def schema(engine: Engine) -> set[tuple[Any, ...]]:
    """Give every column, index and constraint, whatever made them and in whatever order."""
    with engine.connect() as connection:
        facts = _sqlite(connection) if engine.dialect.name == "sqlite" else _postgresql(connection)
    return {fact for fact in facts if not any("alembic_version" in str(part) for part in fact)}


def _postgresql(connection: Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for query in POSTGRESQL for row in connection.exec_driver_sql(query)]


def _sqlite(connection: Connection) -> list[tuple[Any, ...]]:
    facts: list[tuple[Any, ...]] = []
    for (table,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").all():
        facts += [(table, *row[1:]) for row in _pragma(connection, "table_xinfo", table)]
        facts += [(table, "references", *row[2:]) for row in _pragma(connection, "foreign_key_list", table)]
        for index in _pragma(connection, "index_list", table):
            columns = tuple(row[2] for row in _pragma(connection, "index_info", index[1]))
            facts.append((table, index[2], index[3], index[4], columns))
    named = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    return facts + [(name, " ".join(sql.split())) for name, sql in named]


def _pragma(connection: Connection, pragma: str, subject: str) -> Sequence[Any]:
    return connection.exec_driver_sql(f'PRAGMA {pragma}("{subject}")').all()
