"""What a measured sweep removes is what was put there for it, and nothing that lives."""

import psycopg
import pytest

from bench.scale.cleanup import LONG, backlog
from bench.scale.fill import Filled, libpq
from bench.scale.people import Town
from idp.domain.work.duties import sweep
from idp.services import Services
from idp.store import tables

pytestmark = pytest.mark.postgresql
TABLES = ("sessions", "session_clients", "refresh_families", "ended")
ROWS = 40


def counts(services: Services) -> dict[str, int]:
    assert tables.metadata.tables.keys() > {*TABLES}
    with services.database.read() as connection:
        return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in TABLES}


def test_a_sweep_takes_the_backlog_away_and_leaves_everybody_signed_in(whole: tuple[Services, Town, Filled]) -> None:
    services, town, _ = whole
    before = counts(services)
    with psycopg.connect(libpq(services.settings.database_url), autocommit=True) as connection:
        for statements in backlog().values():
            for statement in statements:
                connection.execute(statement.encode(), {"long_ago": town.now - LONG, "rows": ROWS})
    assert counts(services) == {name: count + ROWS for name, count in before.items()}
    # The portals of a session go with it, by the database's own rule, and are not counted.
    assert sweep(services.database, services.clock) == ROWS * (len(TABLES) - 1)
    assert counts(services) == before
