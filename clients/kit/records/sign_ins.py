"""Sign-ins in flight: what one authorization request needs when its response comes, taken once.

Found by the hash of ``state``, sealed under a cookie that only the browser which began it has.
"""

from sqlalchemy import BigInteger, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from clients.kit.records.database import Base

LIFETIME = 900
"""Seconds somebody may take at the provider, signing up included."""


class SignIn(Base):
    """One authorization request that waits for its response."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    dies_at: Mapped[int] = mapped_column(BigInteger, index=True)


def remember(session: Session, name: str, content: bytes, now: int) -> None:
    """Keep the request whose state has the hash ``name``."""
    session.add(SignIn(id=name, content=content, dies_at=now + LIFETIME))


def take(session: Session, name: str, now: float) -> bytes | None:
    """Give what was kept and forget it; nothing the second time or when it is too old."""
    statement = delete(SignIn).where(SignIn.id == name).returning(SignIn.content, SignIn.dies_at)
    row = session.execute(statement).one_or_none()
    return row.content if row is not None and row.dies_at > now else None


def sweep(session: Session, now: float, limit: int) -> int:
    """Remove up to ``limit`` sign-ins that were never finished; gives how many."""
    over = select(SignIn.id).where(SignIn.dies_at <= now).limit(limit)
    return session.connection().execute(delete(SignIn).where(SignIn.id.in_(over))).rowcount
