"""Ephemeral state in the provider's database: one statement for each verb, by the injected clock.

A statement is a transaction of its own; its conflict clause makes it atomic among threads, processes and machines on
SQLite and PostgreSQL alike. On PostgreSQL the table is unlogged: a crash or a promoted replica empties it, its birth
mark included. Removing expired rows is left to the worker's clean-up.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, LargeBinary, Table, Text

from idp.clock import Clock
from idp.store import bounded
from idp.store.database import UNLOGGED, Database, metadata
from idp.store.direct import Row, Statement
from idp.store.ephemeral.interface import EphemeralStore, Step, digest

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
_PUT = f"{_INSERT} ON CONFLICT (digest) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at, total ="
_STATEMENTS = {
    verb: Statement(sql)
    for verb, sql in {
        "put": f"{_PUT} 1",
        "replace": f"{_PUT} CASE WHEN ephemeral.expires_at <= :now THEN 1 ELSE 2 END RETURNING total",
        "peek": "SELECT value FROM ephemeral WHERE digest = :digest AND expires_at > :now",
        "take": "DELETE FROM ephemeral WHERE digest = :digest AND expires_at > :now RETURNING value",
        "claim": f"{_PUT} 1 WHERE ephemeral.expires_at <= :now RETURNING 1",
        "count": f"{_INSERT} ON CONFLICT (digest) DO UPDATE"
        " SET total = CASE WHEN ephemeral.expires_at <= :now THEN 1 ELSE ephemeral.total + 1 END,"
        " expires_at = CASE WHEN ephemeral.expires_at <= :now THEN excluded.expires_at ELSE ephemeral.expires_at END"
        " RETURNING total",
        "uncount": "UPDATE ephemeral SET total = total - 1 WHERE digest = :digest AND expires_at > :now",
        "forget": "DELETE FROM ephemeral WHERE digest = :digest",
    }.items()
}


class SqlEphemeralStore(EphemeralStore):
    """The verbs on SQLite or PostgreSQL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(clock)
        self._database = database

    def together(self, *steps: Step) -> list[Any]:
        """Do one after the other: on SQLite there is no trip to save."""
        return [self._do(step) for step in steps]

    def born_at(self) -> float:
        """Give the birth mark, which the first to ask writes."""
        mark = self.peek("store", "born")
        if mark is None:
            self._run(Step("claim", "store", "born", BIRTH_LIFETIME, {"at": self._clock()}))
            mark = self.peek("store", "born")
        return float(mark["at"]) if mark else self._clock()

    def _do(self, step: Step) -> Any:
        read = _READ.get(step.verb)
        row = self._run(step)
        return None if read is None else read(row)

    def _run(self, step: Step) -> Row | None:
        now = self._clock()
        given = {
            "digest": digest(step.kind, step.key),
            "kind": step.kind,
            "value": None if step.value is None else json.dumps(step.value),
            "now": now,
            "until": now + step.lifetime,
        }
        return self._database.direct.one(_STATEMENTS[step.verb], given)


def _value(row: Row | None) -> dict[str, Any] | None:
    return json.loads(row[0]) if row is not None and row[0] is not None else None


def _total(row: Row | None) -> int:
    assert row is not None
    return int(row[0])


_READ: Mapping[str, Callable[[Row | None], Any]] = {
    "replace": lambda row: _total(row) > 1,
    "peek": _value,
    "take": _value,
    "claim": lambda row: row is not None,
    "count": _total,
}
"""What a verb's row says; the others give nothing."""
