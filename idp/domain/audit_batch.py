"""Frequent entries of the audit trail (token, userinfo, introspection), inserted many at a time.

**Loss window**: what was recorded in the last half second is lost when the process is killed. Whatever must not be
lost goes through ``audit.record`` instead. Nothing is ever dropped for being too much: when the database cannot take
it, acts are refused.
"""

import threading
import time

from idp.domain.audit import Entry
from idp.errors import StoreUnavailable
from idp.logging import get_logger
from idp.store import audit as store
from idp.store.database import Database

LOSS_WINDOW = 0.5
"""Seconds that an entry waits at most before it is inserted, while the database answers."""
CAPACITY = 10_000
"""Entries that may wait; more than the database could not take for a long while."""
STATEMENT = 500
"""Entries inserted by one transaction."""

log = get_logger("audit")


class AuditBatch:
    """The waiting entries of one process. Its thread starts with the first entry, so after any fork."""

    def __init__(self, database: Database, *, window: float = LOSS_WINDOW, capacity: int = CAPACITY) -> None:
        self._database = database
        self._window = window
        self._capacity = capacity
        self._waiting: list[Entry] = []
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._something = threading.Event()
        self._thread: threading.Thread | None = None

    def record(self, entry: Entry) -> None:
        """Take an entry, to be inserted within ``LOSS_WINDOW``. Costs no database.

        :raises StoreUnavailable: when too much waits already; then the act must not be done.
        """
        with self._lock:
            if len(self._waiting) >= self._capacity:
                raise StoreUnavailable("the audit trail cannot take more")
            self._waiting.append(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_flushing, name="audit", daemon=True)
                self._thread.start()
        self._something.set()

    def flush(self) -> int:
        """Insert what waits; give how many entries. What cannot be inserted goes on waiting.

        :raises StoreUnavailable: when the database does not answer.
        """
        done = 0
        with self._flushing:
            while entries := self._waiting[:STATEMENT]:
                with self._database.write() as connection:
                    store.add(connection, entries)
                with self._lock:
                    del self._waiting[: len(entries)]
                done += len(entries)
        return done

    def _keep_flushing(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            time.sleep(self._window)
            try:
                self.flush()
            except Exception as error:
                log.error("audit_entries_wait", waiting=len(self._waiting), trouble=type(error).__name__)
                self._something.set()
