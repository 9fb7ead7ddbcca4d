"""``motcua audit``: an auditor with yesterday's checkpoint and the published key proves today's tampering, offline."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, text

from idp.domain.key_rotation import rotate_keys
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store import audit as store
from idp.store import audit_trail
from idp.store.database import Database
from tests.idp.audit.conftest import happen
from tests.idp.audit.test_verification import entry_at
from tests.support.clock import StoppedClock
from tests.support.keys import ready_made_keys
from wsgi import command_line


@pytest.fixture
def services(sqlite: Database, tmp_path: Path, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> Services:
    """An installation that the command finds by its settings, with keys and seven acts."""
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    monkeypatch.setenv("MOTCUA_ISSUER", "https://id.gov.example")
    monkeypatch.setenv("MOTCUA_DATABASE_URL", sqlite.url)
    monkeypatch.setenv("MOTCUA_KEY_ENCRYPTION_KEY_FILE", str(key))
    made = make_services(Settings(), clock)
    with ready_made_keys():
        rotate_keys(made)
    happen(made.database, clock, 7)
    return made


def motcua(*arguments: object) -> Result:
    return CliRunner().invoke(command_line, ["audit", *map(str, arguments)])


@pytest.fixture
def keys(services: Services, tmp_path: Path) -> Path:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(services.key_ring.get().jwks()))
    return file


@pytest.fixture
def checkpoint(services: Services, tmp_path: Path) -> Path:
    """What an auditor took home yesterday."""
    file = tmp_path / "checkpoint"
    printed = motcua("checkpoint")
    assert printed.exit_code == 0, printed.output
    file.write_text(printed.stdout)
    return file


@pytest.fixture
def exported(checkpoint: Path, services: Services, clock: StoppedClock, tmp_path: Path) -> Path:
    """Today's export, with more in it than the checkpoint covers."""
    happen(services.database, clock, 2)
    file = tmp_path / "trail.ndjson"
    result = motcua("export", "--output", file)
    assert result.exit_code == 0, result.output
    assert result.output == ""
    return file


