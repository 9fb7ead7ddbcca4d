"""Migrations go forward only, and from every released revision lead to exactly the tables of the code."""

import importlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, Text, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from idp.store import audit_trail
from idp.store.database import Database
from idp.store.tables import create_all, every_metadata
from migrations import FOLDER, head, runner
from migrations.runner import Target, check, upgrade
from tests.migrations.schema import schema
from tests.support.services import PostgresqlServer

REVISIONS = sorted(path.name[:4] for path in (FOLDER / "idp").glob("[0-9]*.py"))


WRITTEN_AT_FIRST = (
    "INSERT INTO accounts (id, kind, state, identity_level, name_sealed, phone_confirmed, email_confirmed, roles, locale,"
    " demo, created_at, updated_at) VALUES ('a', 'citizen', 'active', 1, '', false, false, '[]', 'vi', false, 1, 1)",
    "INSERT INTO clients (client_id, metadata, first_party, registered_by, created_at)"
    " VALUES ('portal', '{}', false, 'dynamic', 1)",
    "INSERT INTO consents (account_id, client_id, scopes, refused_claims, version, granted_at, expires_at)"
    " VALUES ('a', 'portal', 'openid', '', 1, 1, 2)",
)


def engine_of(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


@pytest.fixture
def target(database_url: str) -> Target:
    return Target("idp", "idp", database_url, every_metadata)


def upgrade_to(target: Target, revision: str) -> None:
    with runner._connection(target) as connection:
        command.upgrade(runner._config(target, connection), revision)


@pytest.fixture
def expected(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> set[tuple[object, ...]]:
    """What the code's own tables look like in a database of the same kind."""
    if database_url.startswith("sqlite"):
        engine = engine_of(f"sqlite:///{tmp_path / 'expected.sqlite'}")
        create_all(engine)
        return schema(engine)
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    with server.database() as url:
        create_all(engine_of(url))
        return schema(engine_of(url))


@pytest.mark.parametrize("revision", ["", *REVISIONS])
def test_from_every_revision_the_newest_is_exactly_the_code(
    target: Target, expected: set[tuple[object, ...]], revision: str
) -> None:
    if revision:
        upgrade_to(target, revision)
    state = upgrade(target)
    assert state.current, f"the tables changed: {state.differences}; run python -m tools.revision, commit the result"
    assert schema(engine_of(target.url)) == expected


def test_acts_that_had_no_number_yet_wait_for_it_and_the_others_stay(target: Target) -> None:
    columns = "id, at, actor_kind, actor_id, action, object_kind, object_id, outcome, details, number, chain"
    written = "VALUES (:id, :at, 'system', 'worker', 'signed_in', 'session', 's', 'done', '{}', :number, :chain)"
    acts = [
        {"id": "numbered", "at": 1.0, "number": 1, "chain": bytes(32)},
        {"id": "waits-b", "at": 3.0, "number": None, "chain": None},
        {"id": "waits-a", "at": 2.0, "number": None, "chain": None},
    ]
    upgrade_to(target, "0007")
    with engine_of(target.url).begin() as connection:
        connection.execute(text(f"INSERT INTO audit_entries ({columns}) {written}"), acts)
    upgrade(target)
    database = Database(target.url)
    with database.read() as connection:
        assert [entry.id for entry in audit_trail.unnumbered(connection, 9)] == ["waits-a", "waits-b"]
        assert [(each.number, each.entry.id) for each in audit_trail.walk(connection, 9)] == [(1, "numbered")]
    database.dispose()


def test_upgrading_twice_changes_nothing(target: Target) -> None:
    upgrade(target)
    before = schema(engine_of(target.url))
    assert upgrade(target).current
    assert schema(engine_of(target.url)) == before


def test_several_machines_may_upgrade_at_once(target: Target) -> None:
    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(upgrade, [target] * 4))
    assert all(state.current for state in states)


def test_an_upgrade_that_fails_leaves_nothing_behind(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    real = command.upgrade

    def broken(config: object, revision: str) -> None:
        real(config, revision)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(runner.command, "upgrade", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        upgrade(target)
    assert inspect(engine_of(target.url)).get_table_names() == []


def test_a_database_that_someone_altered_is_told(target: Target) -> None:
    upgrade(target)
    with engine_of(target.url).begin() as connection:
        connection.execute(text("DROP TABLE ephemeral"))
        connection.execute(text("CREATE TABLE stray (id INTEGER PRIMARY KEY)"))
    state = check(target)
    assert not state.current
    assert any("ephemeral" in difference for difference in state.differences)
    assert any("stray" in difference for difference in state.differences)


def test_an_empty_database_is_told_from_a_current_one(target: Target) -> None:
    state = check(target)
    assert (state.revision, state.head, state.current) == (None, head("idp"), False)


def test_looking_makes_no_file(tmp_path: Path) -> None:
    missing = tmp_path / "home" / "idp.sqlite"
    assert check(Target("idp", "idp", f"sqlite:///{missing}", every_metadata)).revision is None
    assert not missing.parent.exists()


def test_a_new_sqlite_file_is_for_our_own_eyes(tmp_path: Path) -> None:
    file = tmp_path / "home" / "idp.sqlite"
    upgrade(Target("idp", "idp", f"sqlite:///{file}", every_metadata))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_revisions_are_one_line_and_none_goes_back() -> None:
    for name in ("idp", "portal"):
        files = sorted((FOLDER / name).glob("[0-9]*.py"))
        before = None
        for number, file in enumerate(files, start=1):
            module = importlib.import_module(f"migrations.{name}.{file.stem}")
            assert module.revision == f"{number:04}" == file.name[:4]
            assert module.down_revision == before
            assert not hasattr(module, "downgrade"), "forward only; the way back is a backup"
            before = module.revision


def test_the_head_that_a_process_reads_is_alembics(target: Target) -> None:
    upgrade(target)
    with runner._connection(target) as connection:
        scripts = ScriptDirectory.from_config(runner._config(target, connection))
        assert [*scripts.get_heads()] == [head("idp")]


def test_children_survive_while_a_parent_table_is_rebuilt(sqlite_url: str) -> None:
    """With the foreign-key pragma on, SQLite would cascade the drop of the old parent to them."""
    target = Target("idp", "idp", sqlite_url, every_metadata)
    upgrade(target)
    with runner._connection(target) as connection:
        connection.execute(text("INSERT INTO sessions VALUES ('s','c','a',1,1,1,1,1,'[]','','',NULL,NULL,0)"))
        connection.execute(text("INSERT INTO session_clients VALUES ('s','portal','sub',1,NULL,NULL,NULL)"))
    with runner._connection(target) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("sessions", recreate="always") as table:
            table.add_column(Column("note", Text))
    with engine_of(sqlite_url).connect() as connection:
        assert connection.execute(text("SELECT client_id FROM session_clients")).scalars().all() == ["portal"]


def test_what_was_written_at_one_revision_is_there_at_the_newest(target: Target) -> None:
    """An agreement made before its purposes were kept stays, with none known."""
    upgrade_to(target, REVISIONS[0])
    with engine_of(target.url).begin() as connection:
        connection.execute(text("INSERT INTO versions (name, number) VALUES ('keys', 7)"))
        for statement in WRITTEN_AT_FIRST:
            connection.execute(text(statement))
    upgrade(target)
    database = Database(target.url)
    with database.read() as connection:
        assert connection.execute(text("SELECT number FROM versions WHERE name = 'keys'")).scalar() == 7
        assert connection.execute(text("SELECT scopes, purposes FROM consents")).all() == [("openid", "")]
    database.dispose()
