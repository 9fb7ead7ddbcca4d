"""Writes the next revision from the tables of the code (for engineers, not for operators).

``python -m tools.revision "a word"`` adds one to the provider's database; with ``--portal`` to the sites', from the tables of
every module. What is on main is never touched again. Read what was written: rows that are there need their values, and
of an index whose condition alone changed nothing is seen.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import MetaData, create_engine, inspect

from migrations import FOLDER, Schema, head
from migrations.runner import Target, revise, upgrade

UNLOGGED = """
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE {name} SET UNLOGGED")
"""


def write(metadata: tuple[MetaData, ...], message: str, schema: Schema) -> Path:
    """Write the next revision; give its path."""
    number = f"{int(head(schema)) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        target = Target(schema, schema, f"sqlite:///{folder}/empty.sqlite", metadata)
        before = _tables(target)
        revise(target, message, number)
    (path,) = (FOLDER / schema).glob(f"{number}_*.py")
    text = re.sub(r"\n    # ###.*|,\s+info=\{[^}]*\}", "", path.read_text()).rstrip() + "\n"
    new = [table for each in metadata for table in each.sorted_tables if table.name not in before]
    text += "".join(UNLOGGED.format(name=table.name) for table in new if table.info.get("unlogged"))
    path.write_text(text)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)  # noqa: S603
    return path


def _tables(target: Target) -> set[str]:
    """Bring an empty database to the newest revision and give the tables it has then."""
    upgrade(target)
    engine = create_engine(target.url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def tables_of_sites() -> tuple[MetaData, ...]:
    """Give the tables of a site's database, those of every module among them."""
    from wsgi import databases_of_relying_parties

    return tuple(databases_of_relying_parties()[0].metadata)


if __name__ == "__main__":
    from idp.store.tables import every_metadata

    words = " ".join(word for word in sys.argv[1:] if word != "--portal")
    if not words:
        sys.exit('a word for what changes: python -m tools.revision [--portal] "a word"')
    if "--portal" in sys.argv:
        print(write(tables_of_sites(), words, "portal"))
    else:
        print(write(every_metadata, words, "idp"))
