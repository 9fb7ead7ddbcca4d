"""Alembic migrations, forward only: one folder per database (``idp``, ``portal``), one line of revisions in each.

Revisions are named by number, ``0001_first.py``; the highest is the head. Running them is ``migrations.runner``'s.
"""

from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent

Schema = Literal["idp", "portal"]


def version_table(schema: Schema) -> str:
    """Give the name of the table that remembers a database's revision."""
    return f"alembic_version_{schema}"


@cache
def head(schema: Schema) -> str:
    """Give the newest revision, read from the folder: a process asks this often and need not import Alembic for it."""
    return max(path.name[:4] for path in (FOLDER / schema).glob("[0-9][0-9][0-9][0-9]_*.py"))
