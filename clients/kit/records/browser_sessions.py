"""Sessions of browsers at this relying party: one row each, found by the hash of the cookie, sealed under the cookie.

The provider's ``sid`` and the person's ``sub`` stand beside it in the clear, so that a logout token finds its rows.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Float, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from clients.kit.records.database import Base


class BrowserSession(Base):
    """One browser's session, signed in or not. Times are Unix seconds."""

    __tablename__ = "browser_sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    dies_at: Mapped[int] = mapped_column(BigInteger, index=True)
    subject: Mapped[str | None] = mapped_column(String(255), index=True)
    sid: Mapped[str | None] = mapped_column(String(255), index=True)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    end_reason: Mapped[str] = mapped_column(String(40), server_default="", default="")
    visit: Mapped[bytes | None] = mapped_column(LargeBinary)
    person: Mapped[bytes | None] = mapped_column(LargeBinary)
    person_version: Mapped[int] = mapped_column(BigInteger, default=0)
    refreshing_until: Mapped[float] = mapped_column(Float, default=0.0)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lives, in seconds: without a visit, and in all."""

    idle: int
    whole: int


def find(session: Session, name: str, now: float) -> BrowserSession | None:
    """Give the living session whose cookie has the hash ``name``."""
    living = BrowserSession.id == name, BrowserSession.dies_at > now
    return session.scalars(select(BrowserSession).where(*living)).one_or_none()


def begin(session: Session, name: str, now: int, lifetimes: Lifetimes, visit: bytes | None = None) -> BrowserSession:
    """Add a session that nobody is signed in to."""
    row = BrowserSession(
        id=name,
        created_at=now,
        seen_at=now,
        ends_at=now + lifetimes.whole,
        dies_at=now + min(lifetimes.idle, lifetimes.whole),
        visit=visit,
        person_version=0,
        refreshing_until=0.0,
    )
    session.add(row)
    return row


def touch(session: Session, row: BrowserSession, now: int, idle: int) -> None:
    """Note a visit: the session lives on, but never past its whole lifetime."""
    change = {"seen_at": now, "dies_at": min(now + idle, row.ends_at)}
    session.execute(update(BrowserSession).where(BrowserSession.id == row.id).values(change))


def sign_in(session: Session, row: BrowserSession, *, subject: str, sid: str, person: bytes) -> None:
    """Note who is signed in to a session that was begun for them just now."""
    row.subject, row.sid, row.person = subject, sid or None, person
    session.flush()


def keep_visit(session: Session, name: str, visit: bytes) -> None:
    """Keep what the pages remember; who is signed in is not touched, so that a logout meanwhile stands."""
    session.execute(update(BrowserSession).where(BrowserSession.id == name).values(visit=visit))


def forget(session: Session, name: str) -> None:
    """Remove a session at once."""
    session.execute(delete(BrowserSession).where(BrowserSession.id == name))


def begin_refresh(session: Session, name: str, version: int, now: float, until: float) -> bool:
    """Take the right to refresh the tokens of version ``version``; False when another request has it or did it."""
    mine = (
        BrowserSession.id == name,
        BrowserSession.person_version == version,
        BrowserSession.refreshing_until <= now,
        BrowserSession.ended_at.is_(None),
    )
    statement = update(BrowserSession).where(*mine).values(refreshing_until=until)
    return session.connection().execute(statement).rowcount == 1


def end_refresh(session: Session, name: str, version: int, person: bytes | None = None) -> bool:
    """Give the right back, and put new tokens in the place of version ``version``; False when the session has ended."""
    mine = BrowserSession.id == name, BrowserSession.person_version == version, BrowserSession.ended_at.is_(None)
    change: dict[str, object] = {"refreshing_until": 0.0}
    if person is not None:
        change |= {"person": person, "person_version": version + 1}
    return session.connection().execute(update(BrowserSession).where(*mine).values(change)).rowcount == 1


def end(session: Session, now: int, *, sid: str = "", subject: str = "", reason: str = "") -> int:
    """Sign out every browser of the provider's session ``sid``, or without one of the person ``subject``.

    Both given, both must fit (Back-Channel Logout §2.7). The rows stay, so that a page can say what happened;
    names and tokens go. Gives how many there were.

    :param reason: why, where the page has words for it.
    """
    fits: list[ColumnElement[bool]] = [BrowserSession.ended_at.is_(None)]
    if sid:
        fits.append(BrowserSession.sid == sid)
    if subject:
        fits.append(BrowserSession.subject == subject)
    if len(fits) == 1:
        return 0
    gone = {"person": None, "subject": None, "sid": None, "ended_at": now, "end_reason": reason}
    return session.connection().execute(update(BrowserSession).where(*fits).values(gone)).rowcount


def sweep(session: Session, now: float, limit: int) -> int:
    """Remove up to ``limit`` sessions whose time is over; gives how many."""
    over = select(BrowserSession.id).where(BrowserSession.dies_at <= now).limit(limit)
    return session.connection().execute(delete(BrowserSession).where(BrowserSession.id.in_(over))).rowcount
