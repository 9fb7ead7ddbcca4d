"""Keeps recoveries: an account's way back when everything that opens it is lost. When one takes effect is decided above."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    insert,
    select,
    update,
)

from idp.store import bounded
from idp.store.database import metadata

recoveries = Table(
    "recoveries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("method", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("proposed_by", String(36), nullable=False),
    Column("confirmed_by", String(36)),
    Column("created_at", BigInteger, nullable=False),
    Column("effective_at", BigInteger, nullable=False, index=True),
    Column("ended_at", BigInteger, index=True),
    Column("agency", String(32), index=True),
    Column("contact_sealed", LargeBinary),
    Column("contact_confirmed_at", BigInteger),
)
_OPEN = recoveries.c.ended_at.is_(None)
Index("ix_recoveries_one_open", recoveries.c.account_id, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
"""Of two that are begun in the same moment, the database keeps one."""

KEPT = 90 * 86400
"""Seconds that an ended recovery is kept for whoever asks after it; the trail keeps it for good."""
bounded.rows_end(
    recoveries,
    bounded.Ending(recoveries.c.ended_at, KEPT),
    reason="a recovery goes ninety days after it was done or stopped; an open one ends by itself",
)

PROPOSED, WAITING, DONE, STOPPED = "proposed", "waiting", "done", "stopped"


@dataclass(frozen=True)
class RecoveryRow:
    """One recovery. ``method`` is counter or reproofing; ``state`` proposed, waiting, done or stopped.

    ``effective_at`` (Unix seconds) is when a waiting one takes effect, and when a proposed one is over. ``agency`` is whose
    counter it was begun at, None for the operator's; ``contact_sealed`` the channel that replaces the lost ones, kept
    while it is open, and ``contact_confirmed_at`` since when its code is known to have been read there.
    """

    id: str
    account_id: str
    method: str
    state: str
    proposed_by: str
    created_at: int
    effective_at: int
    confirmed_by: str | None = None
    ended_at: int | None = None
    agency: str | None = None
    contact_sealed: bytes | None = None
    contact_confirmed_at: int | None = None


def add(connection: Connection, row: RecoveryRow) -> None:
    """Keep a new recovery.

    :raises sqlalchemy.exc.IntegrityError: when one of the account's is open already.
    """
    connection.execute(insert(recoveries).values(row.__dict__))


def find(connection: Connection, recovery_id: str) -> RecoveryRow | None:
    """Give one, or None."""
    row = connection.execute(select(recoveries).where(recoveries.c.id == recovery_id)).one_or_none()
    return None if row is None else RecoveryRow(**row._mapping)


def open_of(connection: Connection, account_id: str) -> Sequence[RecoveryRow]:
    """Give an account's recoveries that are neither done nor stopped, the oldest first."""
    wanted = select(recoveries).where(recoveries.c.account_id == account_id, recoveries.c.ended_at.is_(None))
    return [RecoveryRow(**row._mapping) for row in connection.execute(wanted.order_by(recoveries.c.created_at))]


def open_at(connection: Connection, agency: str) -> Sequence[RecoveryRow]:
    """Give the open ones that were begun at an agency's counter, the oldest first, at most a hundred."""
    wanted = select(recoveries).where(recoveries.c.agency == agency, recoveries.c.ended_at.is_(None))
    rows = connection.execute(wanted.order_by(recoveries.c.created_at).limit(100))
    return [RecoveryRow(**row._mapping) for row in rows]


def confirm_contact(connection: Connection, recovery_id: str, now: int) -> bool:
    """Note that the new channel's code was read; False when the recovery is open no more."""
    where = (recoveries.c.id == recovery_id, recoveries.c.ended_at.is_(None))
    return connection.execute(update(recoveries).where(*where).values(contact_confirmed_at=now)).rowcount == 1


def due(connection: Connection, now: int) -> Sequence[RecoveryRow]:
    """Give the open ones whose time has come, at most a hundred."""
    wanted = select(recoveries).where(recoveries.c.ended_at.is_(None), recoveries.c.effective_at <= now).limit(100)
    return [RecoveryRow(**row._mapping) for row in connection.execute(wanted)]


def end(
    connection: Connection, recovery_id: str, before: str, after: str, now: int, *, confirmed_by: str | None = None
) -> bool:
    """End one that is still in the state ``before``; of two at once, one does."""
    where = (recoveries.c.id == recovery_id, recoveries.c.state == before)
    values = {"state": after, "ended_at": now, "contact_sealed": None}
    values |= {"confirmed_by": confirmed_by} if confirmed_by else {}
    return connection.execute(update(recoveries).where(*where).values(**values)).rowcount == 1


def of_account(connection: Connection, account_id: str) -> Sequence[RecoveryRow]:
    """Give an account's recoveries, ended ones too, the newest first."""
    wanted = select(recoveries).where(recoveries.c.account_id == account_id).order_by(recoveries.c.created_at.desc())
    return [RecoveryRow(**row._mapping) for row in connection.execute(wanted)]


def last_done(connection: Connection, account_id: str) -> str:
    """Give the identifier of the last recovery of an account that took effect, empty for none."""
    wanted = select(recoveries.c.id).where(recoveries.c.account_id == account_id, recoveries.c.state == DONE)
    newest = wanted.order_by(recoveries.c.ended_at.desc(), recoveries.c.id).limit(1)
    return connection.execute(newest).scalar_one_or_none() or ""


def stop_open(connection: Connection, account_id: str, now: int) -> int:
    """Stop every open one of an account; gives how many."""
    where = (recoveries.c.account_id == account_id, recoveries.c.ended_at.is_(None))
    values = {"state": STOPPED, "ended_at": now, "contact_sealed": None}
    return connection.execute(update(recoveries).where(*where).values(**values)).rowcount
