"""Four processes write one SQLite file for ten seconds, all kinds of writing at once, without an error or a loss."""

import multiprocessing
import os
import time
import uuid
from concurrent.futures import ProcessPoolExecutor

from sqlalchemy import func, select

from idp.clock import system_clock
from idp.domain import audit, outbox
from idp.domain.audit import Action
from idp.domain.audit_sequencer import sequence, sequence_all
from idp.settings import Settings
from idp.store import audit as trail
from idp.store import audit_trail, versions
from idp.store.database import Database
from idp.store.ephemeral import make_ephemeral
from idp.store.outbox import outbox as messages

PROCESSES = 4
SECONDS = 10.0 if os.environ.get("CI") == "true" else 2.0
"""Ten in continuous integration, less where somebody waits."""


def write_all_the_time(url: str) -> dict[str, int]:
    """What one process does; gives what it was told had been written."""
    database = Database(url)
    store = make_ephemeral(Settings(database_url=url), database, system_clock)
    done = {"rounds": 0, "claims": 0, "delivered": 0, "highest": 0}
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        one_round(database, store, done)
    done["delivered"] += outbox.drain(database, {"n": outbox.Handler(lambda _message: None)}, system_clock)
    database.dispose()
    return done


def one_round(database: Database, store: object, done: dict[str, int]) -> None:
    number = done["rounds"]
    done["claims"] += store.claim("jti", f"{number}", 600)  # type: ignore[attr-defined]
    done["highest"] = max(done["highest"], store.count("rounds", "all", 600))  # type: ignore[attr-defined]
    with database.write() as connection:
        # Read, then write: what a deferred transaction would lose or fail at.
        before = versions.current(connection).get("rounds", 0)
        versions.bump(connection, "rounds")
        assert versions.current(connection)["rounds"] == before + 1
        act = audit.entry(
            Action.SIGNED_IN, system_clock(), actor=("account", str(uuid.uuid4())), object=("session", "s")
        )
        audit.record(connection, act)
        outbox.post(connection, "n", {"number": number}, now=system_clock())
    done["rounds"] += 1
    if number % 20 == 0:
        sequence(database)
        done["delivered"] += outbox.drain(database, {"n": outbox.Handler(lambda _message: None)}, system_clock)


def test_four_processes_write_one_file_without_an_error_or_a_loss(sqlite: Database) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        each = list(pool.map(write_all_the_time, [sqlite.url] * PROCESSES))
    rounds = sum(done["rounds"] for done in each)
    assert min(done["rounds"] for done in each) > 0
    sequence_all(sqlite)
    with sqlite.read() as connection:
        assert versions.current(connection)["rounds"] == rounds
        assert connection.execute(select(func.count()).select_from(trail.entries)).scalar_one() == rounds
        place = audit_trail.place(connection)
        left = connection.execute(select(func.count()).select_from(messages)).scalar_one()
    assert place
    assert place.size == rounds
    assert max(done["highest"] for done in each) == rounds
    assert sum(done["claims"] for done in each) == max(done["rounds"] for done in each)
    assert sum(done["delivered"] for done in each) + left == rounds
