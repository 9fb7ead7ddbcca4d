"""Keeps the tokens of dynamic registration as hashes: initial access tokens, and each client's own (RFC 7591, RFC 7592)."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from idp.store import bounded
from idp.store.database import metadata

registration_tokens = Table(
    "registration_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("client_id", ForeignKey("clients.client_id", ondelete="CASCADE"), unique=True),
    Column("uses_left", Integer),
    Column("expires_at", BigInteger, index=True),
)
bounded.rows_end(
    registration_tokens,
    bounded.Ending(registration_tokens.c.expires_at),
    reason="an initial access token goes when it expires; a client's own goes with the client",
)


@dataclass(frozen=True)
class RegistrationToken:
    """One token. ``client_id`` is None for an initial access token; ``expires_at`` is Unix seconds, None for never."""

    token_hash: str
    client_id: str | None
    uses_left: int | None
    expires_at: int | None


def add(connection: Connection, row: RegistrationToken) -> None:
    """Keep a token."""
    connection.execute(insert(registration_tokens).values(row.__dict__))


def spend(connection: Connection, token_hash: str, now: int) -> bool:
    """Use an initial access token once; False when it is unknown, expired or used up."""
    row = registration_tokens.c
    usable = (row.token_hash == token_hash, row.client_id.is_(None), row.uses_left > 0, row.expires_at > now)
    change = update(registration_tokens).where(*usable).values(uses_left=row.uses_left - 1)
    return connection.execute(change).rowcount == 1


def give_back(connection: Connection, token_hash: str) -> None:
    """Undo one use of an initial access token."""
    row = registration_tokens.c
    of = (row.token_hash == token_hash, row.client_id.is_(None))
    connection.execute(update(registration_tokens).where(*of).values(uses_left=row.uses_left + 1))


def client_of(connection: Connection, token_hash: str) -> str | None:
    """Give the client whose registration access token this is, or None."""
    wanted = select(registration_tokens.c.client_id).where(registration_tokens.c.token_hash == token_hash)
    return connection.execute(wanted).scalar_one_or_none()


def replace(connection: Connection, client_id: str, token_hash: str) -> None:
    """Give a client another registration access token; the old one is worth nothing from then on."""
    connection.execute(delete(registration_tokens).where(registration_tokens.c.client_id == client_id))
    add(connection, RegistrationToken(token_hash, client_id, None, None))
