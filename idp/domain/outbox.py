"""The transactional outbox: an act posts what others must hear of, and the worker hands it on at least once.

Owns when a message is tried again and when it is given up. A handler may see one message twice (it is told the
message's id) and must not mind; the loop that drains is ``idp.domain.worker``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from idp.clock import Clock
from idp.logging import get_logger
from idp.store import outbox as store
from idp.store.database import Database
from idp.store.outbox import Message

LEASE = 60.0
"""Seconds a handler has before its message is handed to another worker."""
FIRST_RETRY = 1.0
LONGEST_RETRY = 3600.0
TRIED_FOR = 86400.0
"""Seconds after which a message is given up: a day, as the page of connected portals promises."""

log = get_logger("outbox")

Deliver = Callable[[Message], None]


@dataclass(frozen=True)
class Handler:
    """What happens with the messages of one kind."""

    deliver: Deliver
    """Does the work; whatever it raises means *not yet*. May be called twice for one message."""
    given_up: Callable[[Connection, Message], None] | None = None
    """Told, in the transaction that marks it, that a message is not tried any more."""


def post(
    connection: Connection,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: float,
    not_before: float | None = None,
    unique_key: str | None = None,
) -> str | None:
    """Post a message in the caller's transaction: it exists when the act does, and wakes the worker by its commit.

    :param kind: the word under which its handler is registered.
    :param payload: members that JSON can write; identifiers, no secrets.
    :param not_before: Unix seconds before which it is not handed out.
    :param unique_key: while a message of this kind with this key waits, another is not posted.
    :returns: the message's id, or ``None`` when one with that key was waiting.
    """
    return store.post(connection, kind, payload, now, not_before if not_before is not None else now, unique_key)


def lease(database: Database, kinds: tuple[str, ...], clock: Clock, limit: int) -> list[Message]:
    """Hand out due messages for ``LEASE`` seconds; looks before it writes, so an empty outbox costs one read."""
    now = clock()
    with database.read() as connection:
        if not store.any_due(connection, kinds, now):
            return []
    with database.write() as connection:
        return store.lease(connection, kinds, now, now + LEASE, limit)


def deliver(database: Database, handler: Handler, message: Message, clock: Clock) -> bool:
    """Let the handler do its work and settle the message; give whether it was delivered.

    The handler runs outside any transaction of ours, so it may call out; its failure is noted by its kind only, since
    an exception's text may hold what a log must not.
    """
    try:
        handler.deliver(message)
    except Exception as error:
        _failed(database, handler, message, clock(), type(error).__name__)
        return False
    with database.write() as connection:
        store.delivered(connection, message)
    return True


def drain(database: Database, handlers: Mapping[str, Handler], clock: Clock) -> int:
    """Deliver whatever is due now, one message after another; give how many were (for commands and tests)."""
    done = 0
    while messages := lease(database, tuple(handlers), clock, 20):
        done += sum(deliver(database, handlers[message.kind], message, clock) for message in messages)
    return done


def _failed(database: Database, handler: Handler, message: Message, now: float, trouble: str) -> None:
    wait = retry_after(message)
    last = now + wait > message.posted_at + TRIED_FOR
    with database.write() as connection:
        if last:
            if store.give_up(connection, message, now, trouble) and handler.given_up:
                handler.given_up(connection, message)
        else:
            store.postpone(connection, message, now + wait, trouble)
    say = log.error if last else log.warning
    event = "message_given_up" if last else "message_postponed"
    say(event, message=message.id, kind=message.kind, attempts=message.attempts, trouble=trouble)


def retry_after(message: Message) -> float:
    """Give the seconds until the next try: doubling up to an hour, spread by the message's id so crowds thin out."""
    spread = 1 + int(message.id[:4], 16) / 0xFFFF / 4
    return float(min(FIRST_RETRY * 2 ** min(message.attempts - 1, 20), LONGEST_RETRY) * spread)
