"""Fills a database in minutes: COPY into bare, frozen tables by two processes at once, each table's indexes built behind it.

What is written is ``rows``' affair. A table's constraints are taken off and put back as the database itself describes
them, so the filled schema is the product's own; foreign keys come back unchecked (``NOT VALID``), as their rows are made
from the same numbers. While it lasts the cluster does not wait for the disk; ``settle`` makes up for that.
"""

import multiprocessing
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import make_url

from bench.scale.people import Town
from bench.scale.rows import TABLES, Rows

WRITERS = 2
SORT_MEMORY = "1GB"
"""For each index that is built, two at once: what is not sorted in memory is written and read again."""
_towns: dict[str, Town] = {}
"""The town that is filled, for the writers, which inherit it: a sealer holds ciphers that cannot be sent to them."""


@dataclass(frozen=True)
class Filled:
    """How long it took in seconds, and what it takes on disk in bytes, with indexes.

    Of the seconds, ``copying`` and ``indexing`` are shares by the time that both writers spent so.
    """

    seconds: float
    copying: float
    indexing: float
    disk: int


@dataclass(frozen=True)
class Bare:
    """What was taken off: by table what makes its indexes and keys again, and what makes the foreign keys again."""

    indexes: Mapping[str, Sequence[str]]
    references: Sequence[str]


def fill(url: str, town: Town) -> Filled:
    """Fill a database that has the product's tables and the town's portals."""
    address = libpq(url)
    began = time.monotonic()
    with psycopg.connect(address, autocommit=True) as connection:
        bare = strip(connection)
    _towns[address] = town
    spent = _write(address, bare)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in bare.references:
            connection.execute(statement.encode())
        connection.execute(f"ANALYZE {', '.join(TABLES)}".encode())
        disk = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    took = time.monotonic() - began
    copying, indexing = (sum(each) for each in zip(*spent, strict=True))
    share = copying / (copying + indexing)
    return Filled(took, took * share, took * (1 - share), int(disk[0]) if disk else 0)


@contextmanager
def hurried(url: str) -> Iterator[None]:
    """Have a cluster not wait for the disk until this ends; nothing that it loses in a crash meanwhile is missed."""
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET fsync")
            connection.execute("SELECT pg_reload_conf()")


def settle(url: str) -> None:
    """Have everything that was written on disk, so that nothing of the filling is left to be done while others measure.

    :raises RuntimeError: when commits would not wait for the disk from now on.
    """
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    os.sync()
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        if connection.execute("SHOW fsync").fetchone() != ("on",):
            raise RuntimeError("the cluster is still in a hurry: what is measured must wait for the disk")


def strip(connection: "psycopg.Connection[Any]") -> Bare:
    """Take constraints and indexes off the tables."""
    tables = list(TABLES)
    constraints = connection.execute(
        """SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE (conrelid = ANY(%s::regclass[]) OR confrelid = ANY(%s::regclass[])) AND contype IN ('p', 'u', 'f')
        ORDER BY contype = 'f' DESC, conrelid, conname""",
        (tables, tables),
    ).fetchall()
    again: dict[str, list[str]] = defaultdict(list)
    references = []
    for table, name, kind, definition in constraints:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
        constraint = f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
        if kind == "f":
            references.append(f"{constraint} NOT VALID")
        else:
            again[table].append(constraint)
    indexes = connection.execute(
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)",
        (tables,),
    ).fetchall()
    for table, name, definition in indexes:
        connection.execute(f'DROP INDEX "{name}"'.encode())
        again[table].append(definition)
    return Bare(again, references)


def _write(address: str, bare: Bare) -> list[tuple[float, float]]:
    """Have every table written by two processes, which end with this one's patience; give the seconds of each."""
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(WRITERS, multiprocessing.get_context("fork")) as pool:
        try:
            writing = [pool.submit(_write_table, address, table, bare.indexes.get(table, ())) for table in TABLES]
            return [done.result() for done in writing]
        except BaseException:
            for writer in set(multiprocessing.active_children()) - others:
                writer.kill()
            raise


def _write_table(address: str, table: str, indexes: Sequence[str]) -> tuple[float, float]:
    """Write one table, then its indexes while its pages are still in memory; give the seconds of both."""
    began = time.monotonic()
    with psycopg.connect(address) as connection:
        _copy(connection, table, Rows(_towns[address]))
    copied = time.monotonic()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"SET maintenance_work_mem = '{SORT_MEMORY}'".encode())
        # The other writer has the other core.
        connection.execute("SET max_parallel_maintenance_workers = 0")
        for statement in indexes:
            connection.execute(statement.encode())
    return copied - began, time.monotonic() - copied


def _copy(connection: "psycopg.Connection[Any]", table: str, rows: Rows) -> None:
    """Write one table in one transaction with its truncation: no log is written, and no row is ever visited again."""
    row, lines = TABLES[table](rows)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}".encode())
        with cursor.copy(f"COPY {table} ({', '.join(row.columns)}) FROM STDIN (FREEZE)".encode()) as copy:
            for block in lines:
                copy.write(block.encode())


def libpq(url: str) -> str:
    """Give a SQLAlchemy URL as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
