"""``motcua doctor`` names what is wrong and what to do, changes nothing, and never fails itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner
from sqlalchemy import Connection, delete, select, update

from idp.commands.doctor.command import examine
from idp.commands.doctor.finding import Finding
from idp.commands.preparations import prepare_provider
from idp.domain import outbox
from idp.settings import Settings
from idp.store import audit_trail, workers
from idp.store import clients as clients_store
from idp.store import outbox as outbox_store
from idp.store.database import Database
from keys.sealing import make_key_file
from keys.store.signing_keys import signing_keys
from tests.idp.commands.conftest import PutThere
from tests.support.clock import StoppedClock
from wsgi import command_line

LATER = 4_000_000_000.0
"""A moment at which everything that this test wrote lies far back."""

Make = Callable[..., Settings]
pytestmark = pytest.mark.usefixtures("warm_readers")


@pytest.fixture
def make(tmp_path: Path, prepared_home: PutThere) -> Make:
    """Makes settings of a prepared demo in this test's folder."""

    def made(**given: object) -> Settings:
        home = prepared_home(tmp_path / "var")
        settings = Settings.model_validate({"home": home, "demo": True, "message_sender": "demo"} | given)
        prepare_provider(settings)
        return settings

    return made


@contextmanager
def writing(settings: Settings) -> Iterator[Connection]:
    """Change the provider's database behind everybody's back."""
    database = Database(settings.database_url)
    with database.write() as connection:
        yield connection
    database.dispose()


def look(settings: Settings, now: float = 0) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(settings, now)}


def test_an_installation_with_a_worker_is_well(make: Make, clock: StoppedClock) -> None:
    settings = make()
    with writing(settings) as connection:
        workers.beat(connection, "w-1", clock())
    found = look(settings, clock())
    assert {finding.state for finding in found.values()} == {"good"}
    looked_at = {
        "safety",
        "database",
        "keys",
        "redis",
        "worker",
        "outbox",
        "audit",
        "messages",
        "passkeys",
        "sandbox",
        "trust",
        "clients",
    }
    assert set(found) == looked_at


def test_looking_changes_nothing(make: Make) -> None:
    settings = make()
    before = {path: path.stat().st_mtime_ns for path in settings.home.rglob("*.sqlite")}
    look(settings)
    assert {path: path.stat().st_mtime_ns for path in settings.home.rglob("*.sqlite")} == before


def test_an_empty_folder_is_told_and_nothing_is_made_there(tmp_path: Path) -> None:
    found = look(Settings(home=tmp_path / "var", issuer="https://id.example.vn"))
    assert (found["database"].state, found["database"].remedy) == ("fault", "motcua db upgrade")
    assert found["keys"].state == found["worker"].state == found["audit"].state == "fault"
    assert not (tmp_path / "var" / "idp.sqlite").exists()


def test_a_worker_that_was_not_seen_lately_counts_as_gone(make: Make, clock: StoppedClock) -> None:
    settings = make()
    with writing(settings) as connection:
        workers.beat(connection, "w-1", clock())
    assert look(settings, clock() + 29)["worker"].state == "good"
    assert look(settings, clock() + 31)["worker"].remedy == "start motcua worker"


def test_entries_that_wait_for_their_number_are_an_alarm(make: Make) -> None:
    settings = make()
    with writing(settings) as connection:
        waiting = [entry.at for entry in audit_trail.unnumbered(connection, 100)]
    assert look(settings, min(waiting) + 9.9)["audit"].state == "good"
    assert look(settings, LATER)["audit"].sentence.startswith(f"{len(waiting)} entries have waited")


def test_a_provider_without_a_key_to_sign_with_is_told(make: Make) -> None:
    settings = make()
    with writing(settings) as connection:
        algorithm = connection.execute(select(signing_keys.c.algorithm)).scalars().first()
        connection.execute(delete(signing_keys).where(signing_keys.c.algorithm == algorithm))
    assert look(settings)["keys"].sentence == f"none signs {algorithm}"


