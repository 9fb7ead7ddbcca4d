"""PostgreSQL through libpq's own prepared statements, in autocommit: a third of what a cursor of psycopg costs.

psycopg connects, and gives libpq's calls (``psycopg.pq``); here values become PostgreSQL's text format and come back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

from idp.errors import NotStorable
from idp.store.driver.statement import Row, Statement

AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
TOO_SLOW = psycopg.errors.QueryCanceled
"""What a statement that took longer than ``statement_timeout`` ends with; it is among ``AWAY``."""
OPTIONS = "-c statement_timeout=5000 -c timezone=UTC -c plan_cache_mode=force_generic_plan"
"""Of the session. Hot statements find single rows by keys, so planning them anew with the values never pays. An operator's
own options, in the address, come after these."""
SOON = "-c synchronous_commit=off"
"""Commits are on disk within three ``wal_writer_delay``, as SQLite's are soon: what a crash of the server may take is told
in ``docs/decisions/hot-paths.md``."""
SILENCE_MILLISECONDS = 5000
"""After which a server that acknowledges nothing is taken for gone."""

_IDLE = int(pq.TransactionStatus.IDLE)
_TUPLES, _DONE = int(pq.ExecStatus.TUPLES_OK), int(pq.ExecStatus.COMMAND_OK)
Decoder = Callable[[bytes], Any]


def _bytes(text: bytes) -> bytes:
    return bytes.fromhex(text[2:].decode("ascii"))


def _text(text: bytes) -> str:
    return text.decode()


_DECODERS: Mapping[int, Decoder] = {
    16: b"t".__eq__,
    17: _bytes,
    20: int,
    21: int,
    23: int,
    700: float,
    701: float,
}
"""By PostgreSQL's type number (``pg_type.h``): boolean, bytea, integers, floats; anything else is text."""


def connect(address: str, options: str = "", *, durable: bool = False) -> "PostgresqlConnection":
    """Connect.

    :param address: a libpq connection string.
    :param options: further options of the session, which win over ours.
    :param durable: whether a commit waits for the disk.
    """
    driver = psycopg.connect(
        address,
        autocommit=True,
        options=f"{OPTIONS} {'' if durable else SOON} {options}",
        connect_timeout=2,
        tcp_user_timeout=SILENCE_MILLISECONDS,
    )
    return PostgresqlConnection(driver)


def joined(driver: Any) -> "PostgresqlConnection":
    """Give our verbs on a connection that SQLAlchemy keeps."""
    return PostgresqlConnection(driver)


class PostgresqlConnection:
    """A connection that prepares each statement at its first use.

    :raises psycopg.OperationalError: from every verb, when the database cannot answer.
    """

    is_sqlite = False

    def __init__(self, driver: psycopg.Connection) -> None:
        self._driver = driver
        self._libpq = driver.pgconn
        self._prepared: dict[Statement, bytes] = {}
        self._decoders: dict[Statement, tuple[Decoder, ...]] = {}

    def run(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Run a statement; give its first row, None when there is none.

        :raises NotStorable: for a value that no column takes.
        """
        name = self._prepared.get(statement) or self._prepare(statement)
        # psycopg's annotation forgets that None stands for NULL.
        given: list[Any] = [_encoded(values[each]) for each in statement.names]
        result = self._libpq.exec_prepared(name, given)
        if result.status == _DONE:
            return None
        if result.status != _TUPLES:
            raise _trouble(result)
        if not result.ntuples:
            return None
        decoders = self._decoders.get(statement) or self._learn(statement, result)
        found = []
        for place, decode in enumerate(decoders):
            value = result.get_value(0, place)
            found.append(None if value is None else decode(value))
        return tuple(found)

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows by COPY, all or none."""
        into = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._driver.cursor() as cursor, cursor.copy(into.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def join(self) -> None:
        """Take part in the transaction that SQLAlchemy has begun: psycopg says so only with its own first statement."""
        if self._libpq.transaction_status == _IDLE:
            self.begin()

    def begin(self) -> None:
        """Begin a transaction."""
        self._say(b"BEGIN")

    def commit(self) -> None:
        """Keep what was done since ``begin``."""
        self._say(b"COMMIT")

    def roll_back(self) -> None:
        """Undo what was done since ``begin``."""
        self._say(b"ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self._driver.close()

    def _prepare(self, statement: Statement) -> bytes:
        name = b"hot_%d" % len(self._prepared)
        result = self._libpq.prepare(name, statement.postgresql)
        if result.status != _DONE:
            raise _trouble(result)
        self._prepared[statement] = name
        return name

    def _learn(self, statement: Statement, result: Any) -> tuple[Decoder, ...]:
        types = [result.ftype(place) for place in range(result.nfields)]
        decoders = self._decoders[statement] = tuple(_DECODERS.get(each, _text) for each in types)
        return decoders

    def _say(self, command: bytes) -> None:
        result = self._libpq.exec_(command)
        if result.status != _DONE:
            raise _trouble(result)


def _encoded(value: Any) -> bytes | None:
    """Write a value in PostgreSQL's text format.

    :raises NotStorable: for a text with NUL, where libpq would end it, or a lone surrogate.
    """
    if value is None:
        return None
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    try:
        encoded = str(value).encode()
    except UnicodeEncodeError as error:
        raise NotStorable from error
    if b"\0" in encoded:
        raise NotStorable
    return encoded


def _trouble(result: Any) -> Exception:
    """Give the exception for what the database said; without a word of its own, the connection is gone."""
    if not result.error_field(pq.DiagnosticField.SQLSTATE):
        return psycopg.OperationalError(result.error_message.decode("utf-8", "replace"))
    error = error_from_result(result)
    return NotStorable() if isinstance(error, psycopg.DataError) else error
