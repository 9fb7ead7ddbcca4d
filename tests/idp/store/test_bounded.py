"""Every table is bounded: its rows end and are swept, or it says in a sentence what it grows with."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest
from sqlalchemy import Table, select

import idp.store
import keys.store
from idp.domain.work.duties import sweep
from idp.store import bounded, grants, workers
from idp.store.database import Database
from idp.store.tables import every_metadata
from tests.support.clock import StoppedClock

TABLES = [table for metadata in every_metadata for table in metadata.sorted_tables]
BOUNDS = {bound.table.fullname: bound for bound in bounded.bounds()}

GROWS_BY_RIGHT = {
    "accounts",
    "agencies",
    "audit_entries",
    "audit_waiting",
    "audit_trail",
    "authenticators",
    "authorities",
    "certificate_contents",
    "certificates",
    "client_resources",
    "clients",
    "installation",
    "responders",
    "revocation_lists",
    "sign_in_names",
    "signing_keys",
    "subjects",
    "versions",
}
"""Tables without clean-up, each argued for where it is declared. Whoever adds one here has thought about it twice."""


BLANK = {
    "current_hash": "c",
    "generation": 1,
    "account_id": "a",
    "client_id": "p",
    "sid": "s",
    "bound_to_session": 0,
    "grant": "{}",
    "created_at": 1,
    "rotated_at": 1,
    "idle_at": 1,
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)
def test_every_table_says_how_it_stays_small(table: Table) -> None:
    bound = BOUNDS.get(table.fullname)
    assert bound, f"say beneath {table.fullname} how it stays small: bounded.rows_end or bounded.grows_with"
    assert bound.table is table
    assert len(bound.reason) > 20, "a reason is a sentence"


def test_only_what_grows_with_people_clients_or_by_law_has_no_clean_up() -> None:
    without = {name for name, bound in BOUNDS.items() if not bound.endings}
    cascading = {child.fullname for child in TABLES if _goes_with_a_swept_parent(child)}
    assert without - cascading == GROWS_BY_RIGHT


def _goes_with_a_swept_parent(child: Table) -> bool:
    """Rows of a session go with it: the database removes them."""
    parents = [key.column.table.fullname for key in child.foreign_keys if key.ondelete == "CASCADE"]
    return any(BOUNDS[parent].endings for parent in parents)


def test_every_condition_runs_on_both_databases(database: Database, clock: StoppedClock) -> None:
    assert sweep(database, clock) == 0


ENDINGS = {f"{bound.table}.{each.column.name}": (bound, each) for bound in BOUNDS.values() for each in bound.endings}


@pytest.mark.parametrize("name", sorted(ENDINGS))
def test_a_sweep_finds_its_rows_by_an_index(database: Database, clock: StoppedClock, name: str) -> None:
    """Otherwise each sweep would read a large table from end to end. The values are given as a sweep gives them."""
    bound, ending = ENDINGS[name]
    found = bounded.ended(bound.table, ending, clock() + 0.5).limit(10).compile(database.engine)
    with database.read() as connection:
        if database.is_sqlite:
            explained = f"EXPLAIN QUERY PLAN {found}"
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
            explained = f"EXPLAIN {found}"
        values = found.params if not found.positional else tuple(found.params[each] for each in found.positiontup or ())
        plan = [" ".join(map(str, row)) for row in connection.exec_driver_sql(explained, values)]
    assert not [
        step for step in plan if "SCAN " + bound.table.name in step or "Seq Scan on " + bound.table.name in step
    ]
    assert not [step for step in plan if "TEMP B-TREE" in step or "Sort" in step], plan


def test_a_row_ends_when_its_time_is_so_long_ago_and_not_before(database: Database, clock: StoppedClock) -> None:
    (bound,) = [each for each in BOUNDS.values() if each.table is workers.workers]
    with database.write() as connection:
        workers.beat(connection, "w-1", clock())
        assert bounded.sweep(connection, bound, clock() + workers.FORGOTTEN_AFTER - 0.001, 10) == 0
        assert bounded.sweep(connection, bound, clock() + workers.FORGOTTEN_AFTER, 10) == 1


def test_the_oldest_go_first_and_all_ways_of_ending_share_one_batch(database: Database, clock: StoppedClock) -> None:
    now, families = int(clock()), BOUNDS["refresh_families"]
    never = {"expires_at": now + 99, "ended_at": None}
    rows = [
        *({"gid": f"expired-{age}", "expires_at": now - age, "ended_at": None} for age in (1, 3, 2)),
        {"gid": "ended", "expires_at": now + 99, "ended_at": now - grants.ENDED_KEPT - 1},
        {"gid": "lives", **never},
    ]
    with database.write() as connection:
        connection.execute(
            grants.refresh_families.insert(), [{**BLANK, "handle_hash": each["gid"], **each} for each in rows]
        )
    kept = select(grants.refresh_families.c.gid).order_by(grants.refresh_families.c.gid)
    for left in (["ended", "expired-1", "lives"], ["lives"], ["lives"]):
        with database.write() as connection:
            bounded.sweep(connection, families, clock(), 2)
            assert list(connection.execute(kept).scalars()) == left


def test_a_process_that_only_cleans_up_knows_every_table() -> None:
    """The worker imports less than the web process: what it does not know would never be cleaned up."""
    asked = "from idp.domain.work import duties; print(len(duties.tables.bounds()))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60).stdout
    assert int(said) == len(TABLES)


def test_entries_about_one_account_are_found_by_an_index_without_those_about_none(sqlite: Database) -> None:
    """Kept out of it is what has no account: the database must see that the question is about accounts only."""
    with sqlite.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM audit_entries WHERE account_id = ? ORDER BY at", ("a",)
        )
        assert ["ix_audit_entries_account_id_at" in step for *_, step in plan] == [True]


def test_no_repository_is_forgotten() -> None:
    """``idp.store.tables`` imports every module that declares a table."""
    known = {table.fullname for table in TABLES}
    for package in (idp.store, keys.store):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    now = {table.fullname for metadata in every_metadata for table in metadata.sorted_tables}
    assert now == known
