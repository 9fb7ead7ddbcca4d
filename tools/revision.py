"""Writes the provider's revision from its tables: ``python -m tools.revision`` (for engineers, not for operators).

Until the first release there is one revision, ``0001_first.py``, written anew whenever tables change. From then on
revisions are never touched again, and the next number is added with a message: ``python -m tools.revision "a word"``.
``python -m tools.revision --portal "a word"`` adds one to the sites' databases, from the tables of every module.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import MetaData

from migrations import FOLDER, Schema, head
from migrations.runner import Target, revise, upgrade

UNLOGGED = """
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE {name} SET UNLOGGED")
"""


def write(metadata: tuple[MetaData, ...], message: str = "", schema: Schema = "idp") -> Path:
    """Write the first revision anew, or with a message the next one; give its path."""
    number = f"{int(head(schema)) + 1:04}" if message else "0001"
    if not message:
        for old in (FOLDER / schema).glob("0001_*.py"):
            old.unlink()
    head.cache_clear()
    with tempfile.TemporaryDirectory() as folder:
        target = Target(schema, schema, f"sqlite:///{folder}/empty.sqlite", metadata)
        if message:
            upgrade(target)
        revise(target, message or "first", number)
    (path,) = (FOLDER / schema).glob(f"{number}_*.py")
    text = re.sub(r"\n    # ###.*|,\s+info=\{[^}]*\}", "", path.read_text()).rstrip() + "\n"
    if not message:
        unlogged = [table.name for each in metadata for table in each.sorted_tables if table.info.get("unlogged")]
        text += "".join(UNLOGGED.format(name=name) for name in unlogged)
    path.write_text(text)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)  # noqa: S603
    return path


def tables_of_sites() -> tuple[MetaData, ...]:
    """Give the tables of a site's database, those of every module among them."""
    from wsgi import databases_of_relying_parties

    return tuple(databases_of_relying_parties()[0].metadata)


if __name__ == "__main__":
    from idp.store.tables import every_metadata

    if sys.argv[1:2] == ["--portal"]:
        print(write(tables_of_sites(), " ".join(sys.argv[2:]), "portal"))
    else:
        print(write(every_metadata, " ".join(sys.argv[1:])))
