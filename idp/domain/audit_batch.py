"""Frequent entries of the audit trail (token, userinfo, introspection), inserted many at a time.

**Loss window**: what was recorded in the last fifth of a second is lost when the process is killed; one that ends in
good order writes it. Whatever must not be lost goes through ``audit.record`` instead. Nothing is ever dropped for being
too much: when the database cannot take it, acts are refused. Under load whoever brings an entry that makes a statement
full inserts it, or waits for the one at it where too many wait already, so that entries never come faster than they go;
a thread sees to the rest.
"""

import threading
from collections.abc import Callable

from idp.domain.audit import Entry
from idp.errors import StoreUnavailable
from idp.logging import get_logger
from idp.store import audit as store
from idp.store.database import Database

LOSS_WINDOW = 0.2
"""Seconds that an entry waits at most before it is inserted, while the database answers."""
CAPACITY = 10_000
"""Entries that may wait; more than the database could not take for a long while."""
STATEMENT = 100
"""Entries inserted by one statement."""
BACKLOG = 1000
"""Entries beyond which whoever brings more waits for the insertion in hand: a database that shares its processor with
those who ask may otherwise never come to it."""
PATIENCE = 0.5
"""Seconds of that wait at most."""

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
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._in_trouble = False
        self._unsure = False
        database.before_dispose(self.close)

    def record(self, entry: Entry) -> None:
        """Take an entry, to be inserted within ``LOSS_WINDOW``. Costs no database but for one caller in a hundred.

        :raises StoreUnavailable: when too much waits already; then the act must not be done.
        """
        with self._lock:
            if len(self._waiting) >= self._capacity:
                raise StoreUnavailable("the audit trail cannot take more")
            self._waiting.append(entry)
            # A database in memory has one connection, which no second thread may use: there, tests flush.
            if self._thread is None and not self._database.in_memory:
                self._closing.clear()
                self._thread = threading.Thread(target=self._keep_flushing, name="audit", daemon=True)
                self._thread.start()
        if self._is_due() and self._may_insert():
            try:
                self._try(self._insert)
            finally:
                self._flushing.release()
        elif not self._something.is_set():
            self._something.set()

    def flush(self) -> int:
        """Insert what waits; give how many entries. What cannot be inserted goes on waiting.

        :raises StoreUnavailable: when the database does not answer.
        """
        done = 0
        with self._flushing:
            while inserted := self._insert():
                done += inserted
        return done

    def _may_insert(self) -> bool:
        """Whether this thread is the one to insert; it waits for the one at it where too much waits already."""
        if self._flushing.acquire(blocking=False):
            return True
        return len(self._waiting) >= BACKLOG and self._flushing.acquire(timeout=PATIENCE)

    def _is_due(self) -> bool:
        """Whether there is enough for a statement, and this thread may insert it now."""
        return len(self._waiting) >= STATEMENT and not self._in_trouble and not self._database.in_unit_of_work

    def _insert(self) -> int:
        """Insert one statement's worth; only where ``_flushing`` is held."""
        entries = self._waiting[:STATEMENT]
        if entries:
            add = store.add_missing if self._unsure else store.add_many
            # A database that goes away may have kept them and not been able to say so.
            self._unsure = True
            add(self._database.direct, entries)
            self._unsure = False
            with self._lock:
                del self._waiting[: len(entries)]
        return len(entries)

    def close(self) -> None:
        """Insert what waits and end the thread; a later entry begins anew."""
        self._closing.set()
        self._something.set()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            thread.join()
        self._try(self.flush)

    def _keep_flushing(self) -> None:
        while not self._closing.is_set():
            self._something.wait()
            self._something.clear()
            self._closing.wait(self._window)
            if not self._closing.is_set() and not self._try(self.flush):
                self._something.set()

    def _try(self, insert: Callable[[], int]) -> bool:
        try:
            insert()
        except Exception as error:
            self._in_trouble = True
            log.error("audit_entries_wait", waiting=len(self._waiting), trouble=type(error).__name__)
            return False
        self._in_trouble = False
        return True
