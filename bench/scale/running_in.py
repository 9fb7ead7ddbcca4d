"""What a database in service has behind it, and one that was filled has not: its active pages are in memory, and were
written since the last checkpoint.

The first write to a page after a checkpoint puts the whole page into PostgreSQL's log, the first read brings it into
memory. Some thousand requests on a large database would pay for little else, while one in service pays for each page once
in each checkpoint's time. Nothing is added that requests would not add: locks that are over, and some further families.
"""

import psycopg

from bench.scale.copies import another_hash, copies, uuid_in_time
from bench.scale.fill import libpq
from idp.store.grants import refresh_families

ACTIVE_ALONE = ("sessions", "session_clients", "refresh_families", "consents")
"""Tables of which all rows are of somebody active."""
LOOK_UPS = tuple(
    f"SELECT count(found) FROM active, LATERAL ({found} OFFSET 0) one (found)"
    for found in (
        "SELECT state FROM accounts WHERE id = active.account_id",
        "SELECT sub FROM subjects WHERE account_id = active.account_id",
        "SELECT secret FROM authenticators WHERE account_id = active.account_id",
        """SELECT n.kind FROM sign_in_names own, LATERAL (SELECT kind FROM sign_in_names
        WHERE fingerprint = own.fingerprint OFFSET 0) n WHERE own.account_id = active.account_id""",
    )
)
"""By key, one after the other as requests do: of the other tables, what is of somebody active lies between what is not."""
LOCKS = (
    "SELECT count(*) FROM (SELECT 1 FROM sessions FOR SHARE) taken",
    "SELECT count(*) FROM (SELECT 1 FROM session_clients FOR UPDATE) taken",
    "SELECT count(*) FROM (SELECT 1 FROM refresh_families FOR NO KEY UPDATE) taken",
)
"""As a code exchange and a refresh take them."""
BY_KEY = ("enable_seqscan", "enable_bitmapscan", "jit")


def run_in(url: str, now: int) -> None:
    """Bring one database to where it would be some minutes after a checkpoint.

    :param now: Unix seconds; from then on are the identifiers of further families.
    """
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        connection.execute(
            """SELECT sum(pg_prewarm(t.oid)) + sum((SELECT sum(pg_prewarm(indexrelid)) FROM pg_index WHERE indrelid = t.oid))
            FROM pg_class t WHERE t.oid = ANY(%s::regclass[])""",
            (list(ACTIVE_ALONE),),
        )
        connection.execute("CREATE TEMP TABLE active AS SELECT DISTINCT account_id FROM consents")
        for setting in BY_KEY:
            connection.execute(f"SET {setting} = off".encode())
        for statement in (*LOOK_UPS, *LOCKS, further_families(now)):
            connection.execute(statement.encode())
        connection.execute(f"ANALYZE {refresh_families.name}".encode())


def further_families(now: int) -> str:
    """Give the statement that begins a family more in every twentieth session: every page of the indexes gets some."""
    return copies(
        refresh_families,
        f"FROM {refresh_families.name} TABLESAMPLE BERNOULLI (5) REPEATABLE (1)",
        gid=uuid_in_time(f"{now * 1000} + row_number() OVER ()", "gid"),
        handle_hash=another_hash("gid"),
    )
