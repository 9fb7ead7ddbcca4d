"""The catalogue as it is kept: one row for each procedure, its whole document beside what is searched by.

Bounded by the catalogue itself, which a load replaces as a whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, Text, and_, delete, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from clients.kit.records.database import Base


class Procedure(Base):
    """One procedure. ``document`` is what the API gives; the other columns are made from it."""

    __tablename__ = "procedures"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    field: Mapped[str] = mapped_column(String(60), index=True)
    owner: Mapped[str] = mapped_column(String(16), index=True)
    level: Mapped[str] = mapped_column(String(16), index=True)
    folded_name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    squeezed: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for; empty members ask for nothing. ``words`` and ``squeezed`` are folded already."""

    words: tuple[str, ...] = ()
    squeezed: str = ""
    field: str = ""
    owner: str = ""
    level: str = ""


def replace_all(work: Session, rows: Iterable[Procedure]) -> None:
    """Put a whole catalogue in the place of the old one."""
    work.execute(delete(Procedure))
    work.add_all(rows)


def find(work: Session, code: str) -> dict[str, Any] | None:
    """Give one procedure's document."""
    return work.scalar(select(Procedure.document).where(Procedure.code == code))


def count(work: Session, wanted: Wanted) -> int:
    """Give how many procedures are wanted."""
    return work.scalar(select(func.count()).select_from(Procedure).where(_fits(wanted))) or 0


def search(work: Session, wanted: Wanted, limit: int, offset: int) -> list[dict[str, Any]]:
    """Give a page of documents: those whose name has the words first, then by name."""
    in_name = _has_words(Procedure.folded_name, wanted.words)
    statement = select(Procedure.document).where(_fits(wanted))
    statement = statement.order_by(in_name.desc(), Procedure.folded_name, Procedure.code)
    return list(work.scalars(statement.limit(limit).offset(offset)))


def _fits(wanted: Wanted) -> ColumnElement[bool]:
    exactly = ((Procedure.field, wanted.field), (Procedure.owner, wanted.owner), (Procedure.level, wanted.level))
    rules = [column == value for column, value in exactly if value]
    if wanted.words:
        squeezed = Procedure.squeezed.contains(wanted.squeezed, autoescape=True)
        rules.append(or_(_has_words(Procedure.folded, wanted.words), squeezed))
    return and_(Procedure.code != "", *rules)


def _has_words(column: Any, words: tuple[str, ...]) -> ColumnElement[bool]:
    """Each word begins one of the column's, which has a space before each."""
    return and_(Procedure.code != "", *(column.contains(f" {word}", autoescape=True) for word in words))
