"""Keeps what holds for a whole installation, one row for each fact: today, whether ``motcua demo`` made it."""

from sqlalchemy import BigInteger, Column, Connection, String, Table, Text, insert, select

from idp.store import bounded
from idp.store.database import metadata

installation = Table(
    "installation",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)

bounded.grows_with(installation, "one row for each fact about the installation: today one")

MODE = "mode"
DEMO = "demo"


def is_demo(connection: Connection) -> bool:
    """Say whether this database was made by ``motcua demo``, once and for all."""
    kept = connection.execute(select(installation.c.value).where(installation.c.name == MODE)).scalar_one_or_none()
    return kept == DEMO


def mark_demo(connection: Connection, now: int) -> None:
    """Record that this database is a demo's; marking it twice changes nothing."""
    if not is_demo(connection):
        connection.execute(insert(installation).values(name=MODE, value=DEMO, since=now))
