"""Brings the demo's databases to the newest revision; looks first, so that the usual start need not load Alembic."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import column, create_engine, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from idp.commands.supervision.ground import NotReady
from migrations import Schema, head, version_table

if TYPE_CHECKING:
    from migrations.runner import Target


def bring_up(targets: Iterable["Target"]) -> None:
    """Migrate each database that is not at the newest revision.

    :raises NotReady: naming the database that cannot be used.
    """
    for target in targets:
        if revision(target.url, target.schema) != head(target.schema):
            _upgrade(target)


def revision(url: str, schema: Schema) -> str | None:
    """Give the revision a database is at, none when it is empty or not there; makes no file."""
    if url.startswith("sqlite:///"):
        url = f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=ro&uri=true"
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            at: str | None = connection.scalar(select(column("version_num")).select_from(table(version_table(schema))))
            return at
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def _upgrade(target: "Target") -> None:
    from migrations.runner import upgrade

    try:
        upgrade(target)
    except (SQLAlchemyError, OSError) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise NotReady(f"The database {target.name} cannot be used: {said}") from None
