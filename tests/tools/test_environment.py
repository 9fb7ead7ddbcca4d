"""The two commands on a machine that is not ready: one clear sentence, and nothing half made."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import environment


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that declares what a clone declares."""
    for name in environment.DECLARED_IN:
        (tmp_path / name).write_text((environment.ROOT / name).read_text())
    return tmp_path


@pytest.fixture
def made(clone: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Lets ``main`` work in the clone with a stand-in for venv and pip, and gives the command lines it ran."""
    commands: list[list[str]] = []

    def run(command: list[str], root: Path, _failure: str) -> None:
        commands.append(command)
        if "venv" in command:
            (root / ".venv" / "bin").mkdir(parents=True)
            (root / ".venv" / "bin" / "python").touch()
            (root / ".venv" / "bin" / "pip").write_text(f"#!{root}/.venv/bin/python\n")
            version = "version = {}.{}.{}\n".format(*sys.version_info[:3])
            (root / ".venv" / "pyvenv.cfg").write_text(version)

    monkeypatch.setattr(environment, "_run", run)
    return commands


def test_an_old_python_is_named_with_what_to_do() -> None:
    with pytest.raises(environment.Unsuitable, match=r"needs Python 3\.11 or newer, .* is 3\.9: install one"):
        environment.check_python((3, 9))


def test_a_python_without_venv_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(environment.Unsuitable, match="apt-get install python3-venv"):
        environment.check_python((3, 11))


def test_a_folder_of_somebody_else_is_refused_in_one_sentence(
    clone: Path, made: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda path, _mode: path != str(clone))
    assert environment.main("run", clone) == 1
    expected = f"{clone} may not be written by you: copy the repository into a folder of your own.\n"
    assert capsys.readouterr().err == expected
    assert made == []


def test_running_needs_no_test_tools(clone: Path, made: list[list[str]]) -> None:
    assert environment.main("run", clone) == 0
    assert made[-1][-2:] == ["--editable", str(clone)]


def test_the_second_time_nothing_is_done(clone: Path, made: list[list[str]]) -> None:
    environment.main("run", clone)
    made.clear()
    assert environment.main("run", clone) == 0
    assert made == []


def test_an_environment_for_tests_also_runs(clone: Path, made: list[list[str]]) -> None:
    environment.main("test", clone)
    made.clear()
    assert environment.main("run", clone) == 0
    assert made == []


def test_an_environment_for_running_is_completed_for_tests(clone: Path, made: list[list[str]]) -> None:
    environment.main("run", clone)
    made.clear()
    environment.main("test", clone)
    assert [command[-1] for command in made] == [f"{clone}[dev]"]


def test_a_changed_declaration_installs_again(clone: Path, made: list[list[str]]) -> None:
    environment.main("test", clone)
    made.clear()
    with (clone / "setup.cfg").open("a") as file:
        file.write("# another dependency\n")
    environment.main("test", clone)
    assert len(made) == 1


def test_a_moved_clone_makes_its_environment_anew(clone: Path, made: list[list[str]], tmp_path: Path) -> None:
    environment.main("run", clone)
    made.clear()
    moved = clone.rename(tmp_path.parent / "moved")
    environment.main("run", moved)
    assert made[0][1:] == ["-m", "venv", str(moved / ".venv")]


def test_a_failing_installation_is_not_remembered(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "call", lambda *_, **__: 1)
    assert environment.main("run", clone) == 1
    assert not environment.is_current("run", clone)
