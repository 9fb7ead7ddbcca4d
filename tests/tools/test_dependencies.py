"""Every package that we stand on has its line: what for, who keeps it, what we would do without it."""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def declared() -> list[str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    groups = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    return [re.split(r"[\s<>=!~;\[]", line)[0] for group in groups for line in group.split("\n") if line.strip()]


def explained() -> dict[str, list[str]]:
    lines = (ROOT / "docs/decisions/dependencies.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {name: rest for name, *rest in rows if name not in ("package", "---")}


def test_every_dependency_says_what_for_by_whom_and_what_else() -> None:
    explanations = explained()
    assert [name for name in declared() if len([cell for cell in explanations.get(name, []) if cell]) != 3] == []


def test_nothing_is_explained_that_we_no_longer_use() -> None:
    assert set(explained()) - set(declared()) == set()
