"""Keeps pairwise subjects (OpenID Connect Core §8.1): one random UUID per account and sector, computed from nothing."""

from collections.abc import Sequence

from sqlalchemy import Column, Connection, ForeignKey, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.store import bounded
from idp.store.database import metadata
from idp.store.direct import Direct, Statement

subjects = Table(
    "subjects",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("sector", String(255), primary_key=True),
    Column("sub", String(36), nullable=False, unique=True),
)


bounded.grows_with(subjects, "one row for each account and sector it ever met; dossiers hang on it, so it stays")


_FIND = Statement("SELECT sub FROM subjects WHERE account_id = :account_id AND sector = :sector")


def known(direct: Direct, account_id: str, sector: str) -> str | None:
    """Give the account's subject in a sector, or None; by the short way, for what a token needs."""
    row = direct.one(_FIND, {"account_id": account_id, "sector": sector})
    return None if row is None else str(row[0])


def find(connection: Connection, account_id: str, sector: str) -> str | None:
    """Give the account's subject in a sector, or None when it has none yet."""
    wanted = select(subjects.c.sub).where(subjects.c.account_id == account_id, subjects.c.sector == sector)
    return connection.execute(wanted).scalar_one_or_none()


def claim(connection: Connection, account_id: str, sector: str, sub: str) -> str:
    """Give the account's subject in a sector; ``sub`` becomes it when there is none yet, however many ask at once."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(subjects).values(account_id=account_id, sector=sector, sub=sub)
    connection.execute(first.on_conflict_do_nothing(index_elements=["account_id", "sector"]))
    return find(connection, account_id, sector) or sub


def of_account(connection: Connection, account_id: str) -> Sequence[tuple[str, str]]:
    """Give an account's subjects: each sector, and who the account's owner is to it."""
    wanted = select(subjects.c.sector, subjects.c.sub).where(subjects.c.account_id == account_id)
    return [(row.sector, row.sub) for row in connection.execute(wanted.order_by(subjects.c.sector))]


def account_of(connection: Connection, sub: str) -> tuple[str, str] | None:
    """Give the account and sector of a subject, or None."""
    row = connection.execute(
        select(subjects.c.account_id, subjects.c.sector).where(subjects.c.sub == sub)
    ).one_or_none()
    return None if row is None else (row.account_id, row.sector)
