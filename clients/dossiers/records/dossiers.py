"""Dossiers, their history and their attachments.

A dossier keeps the procedure as it was when it was filed: a later change of the catalogue does not rewrite it. It knows
its applicant by the pairwise ``sub`` of this agency's sector alone; no personal number is kept. Bounded by what people
file (``rules`` limits how much one person may); archiving by year is the archive's affair.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from clients.kit.records.database import Base


class Dossier(Base):
    """One dossier. Times are Unix seconds; ``due_on`` is a calendar day of the agency."""

    __tablename__ = "dossiers"
    __table_args__ = (UniqueConstraint("subject", "submission"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    subject: Mapped[str] = mapped_column(String(255), index=True)
    submission: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    client_id: Mapped[str] = mapped_column(String(255))
    acr: Mapped[str] = mapped_column(String(60))
    procedure_code: Mapped[str] = mapped_column(String(16), index=True)
    procedure: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    applicant: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(24), index=True)
    version: Mapped[int] = mapped_column(BigInteger)
    submitted_at: Mapped[int] = mapped_column(BigInteger, index=True)
    received_at: Mapped[int | None] = mapped_column(BigInteger)
    due_on: Mapped[str | None] = mapped_column(String(10))


class Event(Base):
    """One line of a dossier's history. ``by`` is the actor's ``sub`` here, ``by_name`` what citizens are shown."""

    __tablename__ = "dossier_events"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"), index=True)
    version: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(24))
    by: Mapped[str] = mapped_column(String(255))
    by_name: Mapped[str] = mapped_column(String(200))
    comment: Mapped[str] = mapped_column(Text)


class Attachment(Base):
    """One file of a dossier. ``media_type`` is what its bytes are, never what somebody said."""

    __tablename__ = "dossier_attachments"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"), index=True)
    document: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


@dataclass(frozen=True, slots=True)
class Whole:
    """A dossier with its history, oldest first, and its attachments without their bytes."""

    dossier: Dossier
    events: list[Event]
    attachments: list[Attachment]


def add(work: Session, dossier: Dossier, event: Event, attachments: list[Attachment]) -> None:
    """Keep a new dossier."""
    work.add(dossier)
    work.flush()
    work.add_all([event, *attachments])
    work.flush()


def of_submission(work: Session, subject: str, submission: str) -> Dossier | None:
    """Give the dossier that a person's submission became, if it has."""
    mine = Dossier.subject == subject, Dossier.submission == submission
    return work.scalars(select(Dossier).where(*mine)).one_or_none()


def filed_since(work: Session, subject: str, since: int) -> int:
    """Give how many dossiers a person has filed since a moment."""
    mine = Dossier.subject == subject, Dossier.submitted_at >= since
    return work.scalar(select(func.count()).select_from(Dossier).where(*mine)) or 0


def find(work: Session, code: str, subject: str = "") -> Whole | None:
    """Give a dossier by its code, with ``subject`` only where it is theirs."""
    statement = select(Dossier).where(Dossier.code == code)
    if subject:
        statement = statement.where(Dossier.subject == subject)
    dossier = work.scalars(statement).one_or_none()
    if dossier is None:
        return None
    events = select(Event).where(Event.dossier_id == dossier.id).order_by(Event.version)
    attachments = select(Attachment).where(Attachment.dossier_id == dossier.id).order_by(Attachment.document)
    return Whole(dossier, list(work.scalars(events)), list(work.scalars(attachments)))


def of_person(work: Session, subject: str, limit: int, offset: int) -> list[Dossier]:
    """Give a person's dossiers, the newest first."""
    newest = Dossier.submitted_at.desc(), Dossier.code.desc()
    mine = select(Dossier).where(Dossier.subject == subject).order_by(*newest)
    return list(work.scalars(mine.limit(limit).offset(offset)))


def in_state(work: Session, states: tuple[str, ...], limit: int, offset: int) -> list[Dossier]:
    """Give the dossiers in some states: what is due first, then what was filed first."""
    order = Dossier.due_on.is_(None).desc(), Dossier.due_on, Dossier.submitted_at, Dossier.code
    return list(
        work.scalars(select(Dossier).where(Dossier.state.in_(states)).order_by(*order).limit(limit).offset(offset))
    )


def count_by_state(work: Session) -> dict[str, int]:
    """Give how many dossiers are in each state."""
    rows = work.execute(select(Dossier.state, func.count()).group_by(Dossier.state))
    return {row[0]: row[1] for row in rows}


def change(work: Session, dossier: Dossier, version: int, **columns: Any) -> bool:
    """Change a dossier that is still at ``version``; False when somebody was quicker, and nothing is changed."""
    still = Dossier.id == dossier.id, Dossier.version == version
    statement = update(Dossier).where(*still).values(version=version + 1, **columns)
    return work.connection().execute(statement).rowcount == 1


def attachment(work: Session, code: str, attachment_id: str, subject: str = "") -> tuple[Attachment, bytes] | None:
    """Give an attachment of a dossier with its bytes, with ``subject`` only where the dossier is theirs."""
    statement = select(Attachment, Attachment.content).join(Dossier, Dossier.id == Attachment.dossier_id)
    statement = statement.where(Dossier.code == code, Attachment.id == attachment_id)
    if subject:
        statement = statement.where(Dossier.subject == subject)
    row = work.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1])
