"""Opening a session is one act on both databases: all of it is written, or nothing, and what it rests on stays as it is."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.sessions import open_session
from idp.store import accounts, audit_trail, opening, sessions
from idp.store.accounts import AccountRow, AuthenticatorRow
from idp.store.database import Database
from idp.store.direct import Direct, Statement, Unit, within
from idp.store.opening import Standing
from idp.store.sessions import SessionRow
from tests.support.clock import StoppedClock
from tests.support.provider import make_provider

NOW = 1_772_420_400
WAYS = ["durable", "unit", "sqlalchemy"]
Open = Callable[..., Standing]


@pytest.fixture
def home(database: Database) -> Database:
    """Anh's account at level 2, with a password and a passkey; Bình's, with a password."""
    with database.write() as connection:
        for account, level in (("anh", 2), ("binh", 1)):
            accounts.add(connection, AccountRow(account, "citizen", "active", level, b"sealed", 1, 1))
        for account, kind in (("anh", "password"), ("anh", "passkey"), ("binh", "password")):
            row = AuthenticatorRow(f"{kind} of {account}", account, kind, created_at=1)
            accounts.add_authenticator(connection, row)
    return database


def session(account: str = "anh", **changed: object) -> SessionRow:
    factors = [{"kind": "password", "at": NOW}]
    row = SessionRow("a-sid", "a-hash", account, NOW, NOW, NOW, NOW + 3600, 0, factors, "a browser", "203.0.113.7")
    return row._replace(**changed)


@pytest.fixture(params=WAYS)
def open_one(request: pytest.FixtureRequest, home: Database) -> Open:
    """Open a session by each of the ways there are: alone, and inside a larger act."""

    def opened(
        row: SessionRow | None = None, *, shown: Sequence[str] = ("password of anh",), entry_id: str = ""
    ) -> Standing:
        row = row or session()
        named = {"actor": ("account", row.account_id), "object": ("session", row.sid)}
        entry = audit.entry(Action.SIGNED_IN, NOW + 0.25, **named, account_id=row.account_id, session=row.sid)  # type: ignore[arg-type]
        entry = entry._replace(id=entry_id or entry.id)
        with ExitStack() as stack:
            way: Direct | Unit = home.durable
            if request.param == "unit":
                way = stack.enter_context(home.durable.transaction())
            elif request.param == "sqlalchemy":
                way = within(stack.enter_context(home.write()))
            return opening.open_session(way, row, shown, entry)

    return opened


def written(home: Database) -> tuple[int, int, list[str]]:
    """How many sessions, how many entries, and which authenticators were noted as used."""
    with home.read() as connection:
        kept = sessions.of_account(connection, "anh") + sessions.of_account(connection, "binh")  # type: ignore[operator]
        entries = audit_trail.unnumbered(connection, 100)
        used = [
            row.id
            for account in ("anh", "binh")
            for row in accounts.authenticators_of(connection, account)
            if row.used_at is not None
        ]
    return len(kept), len(entries), sorted(used)


UNIQUE = r"(?i)unique"
NOTHING: tuple[int, int, list[str]] = (0, 0, [])


def test_everything_is_written_at_the_level_that_the_account_has_now(home: Database, open_one: Open) -> None:
    assert open_one() == Standing(2, all_there=True)

    assert written(home) == (1, 1, ["password of anh"])
    with home.read() as connection:
        assert sessions.by_sid(connection, "a-sid") == session(identity_level=2)
        (entry,) = audit_trail.unnumbered(connection, 100)
        (used, _) = sorted(accounts.authenticators_of(connection, "anh"), key=lambda row: row.kind == "passkey")
    assert used.used_at == NOW
    assert (entry.at, entry.action, entry.actor_id, entry.object_id) == (NOW + 0.25, "signed_in", "anh", "a-sid")
    assert (entry.account_id, entry.session, entry.outcome) == ("anh", "a-sid", "done")


@pytest.mark.parametrize("shown", [[], ["password of anh", "passkey of anh"]])
def test_as_many_authenticators_as_were_shown_are_noted(home: Database, open_one: Open, shown: list[str]) -> None:
    assert open_one(shown=shown) == Standing(2, all_there=True)
    assert written(home) == (1, 1, sorted(shown))


@pytest.mark.parametrize("state", ["frozen", "closing", "closed"])
def test_an_account_that_is_not_active_gets_no_session(home: Database, open_one: Open, state: str) -> None:
    with home.write() as connection:
        accounts.change(connection, "anh", state=state)

    assert open_one() == Standing(None, all_there=False)
    assert written(home) == NOTHING


def test_one_that_is_not_there_gets_none(home: Database, open_one: Open) -> None:
    assert open_one(session("nobody"), shown=[]) == Standing(None, all_there=False)
    assert written(home) == NOTHING


def test_an_authenticator_that_was_removed_opens_nothing(home: Database, open_one: Open) -> None:
    with home.write() as connection:
        accounts.remove_authenticator(connection, "password of anh")

    assert open_one() == Standing(2, all_there=False)
    assert written(home) == NOTHING


def test_nor_one_that_was_stopped(home: Database, open_one: Open) -> None:
    with home.write() as connection:
        accounts.change_authenticator(connection, "password of anh", state="copied")

    assert open_one() == Standing(2, all_there=False)
    assert written(home) == NOTHING


def test_nor_somebody_elses(home: Database, open_one: Open) -> None:
    assert open_one(shown=["password of binh"]) == Standing(2, all_there=False)
    assert written(home) == NOTHING


def test_a_session_that_cannot_be_kept_leaves_no_trace(home: Database, open_one: Open) -> None:
    """Its entry in the trail goes with it, and so does the note of the use."""
    assert open_one().all_there
    with pytest.raises(Exception, match=UNIQUE):
        open_one(session(sid="another", account_id="binh"), shown=["password of binh"])

    assert written(home) == (1, 1, ["password of anh"])


def test_an_entry_that_cannot_be_kept_leaves_no_session(home: Database, open_one: Open) -> None:
    open_one(entry_id="an-entry")
    with pytest.raises(Exception, match=UNIQUE):
        open_one(session("binh", sid="another", cookie_hash="other"), shown=["password of binh"], entry_id="an-entry")

    assert written(home) == (1, 1, ["password of anh"])


def test_looking_keeps_no_session_and_notes_what_was_used(home: Database) -> None:
    with home.write() as connection:
        assert opening.look(within(connection), "anh", ["passkey of anh"], NOW) == Standing(2, all_there=True)
        assert opening.look(within(connection), "anh", ["password of binh"], NOW) == Standing(2, all_there=False)
        assert opening.look(within(connection), "nobody", [], NOW) == Standing(None, all_there=False)
    assert written(home) == (0, 0, ["passkey of anh"])


SLOWLY = "DO $$BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = local'; END$$"
HOW = """
CREATE TABLE how (setting TEXT);
CREATE FUNCTION note_how() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO how VALUES (current_setting(''synchronous_commit'')); RETURN NEW; END';
CREATE TRIGGER session BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION note_how();
CREATE TRIGGER entry BEFORE INSERT ON audit_waiting FOR EACH ROW EXECUTE FUNCTION note_how();
"""
"""Notes for each session and entry whether its commit will wait for the disk."""


@pytest.mark.postgresql
@pytest.mark.parametrize("known", [True, False])
def test_a_sign_in_is_on_disk_before_it_is_answered(
    tmp_path: Path, clock: StoppedClock, postgresql_url: str, known: bool
) -> None:
    """As the server has it for everything; codes and tokens, which come more often, need not wait (hot paths)."""
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(SLOWLY)
    provider = make_provider(tmp_path, clock, postgresql_url)
    database = provider.services.database
    with database.write() as connection:
        connection.exec_driver_sql(HOW)
    account = provider.person()

    open_session(provider.services, account, [{"kind": "password", "at": 0}], known=known)

    with database.read() as connection:
        assert connection.execute(text("SELECT setting FROM how")).scalars().all() == ["local", "local"]
    assert database.direct.one(Statement("SELECT current_setting('synchronous_commit')"), {}) == ("off",)
    database.dispose()
