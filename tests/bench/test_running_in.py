"""A database that was run in holds what it held, and some families more, as sign-ins would have left them."""

from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from bench.scale import people
from bench.scale.cleanup import LONG, backlog
from bench.scale.fill import libpq
from bench.scale.running_in import run_in
from idp.domain import sessions, tokens
from idp.domain.work.duties import sweep
from tests.bench.conftest import ACTIVE, filled
from tests.support.services import PostgresqlServer

pytestmark = pytest.mark.postgresql
GRANTS = people.PORTALS * ACTIVE


def test_what_then_ends_for_clean_up_is_nobodys_own(postgresql: PostgresqlServer, tmp_path: Path) -> None:
    with filled(postgresql, tmp_path) as (services, town, _):
        url = services.settings.database_url
        run_in(url, town.now)
        with psycopg.connect(libpq(url), autocommit=True) as connection:
            for statements in backlog().values():
                for statement in statements:
                    connection.execute(statement.encode(), {"long_ago": town.now - LONG, "rows": GRANTS})
        # Sessions, families and ended things; portals go with their sessions and are not counted.
        assert sweep(services.database, services.clock) == 3 * GRANTS


def test_everybody_stays_signed_in_and_some_have_one_family_more(postgresql: PostgresqlServer, tmp_path: Path) -> None:
    with filled(postgresql, tmp_path) as (services, town, _):
        run_in(services.settings.database_url, town.now)
        with services.database.read() as connection:
            told = connection.exec_driver_sql("SELECT gid, sid, handle_hash FROM refresh_families ORDER BY gid").all()
            kept = {sid for (sid,) in connection.exec_driver_sql("SELECT sid FROM sessions")}
        further = told[GRANTS:]
        assert kept == {town.session_id(grant) for grant in range(GRANTS)}
        assert [gid for gid, *_ in told[:GRANTS]] == sorted(town.family_id(grant) for grant in range(GRANTS))
        assert 0 < len(further) < GRANTS / 4
        for gid, sid, _ in further:
            assert UUID(gid).version == 7
            # Begun when the town was filled, after all others, so that the index grows at its end.
            assert int(gid.replace("-", "")[:12], 16) // 1000 == town.now
            assert sid in kept
        assert len({handle for *_, handle in told}) == len(told)
        assert sessions.read_session(services, people.cookie(5)) is not None
        client_id, token = town.portal_of_grant(5).client_id, people.refresh_token(5)
        assert tokens.rotate_family(services.direct, services, client_id, token) is not None