class TestExport:
    def test_it_is_whole_and_for_its_owners_eyes(self, exported: Path) -> None:
        lines = [json.loads(line) for line in exported.read_text().splitlines()]
        entries = [line["entry"] for line in lines if "entry" in line]
        assert [each["number"] for each in entries] == list(range(1, len(entries) + 1))
        assert entries[-1]["action"] == "audit_exported", "the export is itself an act"
        assert stat.S_IMODE(exported.stat().st_mode) == 0o600
        assert not list(exported.parent.glob("*.unfinished"))

    def test_standard_output_is_nothing_but_the_export(self, services: Services) -> None:
        for line in motcua("export").stdout.splitlines():
            assert len(json.loads(line)) in (1, 2)

    def test_without_the_key_encryption_key_it_says_so(
        self, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("MOTCUA_KEY_ENCRYPTION_KEY_FILE", str(tmp_path / "nowhere"))
        result = motcua("export")
        assert result.exit_code == 1
        assert "no key-encryption key" in result.output

    def test_without_a_key_to_sign_with_it_says_what_makes_one(self, services: Services) -> None:
        with services.database.write() as connection:
            connection.execute(text("DELETE FROM signing_keys"))
        result = motcua("checkpoint")
        assert result.exit_code == 1
        assert "start motcua worker" in result.output

    def test_a_file_that_could_not_be_finished_is_not_left_as_if_it_were(
        self, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        output = tmp_path / "trail.ndjson"
        monkeypatch.setattr("idp.domain.audit_export.lines", lambda _connection: iter([None]))
        assert motcua("export", "--output", output).exit_code == 1
        assert not output.exists()


class TestVerify:
    def test_an_honest_export_is_intact(self, exported: Path, checkpoint: Path, keys: Path) -> None:
        result = motcua("verify", exported, "--checkpoint", checkpoint, "--keys", keys)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("intact: ")
        assert result.stderr == ""

    def test_it_needs_neither_settings_nor_database(
        self, exported: Path, checkpoint: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOTCUA_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
        monkeypatch.setenv("MOTCUA_ISSUER", "not an address")
        assert motcua("verify", exported, "--checkpoint", checkpoint, "--keys", keys).exit_code == 0

    def test_json_says_what_was_proved(self, exported: Path, keys: Path) -> None:
        verdict = json.loads(motcua("verify", exported, "--keys", keys, "--json").stdout)
        assert verdict["intact"]
        assert verdict["keys_given"]
        assert verdict["proved"] == verdict["entries"] > 9

    def test_without_keys_it_admits_how_little_that_proves(self, exported: Path) -> None:
        result = motcua("verify", exported)
        assert result.exit_code == 0
        assert "only that the trail agrees with itself" in result.stderr

    def test_a_removed_entry_is_found(self, exported: Path, checkpoint: Path, keys: Path) -> None:
        lines = exported.read_text().splitlines()
        del lines[entry_at([json.loads(line) for line in lines], 4)]
        exported.write_text("\n".join(lines))
        result = motcua("verify", exported, "--checkpoint", checkpoint, "--keys", keys)
        assert result.exit_code == 1
        assert "entry 4 is not there" in result.stdout

    def test_an_export_of_a_trail_begun_anew_is_found(
        self, services: Services, exported: Path, checkpoint: Path, keys: Path, clock: StoppedClock
    ) -> None:
        """Who owns the database and the keys can make a flawless new trail, but not yesterday's checkpoint fit it."""
        with services.database.write() as connection:
            for table in (store.entries, audit_trail.trail, audit_trail.checkpoints):
                connection.execute(delete(table))
        happen(services.database, clock, 20)
        assert motcua("export", "--output", exported).exit_code == 0
        assert motcua("verify", exported, "--keys", keys).exit_code == 0
        result = motcua("verify", exported, "--checkpoint", checkpoint, "--keys", keys)
        assert result.exit_code == 1
        assert "are not those that were signed" in result.stdout

    @pytest.mark.parametrize("content", ["not an export", '{"entry": {}}', ""])
    def test_what_is_no_export_is_no_verdict(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "file"
        file.write_text(content)
        result = motcua("verify", file)
        assert result.exit_code == (2 if content else 0)
        assert "Traceback" not in result.output

    def test_somebody_elses_keys_prove_nothing(self, exported: Path, tmp_path: Path) -> None:
        file = tmp_path / "other.json"
        file.write_text('{"keys": []}')
        assert motcua("verify", exported, "--keys", file).exit_code == 2
        file.write_text("{}")
        result = motcua("verify", exported, "--keys", file)
        assert result.exit_code == 2
        assert "not a key set" in result.output


class TestVerifyingTheDatabase:
    @pytest.mark.usefixtures("services")
    def test_one_that_is_away_is_no_verdict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MOTCUA_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
        result = motcua("verify")
        assert result.exit_code == 2
        assert "the database cannot be used" in result.output

    def test_an_untouched_one_is_intact(self, checkpoint: Path) -> None:
        assert motcua("verify", "--checkpoint", checkpoint).exit_code == 0

    def test_a_rewritten_row_is_found(self, services: Services, checkpoint: Path) -> None:
        with services.database.write() as connection:
            connection.execute(text("UPDATE audit_entries SET actor_id = 'other' WHERE number = 3"))
        result = motcua("verify")
        assert result.exit_code == 1
        assert "entry 3 was changed" in result.stdout

    def test_the_last_row_removed_is_found(self, services: Services, checkpoint: Path, clock: StoppedClock) -> None:
        """Also behind the last checkpoint: the sequencer remembers how far it came."""
        happen(services.database, clock, 1)
        assert motcua("export").exit_code == 0
        with services.database.write() as connection:
            connection.execute(text("DELETE FROM audit_checkpoints"))
            connection.execute(text("DELETE FROM audit_entries WHERE number = (SELECT max(number) FROM audit_entries)"))
        result = motcua("verify")
        assert result.exit_code == 1
        assert "cut off" in result.stdout

    def test_a_checkpoint_deleted_with_its_entries_is_found_by_the_one_taken_home(
        self, services: Services, checkpoint: Path, keys: Path
    ) -> None:
        with services.database.write() as connection:
            for table in (store.entries, audit_trail.trail, audit_trail.checkpoints):
                connection.execute(delete(table))
        assert motcua("verify").exit_code == 0
        assert motcua("verify", "--checkpoint", checkpoint, "--keys", keys).exit_code == 1
