"""The worker's loop: duties when they are due, and messages to as many handlers at once as it has threads.

Several workers at once are safe: messages are leased, and every duty may run anywhere. A duty or handler that fails is
logged and tried again; nothing of that ends the loop.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from idp.clock import Clock
from idp.domain import outbox
from idp.domain.outbox import Handler
from idp.domain.work.waking import Bell
from idp.logging import get_logger
from idp.store.database import Database
from idp.store.outbox import Message

log = get_logger("worker")


@dataclass(frozen=True)
class Duty:
    """Something done again and again, in short steps."""

    name: str
    every: float
    """Seconds from one start to the next."""
    run: Callable[[], object]


class Worker:
    """One worker.

    :param handlers: outbox kind to its handler; messages of other kinds are left to workers that know them.
    :param threads: messages handed to handlers at once, so that one slow portal does not hold up the others.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: Mapping[str, Handler],
        duties: Sequence[Duty],
        bell: Bell,
        threads: int = 8,
    ) -> None:
        self._database = database
        self._clock = clock
        self._handlers = handlers
        self._kinds = tuple(handlers)
        self._due = {duty: float("-inf") for duty in duties}
        self._bell = bell
        self._threads = threads
        self._in_hand: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._stopping = False

    def run(self) -> None:
        """Work until ``stop``; then finish the messages in hand and take no more."""
        with self._bell, ThreadPoolExecutor(self._threads, "handler") as pool:
            log.info("worker_started", kinds=self._kinds, duties=[duty.name for duty in self._due])
            while not self._stopping:
                self.turn(pool)
                self._bell.wait()
        log.info("worker_stopped")

    def stop(self) -> None:
        """Let ``run`` return within a second, after what is in hand."""
        # Only a flag: a signal handler must take no lock that the interrupted thread may hold.
        self._stopping = True

    def turn(self, pool: ThreadPoolExecutor) -> None:
        """Do what is due at this moment and hand out what there are threads for."""
        for duty, due in self._due.items():
            if self._clock() >= due and not self._stopping:
                self._due[duty] = self._clock() + duty.every
                _attempt(duty.name, duty.run)
        _attempt("outbox", lambda: self._hand_out(pool))

    def _hand_out(self, pool: ThreadPoolExecutor) -> None:
        with self._lock:
            free = self._threads - len(self._in_hand)
        if free <= 0 or not self._kinds or self._stopping:
            return
        for message in outbox.lease(self._database, self._kinds, self._clock, free):
            future = pool.submit(self._settle, message)
            with self._lock:
                self._in_hand.add(future)
            future.add_done_callback(self._settled)

    def _settle(self, message: Message) -> None:
        handler = self._handlers[message.kind]
        _attempt(message.kind, lambda: outbox.deliver(self._database, handler, message, self._clock))

    def _settled(self, future: Future[None]) -> None:
        """A thread is free: look at once whether something waits for it."""
        with self._lock:
            self._in_hand.discard(future)
        self._bell.ring()


def _attempt(what: str, act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:
        log.error("work_failed", what=what, exc_info=error)
