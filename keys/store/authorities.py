"""Keeps the built-in authorities: certificates in the clear, keys sealed, the newest CRL, and the OCSP responder's key.

Issuing keys are sealed under a key-encryption key that web processes do not hold; responder keys under the one that
they do. Every function takes the caller's connection and never commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from keys.store.tables import metadata

authorities = Table(
    "authorities",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("hierarchy", String(16), nullable=False),
    Column("issuer", String(32)),
    Column("certificate", LargeBinary, nullable=False),
    Column("key_sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

revocation_lists = Table(
    "revocation_lists",
    metadata,
    Column("authority", ForeignKey("authorities.name"), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("published_at", Float, nullable=False),
    Column("next_update", BigInteger, nullable=False),
)

responders = Table(
    "responders",
    metadata,
    Column("authority", ForeignKey("authorities.name"), primary_key=True),
    Column("certificate", LargeBinary, nullable=False),
    Column("key_sealed", LargeBinary, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("not_after", BigInteger, nullable=False),
)


@dataclass(frozen=True)
class AuthorityRow:
    """One authority as kept; ``certificate`` is DER."""

    name: str
    hierarchy: str
    issuer: str | None
    certificate: bytes
    key_sealed: bytes
    created_at: int


@dataclass(frozen=True)
class ListRow:
    """An authority's newest CRL (DER); ``published_at`` in Unix seconds with fractions."""

    authority: str
    number: int
    content: bytes
    published_at: float
    next_update: int


@dataclass(frozen=True)
class ResponderRow:
    """The OCSP responder of one authority; times are those of its certificate."""

    authority: str
    certificate: bytes
    key_sealed: bytes
    not_before: int
    not_after: int


def every(connection: Connection) -> Sequence[AuthorityRow]:
    """Give every authority, an issuer before those below it."""
    rows = connection.execute(select(authorities).order_by(authorities.c.created_at, authorities.c.name))
    found = [AuthorityRow(**row._mapping) for row in rows]
    return sorted(found, key=lambda row: row.issuer is not None)


def find(connection: Connection, name: str) -> AuthorityRow | None:
    """Give one authority, or None."""
    row = connection.execute(select(authorities).where(authorities.c.name == name)).one_or_none()
    return None if row is None else AuthorityRow(**row._mapping)


def add(connection: Connection, row: AuthorityRow) -> None:
    """Keep a new authority.

    :raises sqlalchemy.exc.IntegrityError: when there is one of that name.
    """
    connection.execute(insert(authorities).values(**row.__dict__))


def newest_list(connection: Connection, authority: str, *, hold: bool = False) -> ListRow | None:
    """Give an authority's newest CRL.

    :param hold: keep others from replacing it until the caller's transaction ends (PostgreSQL).
    """
    wanted = select(revocation_lists).where(revocation_lists.c.authority == authority)
    row = connection.execute(wanted.with_for_update() if hold else wanted).one_or_none()
    return None if row is None else ListRow(**row._mapping)


def publish_list(connection: Connection, row: ListRow) -> bool:
    """Put a CRL in the place of an older one; False when one with this number or a later one is there already."""
    insertion = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(revocation_lists)
    values = {name: value for name, value in row.__dict__.items() if name != "authority"}
    older = revocation_lists.c.number < row.number
    statement = insertion.values(**row.__dict__).on_conflict_do_update(
        index_elements=["authority"], set_=values, where=older
    )
    return connection.execute(statement).rowcount == 1


def every_responder(connection: Connection) -> Sequence[ResponderRow]:
    """Give the responder of every authority that has one."""
    rows = connection.execute(select(responders).order_by(responders.c.authority))
    return [ResponderRow(**row._mapping) for row in rows]


def replace_responder(connection: Connection, row: ResponderRow) -> None:
    """Put a responder's key and certificate in the place of the older ones."""
    values = {name: value for name, value in row.__dict__.items() if name != "authority"}
    change = update(responders).where(responders.c.authority == row.authority).values(**values)
    if connection.execute(change).rowcount == 0:
        connection.execute(insert(responders).values(**row.__dict__))
