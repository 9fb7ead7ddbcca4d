"""Makes `.venv/` and installs Motcua into it: ``environment.py run`` what it needs to run, ``test`` the rest too.

Runs before anything is installed, so it needs the standard library alone, and it is written so that an old Python
still reads it and says that it is old. Does nothing when what it did last time still holds.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
DECLARED_IN = ("setup.cfg", "pyproject.toml")
EXTRAS = {"run": "", "test": "[dev]"}


class Unsuitable(Exception):
    """This machine cannot hold the environment; the message is the one sentence that says what to do."""


def main(purpose: str, root: Path = ROOT) -> int:
    """Make the environment fit for ``purpose``; give the exit status."""
    try:
        check_python(sys.version_info[:2])
        if not is_current(purpose, root):
            check_folder(root)
            make(root)
            install(purpose, root)
    except Unsuitable as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def check_python(version: tuple) -> None:  # type: ignore[type-arg]  # an old Python reads this line too
    """Refuse an interpreter that is too old, or one that cannot make environments."""
    if version < OLDEST:
        raise Unsuitable(
            f"Motcua needs Python 3.11 or newer, {sys.executable} is {version[0]}.{version[1]}: "
            "install one, or name it: make run PYTHON=/path/to/python3.12"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Unsuitable("This Python cannot make virtual environments: apt-get install python3-venv") from None


def check_folder(root: Path) -> None:
    """Refuse a folder that may not be written before half an environment lies in it."""
    if not os.access(str(root), os.W_OK):
        raise Unsuitable(f"{root} may not be written by you: copy the repository into a folder of your own.")


def is_current(purpose: str, root: Path) -> bool:
    """Say whether an earlier run made the environment, here, for this purpose or more, from the same declarations."""
    if not (root / ".venv" / "bin" / "python").exists():
        return False
    return any(_read(_stamp(root, made_for)) == fingerprint(root) for made_for in ("test", purpose))


def fingerprint(root: Path) -> str:
    """Give what an environment depends on: the declarations, the place (scripts name it) and the interpreter."""
    digest = hashlib.sha256(f"{root}\n{sys.version}".encode())
    for name in DECLARED_IN:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def make(root: Path) -> None:
    """Make an empty environment, unless one of this Python stands here already."""
    folder = root / ".venv"
    version = "version = {}.{}.{}".format(*sys.version_info[:3])
    if version in _read(folder / "pyvenv.cfg") and str(folder) in _read(folder / "bin" / "pip"):
        return
    shutil.rmtree(str(folder), ignore_errors=True)
    print("making .venv/ ...", file=sys.stderr)
    _run([sys.executable, "-m", "venv", str(folder)], root, "The virtual environment .venv/ could not be made")


def install(purpose: str, root: Path) -> None:
    """Install the project, editable, with what ``purpose`` needs, and remember that it was done."""
    print("installing Python packages into .venv/ (the first time this takes a while) ...", file=sys.stderr)
    python = str(root / ".venv" / "bin" / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    _run([*pip, "--editable", f"{root}{EXTRAS[purpose]}"], root, "The Python packages could not be installed")
    _stamp(root, purpose).write_text(fingerprint(root))


def _stamp(root: Path, purpose: str) -> Path:
    return root / ".venv" / f"installed-for-{purpose}"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _run(command: list, root: Path, failure: str) -> None:  # type: ignore[type-arg]
    status = subprocess.call(command, cwd=str(root), stdout=sys.stderr)  # noqa: S603 - our own command line
    if status:
        raise Unsuitable(f"{failure}: what went wrong stands above.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
