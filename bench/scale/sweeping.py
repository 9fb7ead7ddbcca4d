"""``python -m bench.scale.sweeping``: one sweep of the worker's own clean-up for each line on standard input.

Says first which connection of the database it uses, then how many rows each sweep removed.
"""

import sys

from idp.domain.work.duties import sweep
from idp.services import make_services
from idp.settings import Settings
from idp.store import tables

assert tables.metadata, "its import registers every table that loses rows"


def main() -> None:
    """Sweep when told."""
    services = make_services(Settings())
    with services.database.write() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    print(backend, flush=True)
    for _ in sys.stdin:
        print(sweep(services.database, services.clock), flush=True)
    services.database.dispose()


if __name__ == "__main__":
    main()
