"""Logout tokens that were used, each remembered until it expires (Back-Channel Logout 1.0 §2.6, number 7).

Durable and in the transaction that ends the sessions: a token is either used and remembered, or neither. The memory
also catches a logout that overtakes its own sign-in.
"""

import zlib

from sqlalchemy import BigInteger, String, exists, select, text
from sqlalchemy import delete as delete_rows
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from clients.kit.clock import SKEW
from clients.kit.protocol.logout_token import LogoutToken
from clients.kit.records.database import Base
from clients.kit.sealing import digest


class UsedLogoutToken(Base):
    """One logout token that was used."""

    __tablename__ = "used_logout_tokens"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sid: Mapped[str] = mapped_column(String(255), index=True)
    subject: Mapped[str] = mapped_column(String(255), index=True)
    issued_at: Mapped[int] = mapped_column(BigInteger)
    dies_at: Mapped[int] = mapped_column(BigInteger, index=True)


def claim(session: Session, token: LogoutToken) -> bool:
    """Remember a token; False when it was used before."""
    serialise(session, token.sid or token.subject)
    row = UsedLogoutToken(
        id=digest(token.jti),
        sid=token.sid,
        subject=token.subject,
        issued_at=int(token.issued_at),
        dies_at=int(token.expires_at) + SKEW,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def has_ended(session: Session, sid: str, subject: str, issued_at: float) -> bool:
    """Tell whether a session that was signed in at ``issued_at`` has been ended already."""
    serialise(session, sid)
    serialise(session, subject)
    of_session = (UsedLogoutToken.sid == sid) & (UsedLogoutToken.sid != "")
    of_person = (UsedLogoutToken.sid == "") & (UsedLogoutToken.subject == subject)
    # One portal of a session that lives on may be signed out and in again: only what was said since counts.
    since = UsedLogoutToken.issued_at >= issued_at
    return bool(session.scalar(select(exists().where((of_session | of_person) & since))))


def serialise(session: Session, name: str) -> None:
    """Let sign-in and sign-out of one session pass one after the other; SQLite's writers do so by themselves."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": zlib.crc32(name.encode())})


def sweep(session: Session, now: float, limit: int) -> int:
    """Remove up to ``limit`` tokens that have expired; gives how many."""
    over = select(UsedLogoutToken.id).where(UsedLogoutToken.dies_at <= now).limit(limit)
    return session.connection().execute(delete_rows(UsedLogoutToken).where(UsedLogoutToken.id.in_(over))).rowcount
