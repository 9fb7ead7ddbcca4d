"""Keeps signing keys: the private half sealed, the public half in the clear, and where each is in its life.

At most one key of an algorithm is ``next`` and one ``active``: the database itself refuses a second, so that two
workers that rotate at once cannot make two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, String, Table, Text, insert, select, update

from keys.store.tables import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("algorithm", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("private_sealed", LargeBinary),
    Column("public_jwk", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
for _state in ("next", "active"):
    _only = signing_keys.c.state == _state
    Index(
        f"uq_signing_keys_{_state}",
        signing_keys.c.algorithm,
        unique=True,
        sqlite_where=_only,
        postgresql_where=_only,
    )


@dataclass(frozen=True)
class KeyRow:
    """One signing key as kept. Times are Unix seconds; ``changed_at`` is when it entered its state."""

    kid: str
    algorithm: str
    state: str
    private_sealed: bytes | None
    public_jwk: str
    created_at: int
    changed_at: int


def all_keys(connection: Connection) -> Sequence[KeyRow]:
    """Give every key, the oldest first."""
    rows = connection.execute(select(signing_keys).order_by(signing_keys.c.created_at, signing_keys.c.kid))
    return [KeyRow(**row._mapping) for row in rows]


def add(connection: Connection, row: KeyRow) -> None:
    """Keep a new key.

    :raises sqlalchemy.exc.IntegrityError: when another process already added one for that algorithm and state.
    """
    connection.execute(insert(signing_keys).values(**row.__dict__))


def move(connection: Connection, kid: str, old: str, new: str, now: int, **values: Any) -> bool:
    """Move a key from state ``old`` to ``new``; False when it was not in ``old`` any more."""
    change = update(signing_keys).where(signing_keys.c.kid == kid, signing_keys.c.state == old)
    return connection.execute(change.values(state=new, changed_at=now, **values)).rowcount == 1


def forget(connection: Connection, before: int) -> int:
    """Remove keys that retired before ``before``; gives how many."""
    gone = signing_keys.delete().where(signing_keys.c.state == "retired", signing_keys.c.changed_at < before)
    return connection.execute(gone).rowcount
