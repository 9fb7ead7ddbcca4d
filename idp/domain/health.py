"""Whether a web process can serve: what ``/readyz`` looks at.

What it cannot do without is the database at the revision of this program, and ephemeral state. A worker that is away
delays deliveries and stops nobody from signing in: that, and the rest, is ``motcua doctor``'s to tell.
"""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from idp.errors import StoreUnavailable
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from migrations import head, version_table


class NotReady(Exception):
    """Something needed is not there; the message says what to do."""


def checks(database: Database, ephemeral: EphemeralStore) -> dict[str, Callable[[], object]]:
    """Give what is tried, by name: each raises when its part cannot be used."""
    return {
        "database": lambda: database_answers(database),
        "migrations": lambda: migrated(database),
        "ephemeral": ephemeral.born_at,
    }


def database_answers(database: Database) -> None:
    """See that the database answers.

    :raises StoreUnavailable: when it does not.
    """
    with database.read() as connection:
        connection.execute(text("SELECT 1"))


def migrated(database: Database) -> None:
    """See that the database is at the revision of this program.

    :raises NotReady: when it is at another, or has no tables yet.
    """
    found, newest = revision(database), head("idp")
    if found != newest:
        raise NotReady(f"the database is at {found or 'nothing'}, not {newest}: run motcua db upgrade")


def revision(database: Database) -> str | None:
    """Give the revision a database is at; ``None`` without tables."""
    table = version_table("idp")
    try:
        with database.read() as connection:
            found: str | None = connection.execute(text(f"SELECT version_num FROM {table}")).scalar_one_or_none()  # noqa: S608
    except (ProgrammingError, StoreUnavailable):  # PostgreSQL's and SQLite's way to miss a table
        return None
    return found
