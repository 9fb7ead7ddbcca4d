"""Ephemeral state in the provider's database: one statement for each verb, by the injected clock.

A statement is a transaction of its own; its conflict clause makes it atomic among threads, processes and machines on
SQLite and PostgreSQL alike. On PostgreSQL the table is unlogged: a crash or a promoted replica empties it, its birth
mark included. Removing expired rows is left to the worker's clean-up.
"""

import json
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, LargeBinary, Table, Text

from idp.clock import Clock
from idp.store import bounded
from idp.store.database import UNLOGGED, Database, metadata
from idp.store.direct import Row, Statement
from idp.store.ephemeral.interface import Value, digest

ephemeral = Table(
    "ephemeral",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text),
    Column("total", BigInteger, nullable=False),
    Column("expires_at", Float(53), nullable=False),
    Index("ix_ephemeral_expires_at", "expires_at"),
    info=UNLOGGED,
)
bounded.rows_end(ephemeral, bounded.Ending(ephemeral.c.expires_at), reason="a row ends with its lifetime")

BIRTH_LIFETIME = 1e11
"""Seconds, some three thousand years: the birth mark goes only with the store."""

_INSERT = "INSERT INTO ephemeral (digest, kind, value, total, expires_at) VALUES (:digest, :kind, :value, 1, :until)"
_STATEMENTS = {
    verb: Statement(sql)
    for verb, sql in {
        "put": f"{_INSERT} ON CONFLICT (digest) DO UPDATE"
        " SET value = excluded.value, total = 1, expires_at = excluded.expires_at",
        "peek": "SELECT value FROM ephemeral WHERE digest = :digest AND expires_at > :now",
        "take": "DELETE FROM ephemeral WHERE digest = :digest AND expires_at > :now RETURNING value",
        "claim": f"{_INSERT} ON CONFLICT (digest) DO UPDATE"
        " SET value = excluded.value, total = 1, expires_at = excluded.expires_at"
        " WHERE ephemeral.expires_at <= :now RETURNING 1",
        "count": f"{_INSERT} ON CONFLICT (digest) DO UPDATE"
        " SET total = CASE WHEN ephemeral.expires_at <= :now THEN 1 ELSE ephemeral.total + 1 END,"
        " expires_at = CASE WHEN ephemeral.expires_at <= :now THEN excluded.expires_at ELSE ephemeral.expires_at END"
        " RETURNING total",
        "forget": "DELETE FROM ephemeral WHERE digest = :digest",
    }.items()
}


class SqlEphemeralStore:
    """The verbs of ``EphemeralStore`` on SQLite or PostgreSQL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, kind: str, key: str, value: Value, lifetime: float) -> None:
        """Keep ``value`` for ``lifetime`` seconds, in place of what was there."""
        self._run("put", kind, key, lifetime, json.dumps(value))

    def peek(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and leave it there."""
        return _value(self._run("peek", kind, key))

    def take(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and remove it."""
        return _value(self._run("take", kind, key))

    def claim(self, kind: str, key: str, lifetime: float) -> bool:
        """Say whether this is the first claim within ``lifetime`` seconds."""
        return self._run("claim", kind, key, lifetime) is not None

    def count(self, kind: str, key: str, lifetime: float) -> int:
        """Add one and give the total of the window."""
        row = self._run("count", kind, key, lifetime)
        assert row is not None
        return int(row[0])

    def forget(self, kind: str, key: str) -> None:
        """Remove value, claim or count."""
        self._run("forget", kind, key)

    def born_at(self) -> float:
        """Give the birth mark, which the first to ask writes."""
        mark = self.peek("store", "born")
        if mark is None:
            self._run("claim", "store", "born", BIRTH_LIFETIME, json.dumps({"at": self._clock()}))
            mark = self.peek("store", "born")
        return float(mark["at"]) if mark else self._clock()

    def _run(self, verb: str, kind: str, key: str, lifetime: float = 0, value: str | None = None) -> Row | None:
        now = self._clock()
        given = {"digest": digest(kind, key), "kind": kind, "value": value, "now": now, "until": now + lifetime}
        return self._database.direct.one(_STATEMENTS[verb], given)


def _value(row: Row | None) -> dict[str, Any] | None:
    return json.loads(row[0]) if row is not None and row[0] is not None else None
