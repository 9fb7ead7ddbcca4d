"""Writes the provider's revision from its tables: ``python -m tools.revision`` (for engineers, not for operators).

Until the first release there is one revision, ``0001_first.py``, written anew whenever tables change. From then on
revisions are never touched again, and the next number is added with a message: ``python -m tools.revision "a word"``.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import MetaData

from migrations import FOLDER, head
from migrations.runner import Target, revise, upgrade

UNLOGGED = """
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE {name} SET UNLOGGED")
"""


def write(metadata: tuple[MetaData, ...], message: str = "") -> Path:
    """Write the first revision anew, or with a message the next one; give its path."""
    number = f"{int(head('idp')) + 1:04}" if message else "0001"
    if not message:
        for old in (FOLDER / "idp").glob("0001_*.py"):
            old.unlink()
    head.cache_clear()
    with tempfile.TemporaryDirectory() as folder:
        target = Target("idp", "idp", f"sqlite:///{folder}/empty.sqlite", metadata)
        if message:
            upgrade(target)
        revise(target, message or "first", number)
    (path,) = (FOLDER / "idp").glob(f"{number}_*.py")
    text = re.sub(r"\n    # ###.*|,\s+info=\{[^}]*\}", "", path.read_text()).rstrip() + "\n"
    if not message:
        unlogged = [table.name for each in metadata for table in each.sorted_tables if table.info.get("unlogged")]
        text += "".join(UNLOGGED.format(name=name) for name in unlogged)
    path.write_text(text)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)  # noqa: S603
    return path


if __name__ == "__main__":
    from idp.store.tables import every_metadata

    print(write(every_metadata, " ".join(sys.argv[1:])))
