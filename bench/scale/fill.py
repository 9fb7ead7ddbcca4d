"""Fills a database in minutes: COPY into bare, frozen tables by two processes at once, indexes built behind it.

What is written is ``people``'s affair. A table's constraints are taken off and put back as the database itself describes
them, so the filled schema is the product's own; foreign keys come back unchecked (``NOT VALID``), as their rows are made
from the same numbers.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import make_url

from bench.scale.people import Row, Town

AT_ONCE = 2000
"""Lines that go to COPY together."""
WRITERS = 2
Made = tuple[Row, Iterator[str]]
TABLES: dict[str, Callable[[Town], Made]] = {
    "accounts": Town.account_rows,
    "sign_in_names": Town.name_rows,
    "authenticators": Town.authenticator_rows,
    "subjects": Town.subject_rows,
    "refresh_families": Town.family_rows,
    "sessions": Town.session_rows,
    "consents": Town.consent_rows,
    "session_clients": Town.session_client_rows,
}
"""The dearest first, so that two processes end at about the same time."""
_towns: dict[str, Town] = {}
"""The town that is filled, for the writers, which inherit it: a sealer holds ciphers that cannot be sent to them."""


@dataclass(frozen=True)
class Filled:
    """How long it took in seconds, and what it takes on disk in bytes, with indexes."""

    copying: float
    indexing: float
    disk: int


def fill(url: str, town: Town) -> Filled:
    """Fill a database that has the product's tables and the town's portals."""
    address = libpq(url)
    began = time.monotonic()
    with psycopg.connect(address, autocommit=True) as connection:
        again = strip(connection)
    _towns[address] = town
    _write(address)
    copied = time.monotonic()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("SET max_parallel_maintenance_workers = 1")
        for statement in again:
            connection.execute(statement.encode())
        connection.execute(f"ANALYZE {', '.join(TABLES)}".encode())
        disk = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return Filled(copied - began, time.monotonic() - copied, int(disk[0]) if disk else 0)


def settle(url: str) -> None:
    """Have everything that was written on disk, so that nothing of the filling is left to be done while others measure."""
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    os.sync()


def strip(connection: "psycopg.Connection[Any]") -> Sequence[str]:
    """Take constraints and indexes off the tables; give the statements that bring them back, foreign keys last."""
    tables = list(TABLES)
    constraints = connection.execute(
        """SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE (conrelid = ANY(%s::regclass[]) OR confrelid = ANY(%s::regclass[])) AND contype IN ('p', 'u', 'f')
        ORDER BY contype = 'f' DESC, conrelid, conname""",
        (tables, tables),
    ).fetchall()
    again = []
    for table, name, kind, definition in constraints:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
        unchecked = " NOT VALID" if kind == "f" else ""
        again.append((kind == "f", f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}{unchecked}'))
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)", (tables,)
    ).fetchall()
    for name, definition in indexes:
        connection.execute(f'DROP INDEX "{name}"'.encode())
        again.append((False, definition))
    return [statement for _, statement in sorted(again, key=lambda pair: pair[0])]


def _write(address: str) -> None:
    """Have every table written by two processes, which end with this one's patience."""
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(WRITERS, multiprocessing.get_context("fork")) as pool:
        try:
            for done in [pool.submit(_copy, address, table) for table in TABLES]:
                done.result()
        except BaseException:
            for writer in set(multiprocessing.active_children()) - others:
                writer.kill()
            raise


def _copy(address: str, table: str) -> None:
    """Write one table in one transaction with its truncation: no log is written, and no row is ever visited again."""
    row, lines = TABLES[table](_towns[address])
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}".encode())
        with cursor.copy(f"COPY {table} ({', '.join(row.columns)}) FROM STDIN (FREEZE)".encode()) as copy:
            while batch := "".join(islice(lines, AT_ONCE)):
                copy.write(batch.encode())


def libpq(url: str) -> str:
    """Give a SQLAlchemy URL as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
