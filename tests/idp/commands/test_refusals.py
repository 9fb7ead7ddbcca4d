"""``motcua serve idp`` names everything that would make the provider unsafe, all at once, and starts nothing."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from idp.commands.refusals import SEEDED, refusals
from idp.settings import Settings
from idp.store import installation
from idp.store.accounts import accounts
from idp.store.database import Database
from idp.store.tables import metadata
from wsgi import command_line


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with an empty, migrated database."""
    (tmp_path / "home").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'home' / 'idp.sqlite'}")
    metadata.create_all(database.engine)
    database.dispose()
    return tmp_path / "home"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key-encryption key in a place of its own."""
    (tmp_path / "keys").mkdir()
    path = tmp_path / "keys" / "key-encryption-key"
    path.write_bytes(os.urandom(32))
    return path


def reasons(home: Path, key: Path | None, **given: object) -> list[str]:
    values = {"home": home, "issuer": "https://id.example.vn", "key_encryption_key_file": key, **given}
    return refusals(Settings.model_validate(values))


def seed(home: Path, demo: bool) -> None:
    database = Database(f"sqlite:///{home / 'idp.sqlite'}")
    row = {"id": "a-1", "kind": "citizen", "state": "active", "identity_level": 2, "name_sealed": b"x", "demo": demo}
    with database.write() as connection:
        connection.execute(insert(accounts).values(**row, created_at=1, updated_at=1))
    database.dispose()


def test_a_safe_installation_starts(home: Path, key: Path) -> None:
    assert reasons(home, key) == []


def test_people_of_its_own_are_no_reason(home: Path, key: Path) -> None:
    seed(home, demo=False)
    assert reasons(home, key) == []


def test_all_reasons_are_given_at_once(home: Path) -> None:
    seed(home, demo=True)
    found = reasons(home, None, issuer="http://id.example.vn")
    assert [reason.partition(":")[0] for reason in found] == [
        "MOTCUA_ISSUER must be https, not http",
        "MOTCUA_KEY_ENCRYPTION_KEY_FILE is not set",
        "the database holds the demo's invented people",
    ]


def test_a_demo_without_people_left_is_still_a_demo(home: Path, key: Path) -> None:
    database = Database(f"sqlite:///{home / 'idp.sqlite'}")
    with database.write() as connection:
        installation.mark_demo(connection, 1)
        installation.mark_demo(connection, 2)
    database.dispose()
    assert reasons(home, key) == ["the database holds the demo's invented people: start with an empty one"]
    assert reasons(home, None, issuer="http://localhost:8000", demo=True) == []


def test_nobody_makes_a_demo_by_a_setting(home: Path, key: Path) -> None:
    assert reasons(home, key, demo=True) == ["MOTCUA_DEMO is for motcua demo alone, and it did not make this database"]


@pytest.mark.parametrize("place", ["home", "home/deeper", "database"])
def test_a_key_beside_what_it_encrypts_is_refused(home: Path, tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    folder.mkdir(exist_ok=True)
    key = folder / "key-encryption-key"
    key.write_bytes(os.urandom(32))
    if place == "database":
        (home / "idp.sqlite").rename(folder / "idp.sqlite")
    url = f"sqlite:///{folder / 'idp.sqlite'}" if place == "database" else ""
    found = reasons(home, key, database_url=url)
    assert found == [f"MOTCUA_KEY_ENCRYPTION_KEY_FILE lies beside what it encrypts: move {key} elsewhere"]


def test_a_link_to_a_key_beside_the_database_is_seen_through(home: Path, tmp_path: Path) -> None:
    (home / "key").write_bytes(os.urandom(32))
    (tmp_path / "key").symlink_to(home / "key")
    assert "lies beside" in reasons(home, tmp_path / "key")[0]


def test_a_key_that_is_not_there_is_named(home: Path, tmp_path: Path) -> None:
    assert reasons(home, tmp_path / "nothing") == [
        f"MOTCUA_KEY_ENCRYPTION_KEY_FILE: there is no file {tmp_path / 'nothing'}"
    ]


def test_a_database_that_was_never_migrated_says_how(tmp_path: Path, key: Path) -> None:
    (tmp_path / "new").mkdir()
    assert reasons(tmp_path / "new", key) == [
        "the database cannot be read: see that it runs, and run motcua db upgrade"
    ]


def test_the_command_refuses_in_words_and_serves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(home))
    seen = CliRunner().invoke(command_line, ["serve", "idp"])
    assert seen.exit_code == 1
    assert seen.stdout == ""
    assert seen.stderr.splitlines()[0] == "Error: The provider does not start:"
    assert len(seen.stderr.splitlines()) == 3


@pytest.mark.parametrize(("process", "prefix"), [(["portal", "national"], "MOTCUA_SITE_NATIONAL_"), (["console"], "")])
def test_a_relying_party_refuses_too_all_reasons_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: list[str], prefix: str
) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path))
    seen = CliRunner().invoke(command_line, ["serve", *process])
    assert seen.exit_code == 1
    assert "MOTCUA_ISSUER must be https outside the demo" in seen.stderr
    assert f"- {prefix}" in seen.stderr
    assert "there is no file" in seen.stderr


def test_an_unknown_portal_is_refused_with_those_there_are() -> None:
    seen = CliRunner().invoke(command_line, ["serve", "portal", "moon"])
    assert seen.exit_code == 2
    assert "'national', 'ministry', 'province'" in seen.stderr


def test_mistakes_in_settings_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_PORT", "eighty")
    monkeypatch.setenv("MOTCUA_CODE_LIFETIME", "7200")
    seen = CliRunner().invoke(command_line, ["serve", "idp"])
    assert seen.exit_code == 1
    assert "MOTCUA_PORT: " in seen.stderr
    assert "MOTCUA_CODE_LIFETIME: " in seen.stderr
    assert "Traceback" not in seen.stderr


def test_mistaken_addresses_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_ISSUER", "id.example.vn")
    monkeypatch.setenv("MOTCUA_SITE_NATIONAL_URL", "https://example.vn/?a=1")
    seen = CliRunner().invoke(command_line, ["serve", "idp"])
    assert "MOTCUA_ISSUER must be an http or https address" in seen.stderr
    assert "MOTCUA_SITE_NATIONAL_URL must have no query" in seen.stderr


def test_help_lists_every_command_without_running_one() -> None:
    seen = CliRunner().invoke(command_line, ["--help"])
    assert seen.exit_code == 0
    assert "demo" in seen.stdout
    assert "serve" in seen.stdout


def test_the_authority_s_key_may_not_lie_beside_what_it_encrypts(home: Path, key: Path) -> None:
    assert reasons(home, key, authority_key_file=key.parent / "authority") == []
    (reason,) = reasons(home, key, authority_key_file=home / "authority")
    assert reason.startswith("MOTCUA_AUTHORITY_KEY_FILE lies beside")


def test_certificates_are_shown_over_tls_to_a_terminator_with_a_secret(home: Path, key: Path) -> None:
    secret = key.parent / "mtls"
    asked = {"mtls_url": "https://cert.example.vn", "mtls_secret_file": secret}
    assert "MOTCUA_MTLS_SECRET_FILE cannot be used" in reasons(home, key, **asked)[0]
    secret.write_text("short")
    assert "fewer than 32" in reasons(home, key, **asked)[0]
    secret.write_text("s" * 32)
    assert reasons(home, key, **asked) == []
    assert "MOTCUA_MTLS_URL must be https" in reasons(home, key, **{**asked, "mtls_url": "http://cert.example.vn"})[0]


def test_invented_people_are_looked_for_by_their_own_index(database: Database) -> None:
    """A start that reads every account of a country takes minutes."""
    with database.read() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        asked = SEEDED.compile(database.engine, compile_kwargs={"literal_binds": True})
        plan = [" ".join(map(str, row)) for row in connection.exec_driver_sql(f"{explain} {asked}")]
    assert any("ix_accounts_demo" in step for step in plan), plan
