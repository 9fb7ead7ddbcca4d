"""Every table is bounded: its rows end and are swept, or it says in a sentence what it grows with."""

import pkgutil
from importlib import import_module

import pytest
from sqlalchemy import Table, select

import idp.store
import keys.store
from idp.domain.work.duties import sweep
from idp.store import bounded
from idp.store.database import Database
from idp.store.tables import every_metadata
from tests.support.clock import StoppedClock

TABLES = [table for metadata in every_metadata for table in metadata.sorted_tables]
BOUNDS = {bound.table.fullname: bound for bound in bounded.bounds()}

GROWS_BY_RIGHT = {
    "accounts",
    "agencies",
    "audit_entries",
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


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)
def test_every_table_says_how_it_stays_small(table: Table) -> None:
    bound = BOUNDS.get(table.fullname)
    assert bound, f"say beneath {table.fullname} how it stays small: bounded.rows_end or bounded.grows_with"
    assert bound.table is table
    assert len(bound.reason) > 20, "a reason is a sentence"


def test_only_what_grows_with_people_clients_or_by_law_has_no_clean_up() -> None:
    without = {name for name, bound in BOUNDS.items() if bound.ended is None}
    cascading = {child.fullname for child in TABLES if _goes_with_a_swept_parent(child)}
    assert without - cascading == GROWS_BY_RIGHT


def _goes_with_a_swept_parent(child: Table) -> bool:
    """Rows of a session go with it: the database removes them."""
    parents = [key.column.table.fullname for key in child.foreign_keys if key.ondelete == "CASCADE"]
    return any(BOUNDS[parent].ended is not None for parent in parents)


def test_every_condition_runs_on_both_databases(database: Database, clock: StoppedClock) -> None:
    assert sweep(database, clock) == 0


@pytest.mark.parametrize("name", sorted(name for name, bound in BOUNDS.items() if bound.ended))
def test_a_sweep_finds_its_rows_by_an_index(sqlite: Database, clock: StoppedClock, name: str) -> None:
    """Otherwise each sweep would read a large table from end to end."""
    bound = BOUNDS[name]
    assert bound.ended
    found = select(*bound.table.primary_key.columns).where(bound.ended(clock()))
    statement = found.compile(sqlite.engine, compile_kwargs={"literal_binds": True})
    with sqlite.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        assert not [step for *_, step in plan if step.startswith("SCAN")]


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
