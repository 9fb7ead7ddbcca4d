"""The serial of each day's dossiers: taken in the transaction that files the dossier, so that none is given twice."""

from sqlalchemy import BigInteger, String, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from clients.kit.records.database import Base
from clients.kit.records.tables import swept

KEPT = 7 * 86400
"""Seconds for which a day's counter is kept; nobody files into the past."""


class Serial(Base):
    """How many dossiers an agency's unit has taken on one day (``yymmdd``)."""

    __tablename__ = "dossier_serials"

    agency: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[str] = mapped_column(String(6), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
    dies_at: Mapped[int] = mapped_column(BigInteger, index=True)


def take(work: Session, agency: str, day: str, now: int) -> int:
    """Give the next serial of an agency's day, from 1; others wait until this unit of work ends."""
    dialect = postgresql if work.get_bind().dialect.name == "postgresql" else sqlite
    row = {"agency": agency, "day": day, "last": 0, "dies_at": now + KEPT}
    work.execute(dialect.insert(Serial).values(row).on_conflict_do_nothing())
    mine = Serial.agency == agency, Serial.day == day
    taken = work.execute(update(Serial).where(*mine).values(last=Serial.last + 1).returning(Serial.last))
    return int(taken.scalar_one())


@swept
def sweep(work: Session, now: float, limit: int) -> int:
    """Remove up to ``limit`` counters of days that are long over; gives how many."""
    over = select(Serial.agency, Serial.day).where(Serial.dies_at <= now).limit(limit)
    removed = 0
    for agency, day in work.execute(over).all():
        work.execute(delete(Serial).where(Serial.agency == agency, Serial.day == day))
        removed += 1
    return removed
