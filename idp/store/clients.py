"""Keeps registered clients, relying parties and resource servers: metadata as registered, the secret as a hash."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    String,
    Table,
    Text,
    delete,
    insert,
    or_,
    select,
)
from sqlalchemy import update as sql_update

from idp.store import bounded
from idp.store.database import metadata

clients = Table(
    "clients",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("secret_hash", String(64)),
    Column("metadata", Text, nullable=False),
    Column("agency", String(32), index=True),
    Column("first_party", Boolean, nullable=False, default=False),
    Column("registered_by", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)

client_resources = Table(
    "client_resources",
    metadata,
    Column("resource", String(512), primary_key=True),
    Column("client_id", ForeignKey("clients.client_id", ondelete="CASCADE"), nullable=False, index=True),
)


bounded.grows_with(clients, "one row for each registered client, removed by its owner or an administrator")
bounded.grows_with(client_resources, "at most fifty resources for each client")


@dataclass(frozen=True)
class ClientRow:
    """One client as kept; ``metadata`` is RFC 7591 metadata, ``registered_by`` is ``administrator`` or ``dynamic``."""

    client_id: str
    secret_hash: str | None
    metadata: dict[str, Any]
    agency: str | None
    first_party: bool
    registered_by: str
    created_at: int
    disabled_at: int | None = None


def find(connection: Connection, client_id: str) -> ClientRow | None:
    """Give one client, or None."""
    row = connection.execute(select(clients).where(clients.c.client_id == client_id)).one_or_none()
    return None if row is None else _row(row._mapping)


def page(connection: Connection, after: str = "", limit: int = 50, *, agency: str | None = None) -> Sequence[ClientRow]:
    """Give up to ``limit`` clients whose identifier sorts behind ``after``.

    :param agency: only those of this agency and of those below it.
    """
    wanted = select(clients).where(clients.c.client_id > after).order_by(clients.c.client_id).limit(limit)
    if agency is not None:
        wanted = wanted.where(
            or_(clients.c.agency == agency, clients.c.agency.startswith(f"{agency}.", autoescape=True))
        )
    return [_row(row._mapping) for row in connection.execute(wanted)]


def add(connection: Connection, row: ClientRow) -> None:
    """Keep a new client and the resources it serves.

    :raises sqlalchemy.exc.IntegrityError: when its identifier or one of its resources is taken.
    """
    connection.execute(insert(clients).values(_values(row)))
    _set_resources(connection, row)


def replace(connection: Connection, row: ClientRow) -> bool:
    """Replace a client's registration as a whole; False when there is none."""
    change = sql_update(clients).where(clients.c.client_id == row.client_id).values(_values(row))
    if connection.execute(change).rowcount != 1:
        return False
    connection.execute(delete(client_resources).where(client_resources.c.client_id == row.client_id))
    _set_resources(connection, row)
    return True


def remove(connection: Connection, client_id: str) -> bool:
    """Remove a client; False when there was none."""
    return connection.execute(delete(clients).where(clients.c.client_id == client_id)).rowcount == 1


def serving(connection: Connection, resource: str) -> str | None:
    """Give the client that serves ``resource`` (RFC 8707), or None."""
    wanted = select(client_resources.c.client_id).where(client_resources.c.resource == resource)
    return connection.execute(wanted).scalar_one_or_none()


def _set_resources(connection: Connection, row: ClientRow) -> None:
    for resource in row.metadata.get("resources", ()):
        connection.execute(insert(client_resources).values(resource=resource, client_id=row.client_id))


def _values(row: ClientRow) -> dict[str, Any]:
    return {**row.__dict__, "metadata": json.dumps(row.metadata, ensure_ascii=False)}


def _row(mapping: Any) -> ClientRow:
    return ClientRow(**{**mapping, "metadata": json.loads(mapping["metadata"])})
