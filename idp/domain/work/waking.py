"""How the worker learns that something waits: a commit rings (PostgreSQL), or it looks every 100 ms (SQLite).

On PostgreSQL a connection of its own listens; should it break, the worker looks every second until it is back, so a
lost notification delays a message and never loses it.
"""

import threading
from types import TracebackType
from typing import Any, Self

from idp.logging import get_logger
from idp.store.database import Database
from idp.store.outbox import CHANNEL

LOOK_ON_SQLITE = 0.1
LOOK_ON_POSTGRESQL = 1.0
"""Seconds between two looks when nothing rings: for messages whose time has come."""
LISTEN_STEP = 0.5
"""Seconds after which the listening thread looks whether it is to end."""

log = get_logger("worker")


class Bell:
    """Wakes one worker.

    :param database: whose commits ring.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._look_every = LOOK_ON_SQLITE if database.is_sqlite else LOOK_ON_POSTGRESQL
        self._rung = threading.Event()
        self._ended = threading.Event()
        self._listener: threading.Thread | None = None

    def __enter__(self) -> Self:
        if not self._database.is_sqlite:
            self._listener = threading.Thread(target=self._keep_listening, name="listener", daemon=True)
            self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._listener:
            self._listener.join()

    def ring(self) -> None:
        """Let ``wait`` return at once, now or when it is next called."""
        self._rung.set()

    def wait(self) -> bool:
        """Wait until it rings or it is time to look; give whether it rang."""
        rang = self._rung.wait(self._look_every)
        self._rung.clear()
        return rang

    def _keep_listening(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except Exception as error:  # the driver's own, not wrapped: this thread must outlive them all
                log.warning("listener_lost", trouble=type(error).__name__)
                self._ended.wait(LOOK_ON_POSTGRESQL)

    def _listen(self) -> None:
        connection: Any = self._database.listen(CHANNEL)
        try:
            self.ring()
            while not self._ended.is_set():
                for _ in connection.notifies(timeout=LISTEN_STEP, stop_after=1):
                    self.ring()
        finally:
            connection.close()
