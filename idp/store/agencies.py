"""Keeps the agency catalogue: one row for each code and the period in which it stood for that agency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, String, Table, Text, delete, insert, select

from idp.store import bounded
from idp.store.database import metadata

agencies = Table(
    "agencies",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("valid_from", String(10), primary_key=True),
    Column("valid_until", String(10), nullable=False),
    Column("successor", String(32), nullable=False),
    Column("name_vi", String(300), nullable=False),
    Column("name_en", String(300), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("source", Text, nullable=False),
    Column("certainty", String(16), nullable=False),
)
bounded.grows_with(agencies, "the rows of the catalogue that was loaded last")


@dataclass(frozen=True)
class AgencyRow:
    """One agency during one period. Dates are ``YYYY-MM-DD``, the last one exclusive; empty where there is none.

    ``certainty`` is verified, secondary or recalled: how sure ``source`` makes the row.
    """

    code: str
    name_vi: str
    name_en: str
    kind: str
    valid_from: str = ""
    valid_until: str = ""
    successor: str = ""
    source: str = ""
    certainty: str = "recalled"


def replace(connection: Connection, rows: Iterable[AgencyRow]) -> None:
    """Keep these rows in place of all that were there."""
    connection.execute(delete(agencies))
    values = [row.__dict__ for row in rows]
    if values:
        connection.execute(insert(agencies), values)


def every(connection: Connection) -> Sequence[AgencyRow]:
    """Give every row, by code and then by time."""
    rows = connection.execute(select(agencies).order_by(agencies.c.code, agencies.c.valid_from))
    return [AgencyRow(**row._mapping) for row in rows]


def of_code(connection: Connection, code: str) -> Sequence[AgencyRow]:
    """Give the rows of one code, by time."""
    rows = connection.execute(select(agencies).where(agencies.c.code == code).order_by(agencies.c.valid_from))
    return [AgencyRow(**row._mapping) for row in rows]
