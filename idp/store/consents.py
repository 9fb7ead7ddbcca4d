"""Keeps what a person agreed that a portal may know: scopes and claims, with a version and an expiry."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, String, Table, Text, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.store import bounded
from idp.store.database import metadata

consents = Table(
    "consents",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("client_id", ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True),
    Column("scopes", Text, nullable=False),
    Column("refused_claims", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("purposes", String(64), nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)


bounded.rows_end(
    consents,
    bounded.Ending(consents.c.expires_at),
    reason="an agreement goes when it expires, after a year; that a portal was sent away is kept with the account",
)


@dataclass(frozen=True)
class ConsentRow:
    """One person's agreement with one portal; ``refused_claims`` are the optional claims that they left out.

    ``purposes`` is a hash of what the portal said its purposes were.
    """

    account_id: str
    client_id: str
    scopes: tuple[str, ...]
    refused_claims: tuple[str, ...]
    version: int
    purposes: str
    granted_at: int
    expires_at: int


def find(connection: Connection, account_id: str, client_id: str) -> ConsentRow | None:
    """Give a person's agreement with a portal, expired or not."""
    wanted = select(consents).where(consents.c.account_id == account_id, consents.c.client_id == client_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _row(row._mapping)


def of_account(connection: Connection, account_id: str) -> Sequence[ConsentRow]:
    """Give every agreement of a person, the newest first."""
    wanted = select(consents).where(consents.c.account_id == account_id).order_by(consents.c.granted_at.desc())
    return [_row(row._mapping) for row in connection.execute(wanted)]


def put(connection: Connection, row: ConsentRow) -> None:
    """Keep an agreement in place of the one before."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {**row.__dict__, "scopes": json.dumps(row.scopes), "refused_claims": json.dumps(row.refused_claims)}
    first = dialect.insert(consents).values(values)
    connection.execute(first.on_conflict_do_update(index_elements=["account_id", "client_id"], set_=values))


def withdraw(connection: Connection, account_id: str, client_id: str) -> bool:
    """Remove an agreement; False when there was none."""
    gone = delete(consents).where(consents.c.account_id == account_id, consents.c.client_id == client_id)
    return connection.execute(gone).rowcount == 1


def withdraw_all(connection: Connection, account_id: str) -> None:
    """Remove every agreement of a person whose account is closed."""
    connection.execute(delete(consents).where(consents.c.account_id == account_id))


def _row(mapping: Any) -> ConsentRow:
    lists = {name: tuple(json.loads(mapping[name])) for name in ("scopes", "refused_claims")}
    return ConsentRow(**{**mapping, **lists})