def test_keys_that_another_key_encrypted_are_told_without_a_traceback(make: Make) -> None:
    settings = make()
    (settings.home / "key-encryption-key").unlink()
    make_key_file(settings.home / "key-encryption-key")
    assert look(settings)["keys"].sentence.startswith("cannot be looked at: SealBroken")


def test_a_lost_key_encryption_key_is_told_and_not_made_anew(make: Make) -> None:
    settings = make()
    (settings.home / "key-encryption-key").unlink()
    assert look(settings)["keys"].sentence.startswith("no key-encryption key at")
    assert not (settings.home / "key-encryption-key").exists()


@pytest.mark.redis
@pytest.mark.parametrize(("policy", "state"), [("noeviction", "good"), ("allkeys-lru", "fault")])
def test_a_redis_that_may_forget_is_a_fault(make: Make, redis_url: str, policy: str, state: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        connection.config_set("maxmemory-policy", policy)
        found = look(make(redis_url=redis_url))["redis"]
        connection.config_set("maxmemory-policy", "noeviction")
    assert found.state == state


def test_a_redis_that_does_not_answer_is_a_fault(make: Make) -> None:
    settings = make().model_copy(update={"redis_url": "redis://127.0.0.1:1"})
    assert look(settings)["redis"].sentence.startswith("cannot be looked at: ConnectionError")


def test_a_client_without_a_recorded_legal_basis_is_named(make: Make) -> None:
    settings = make()
    assert look(settings)["clients"].state == "good"
    with writing(settings) as connection:
        row = clients_store.page(connection)[0]
        metadata = json.dumps({**row.metadata, "legal_basis": "unstated"})
        connection.execute(
            update(clients_store.clients)
            .where(clients_store.clients.c.client_id == row.client_id)
            .values(metadata=metadata)
        )
    found = look(settings)["clients"]
    assert (found.state, row.client_id in found.sentence) == ("note", True)


def test_nobody_to_send_messages_is_a_note_that_says_what_is_off(make: Make) -> None:
    found = look(make(message_sender="none"))["messages"]
    assert found.state == "note"
    assert "sign-up and recovery by e-mail are off" in found.sentence


@pytest.mark.parametrize(
    ("issuer", "state", "words"),
    [
        ("https://id.example.vn", "good", "made for id.example.vn"),
        ("http://localhost:8000", "good", "made for localhost"),
        ("https://10.0.0.5", "note", "browsers make passkeys for names only"),
        ("https://[2001:db8::5]", "note", "browsers make passkeys for names only"),
        ("http://id.example.vn", "note", "over https only"),
    ],
)
def test_why_passkeys_are_not_offered(make: Make, issuer: str, state: str, words: str) -> None:
    found = look(make(issuer=issuer))["passkeys"]
    assert found.state == state
    assert words in found.sentence


def test_the_command_says_it_in_words_and_by_its_status(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "var"))
    seen = CliRunner().invoke(command_line, ["doctor"])
    assert seen.exit_code == 1
    assert "✗ safety    MOTCUA_ISSUER must be https" in seen.stdout
    assert "→ start motcua worker" in seen.stdout


def test_the_command_gives_json(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "var"))
    seen = CliRunner().invoke(command_line, ["doctor", "--json"])
    assert {"subject", "state", "sentence", "remedy"} == set(json.loads(seen.stdout)[0])


def test_a_message_that_is_stuck_is_a_fault_and_one_given_up_a_note(make: Make, clock: StoppedClock) -> None:
    settings = make()
    with writing(settings) as connection:
        outbox.post(connection, "notice", {}, now=clock())
    assert look(settings, clock() + 60)["outbox"].state == "good"
    assert look(settings, clock() + 61)["outbox"].sentence.startswith("1 messages wait")
    with writing(settings) as connection:
        (message,) = outbox_store.lease(connection, ["notice"], clock(), clock() + 60, 1)
        outbox_store.give_up(connection, message, clock(), "NotTold")
    assert look(settings, clock() + 3600)["outbox"].state == "note"
