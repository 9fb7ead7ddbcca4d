"""``motcua worker`` as a process: it delivers, sequences, signs, shows that it lives, and ends in good order."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from idp.clock import system_clock
from idp.domain import audit, outbox
from idp.domain.audit import Action
from idp.domain.sessions import TELL_PORTAL
from idp.store import audit_trail, workers
from idp.store.database import Database
from idp.store.outbox import backlog
from tests.support.processes import HelperProcess
from wsgi import command_line


@pytest.fixture
def home(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a database, and a key that lies elsewhere."""
    key = tmp_path / "secrets" / "key"
    key.parent.mkdir()
    key.write_bytes(b"k" * 32)
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MOTCUA_ISSUER", "https://id.gov.example")
    monkeypatch.setenv("MOTCUA_DATABASE_URL", _apart(database, tmp_path))
    monkeypatch.setenv("MOTCUA_KEY_ENCRYPTION_KEY_FILE", str(key))
    return tmp_path


def _apart(database: Database, tmp_path: Path) -> str:
    """Put a SQLite file where no key lies, closed: its log would stay behind."""
    if not database.is_sqlite:
        return database.url
    database.dispose()
    (tmp_path / "data").mkdir()
    (tmp_path / "idp.sqlite").rename(tmp_path / "data" / "idp.sqlite")
    return f"sqlite:///{tmp_path / 'data' / 'idp.sqlite'}"


@contextmanager
def started(home: Path) -> Iterator[HelperProcess]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    worker = HelperProcess([sys.executable, "-m", "wsgi", "worker"], home / "worker.log", cwd=home, env=environment)
    try:
        yield worker
    finally:
        worker.stop()


def test_it_works_until_it_is_asked_to_end(home: Path) -> None:
    database = Database(os.environ["MOTCUA_DATABASE_URL"])

    def alive() -> bool:
        with database.read() as connection:
            return workers.last_seen(connection) is not None

    def settled() -> bool:
        with database.read() as connection:
            signed = audit_trail.last_checkpoint(connection)
            return signed is not None and backlog(connection).waiting == 0

    with started(home) as worker:
        worker.wait_until(alive)
        with database.write() as connection:
            audit.record(
                connection,
                audit.entry(Action.SIGNED_OUT, system_clock(), actor=("account", "a"), object=("session", "s")),
            )
            payload = {"sid": "s", "client_id": "gone", "sub": "u"}
            outbox.post(connection, TELL_PORTAL, payload, now=system_clock())
        worker.wait_until(settled)
        assert worker.stop() == 0
    with database.read() as connection:
        assert workers.last_seen(connection) is None, "it said good-bye"
    database.dispose()
    lines = [json.loads(line) for line in worker.log.read_text().splitlines()]
    assert [line["event"] for line in lines if line["level"] in ("error", "critical")] == []
    assert lines[-1]["event"] == "worker_stopped"


def test_it_refuses_where_the_provider_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path))
    result = CliRunner().invoke(command_line, ["worker"])
    assert result.exit_code == 1
    assert "The worker does not start" in result.output
    assert "motcua db upgrade" in result.output
