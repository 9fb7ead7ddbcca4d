"""``motcua db``: nothing but the result on standard output, and one clear sentence when it cannot be."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migrations import head
from wsgi import command_line


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "home"))
    # Away from the repository, as an installed wheel runs.
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def motcua(*arguments: str) -> Result:
    return CliRunner().invoke(command_line, arguments)


def test_a_new_home_is_upgraded_and_then_current(home: Path) -> None:
    before = motcua("db", "check", "--database", "idp")
    assert before.exit_code == 1
    assert "run motcua db upgrade" in before.output
    assert motcua("db", "upgrade", "--database", "idp").exit_code == 0
    after = motcua("db", "check", "--database", "idp")
    assert (after.exit_code, after.output) == (0, f"idp: at {head('idp')}, the newest\n")
    assert (home / "idp.sqlite").exists()


@pytest.mark.usefixtures("home")
def test_json_is_the_whole_output() -> None:
    (state,) = json.loads(motcua("db", "upgrade", "--database", "idp", "--json").output)
    assert state == {"name": "idp", "revision": head("idp"), "head": head("idp"), "differences": [], "current": True}


@pytest.mark.usefixtures("home")
def test_an_unknown_database_is_a_mistake_in_the_command() -> None:
    result = motcua("db", "check", "--database", "nowhere")
    assert result.exit_code == 2
    assert "no database is called nowhere" in result.output


@pytest.mark.usefixtures("home")
def test_a_database_that_is_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    result = motcua("db", "check", "--database", "idp")
    assert result.exit_code == 1
    assert "the database idp cannot be used" in result.output
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("home")
def test_mistaken_settings_are_told_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_PORT", "a secret port")
    monkeypatch.setenv("MOTCUA_SESSION_IDLE", "5")
    result = motcua("db", "check")
    assert result.exit_code == 1
    assert "MOTCUA_PORT" in result.output
    assert "MOTCUA_SESSION_IDLE" in result.output
    assert "a secret port" not in result.output


def test_there_is_no_way_back() -> None:
    assert "downgrade" not in motcua("db", "--help").output
