"""A relying party's own database, SQLite or PostgreSQL: the declarative base that every module's records share, and the
unit of work. Modules use ``reading`` and ``writing`` and nothing else, so that no transaction outlives its block.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, column, event, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from migrations import head, version_table

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "busy_timeout=5000")


class Base(DeclarativeBase):
    """Every record of a relying party, of the kit and of its modules, derives from this."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


db = SQLAlchemy(model_class=Base)

DatabaseUnusable = SQLAlchemyError
"""What is raised when the database does not answer, is locked for too long, or refuses."""

_open_transactions: ContextVar[int] = ContextVar("open_transactions", default=0)


def connect(app: Flask, url: str) -> None:
    """Tie ``app`` to the database at ``url``."""
    options: dict[str, Any] = {"pool_pre_ping": True}
    if url.startswith("postgresql"):
        options["connect_args"] = {"options": "-c statement_timeout=5000 -c timezone=UTC"}
    app.config |= {"SQLALCHEMY_DATABASE_URI": url, "SQLALCHEMY_ENGINE_OPTIONS": options}
    db.init_app(app)
    if url.startswith("sqlite"):
        with app.app_context():
            _teach_sqlite(db.engine)


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session for looking; whatever is changed through it is undone."""
    with _counted(), Session(db.engine.execution_options(reads_only=True), expire_on_commit=False) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """Give a session whose work is committed as a whole, or not at all when an exception passes."""
    with _counted(), Session(db.engine, expire_on_commit=False) as session, session.begin():
        yield session


def in_transaction() -> bool:
    """Tell whether a unit of work is open here; nobody calls out while one is."""
    return _open_transactions.get() > 0


def is_ready() -> bool:
    """Tell whether the database answers and is at the newest revision."""
    try:
        with reading() as session:
            revision = session.scalar(select(column("version_num")).select_from(table(version_table("portal"))))
    except SQLAlchemyError:
        return False
    return bool(revision == head("portal"))


@contextmanager
def _counted() -> Iterator[None]:
    token = _open_transactions.set(_open_transactions.get() + 1)
    try:
        yield
    finally:
        _open_transactions.reset(token)


def _teach_sqlite(engine: Engine) -> None:
    """Say how each transaction begins: one that reads first and then writes fails at once, whatever the time-out."""

    @event.listens_for(engine, "connect")
    def _prepare(driver_connection: Any, _record: Any) -> None:
        driver_connection.isolation_level = None
        for pragma in PRAGMAS:
            driver_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
