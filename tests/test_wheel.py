"""The wheel carries everything: installed into a new environment, away from the clone, it starts and answers."""

import os
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo import ROOT, Demo, running_demo

pytestmark = pytest.mark.journey


def kept_files(which: str) -> list[str]:
    command = ["git", "ls-files", which, "--exclude-standard"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from what is committed or about to be, in a copy so that the clone stays as it is."""
    copy = tmp_path_factory.mktemp("source")
    for name in kept_files("-co"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*build, str(folder), "."], cwd=copy, check=True, env=environment)
    (built,) = folder.glob("motcua-*.whl")
    return built


@pytest.fixture(scope="module")
def motcua(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command as the wheel installs it, in a new environment that borrows this one's dependencies."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True)
    (site_packages,) = folder.glob("lib/python3*/site-packages")
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "motcua"


@pytest.fixture(scope="module")
def demo(motcua: Path) -> Iterator[Demo]:
    """The demo, started by the installed command in a folder that has nothing to do with the clone."""
    with running_demo([str(motcua)]) as started:
        yield started


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as response:
        return str(response.read().decode())


def test_the_wheel_carries_pages_words_data_and_migrations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packages = ("idp/", "keys/", "clients/", "migrations/", "templates/")
    wanted = {name for name in kept_files("-c") if name.startswith(packages) and (ROOT / name).is_file()}
    assert wanted - names == set()
    assert {name.replace(".po", ".mo") for name in wanted if name.endswith(".po")} <= names


def test_the_wheel_carries_no_test_and_no_tool(wheel: Path) -> None:
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(("tests/", "tools/", "bench/"))]


def test_the_installed_command_knows_its_commands(motcua: Path, tmp_path: Path) -> None:
    seen = subprocess.run([str(motcua), "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "demo" in seen.stdout


def test_it_starts_and_answers_away_from_the_clone(demo: Demo) -> None:
    assert f'"issuer":"{demo.issuer}"' in read(f"{demo.issuer}/.well-known/openid-configuration")
    assert str(ROOT) not in demo.logs()


def test_its_pages_are_vietnamese_and_dressed(demo: Demo) -> None:
    page = read(f"{demo.sites['province']}/")
    assert "Đăng nhập" in page
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "{" in read(f"{demo.sites['province']}{style}")
