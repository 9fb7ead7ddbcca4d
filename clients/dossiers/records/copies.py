"""The copy of the catalogue that this portal holds, page by page as its publisher gives it.

Bounded by the catalogue: a page that is read anew takes the place of what it was, and pages that are gone go.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from clients.kit.records.database import Base


class ProcedureCopy(Base):
    """One procedure as it was last read."""

    __tablename__ = "procedure_copies"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    page: Mapped[int] = mapped_column(Integer, index=True)
    place: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class CopiedPage(Base):
    """One page as it was last read: its ``ETag``, and when it was last found to hold."""

    __tablename__ = "procedure_copy_pages"

    page: Mapped[int] = mapped_column(Integer, primary_key=True)
    etag: Mapped[str] = mapped_column(String(80))
    next: Mapped[int | None] = mapped_column(Integer)
    read_at: Mapped[int] = mapped_column(BigInteger)


def lease(work: Session, now: int, age: int) -> bool:
    """Take the right to read the catalogue anew; False when it was read, or somebody began to, within ``age`` seconds."""
    first = work.get(CopiedPage, 1)
    if first is None:
        return True
    old = CopiedPage.page == 1, CopiedPage.read_at <= now - age
    return work.connection().execute(update(CopiedPage).where(*old).values(read_at=now)).rowcount == 1


def page(work: Session, number: int) -> CopiedPage | None:
    """Give what is known of a page."""
    return work.get(CopiedPage, number)


def replace_page(work: Session, page: CopiedPage, documents: list[dict[str, Any]]) -> None:
    """Put a page in the place of what it was; a procedure that moved here from another page is taken along."""
    codes = [document["code"] for document in documents]
    work.execute(delete(ProcedureCopy).where(or_(ProcedureCopy.page == page.page, ProcedureCopy.code.in_(codes))))
    work.execute(delete(CopiedPage).where(CopiedPage.page == page.page))
    work.add(page)
    work.add_all(
        ProcedureCopy(code=document["code"], page=page.page, place=place, document=document)
        for place, document in enumerate(documents)
    )
    if page.next is None:
        work.execute(delete(ProcedureCopy).where(ProcedureCopy.page > page.page))
        work.execute(delete(CopiedPage).where(CopiedPage.page > page.page))


def find(work: Session, code: str) -> dict[str, Any] | None:
    """Give one procedure's document."""
    return work.scalar(select(ProcedureCopy.document).where(ProcedureCopy.code == code))


def every(work: Session) -> list[dict[str, Any]]:
    """Give every procedure in the order of its publisher."""
    return list(work.scalars(select(ProcedureCopy.document).order_by(ProcedureCopy.page, ProcedureCopy.place)))


def count(work: Session) -> int:
    """Give how many procedures are held."""
    return work.scalar(select(func.count()).select_from(ProcedureCopy)) or 0
