"""The one sequencer of the audit trail: gives committed entries their number, chain hash and leaf, signs checkpoints.

Runs in the worker at least every second; of several workers one at a time does it. Who holds an old checkpoint can
prove what was removed, changed or put in since: that is ``audit_verification``.
"""

import json
from collections.abc import Callable
from typing import Any

from idp.clock import Clock
from idp.domain import audit_chain, merkle
from idp.logging import get_logger
from idp.store import audit_trail as store
from idp.store.audit_trail import Checkpoint, Place
from idp.store.database import Database
from keys.jose import SigningKey

BATCH = 500
"""Entries numbered in one transaction."""
ALARM_AFTER = 10.0
"""Seconds after which an entry without number is an alarm."""
DAY = 86400
CHECKPOINT_SECONDS = 60.0
CHECKPOINT_ENTRIES = 10_000
"""A checkpoint is signed when something new is a minute old, or sooner when this much is new."""

CHECKPOINT_TYPE = "audit-checkpoint+jwt"
"""``typ`` of a signed checkpoint: no token of another kind passes for one (RFC 8725 §3.11)."""

log = get_logger("audit")


def sequence(database: Database, *, batch: int = BATCH) -> int:
    """Number what is committed and has no number yet, at most ``batch`` entries; give how many.

    Looks before it writes, so an idle trail costs one read.
    """
    with database.read() as connection:
        if not store.unnumbered(connection, 1):
            return 0
    with database.write() as connection:
        place = store.hold_place(connection, audit_chain.START)
        if place is None:
            return 0
        found = store.drop_repeated(connection, store.unnumbered(connection, batch))
        numbered, reached = audit_chain.number(place, found)
        if numbered:
            store.number(connection, numbered, reached)
    return len(numbered)


def sequence_all(database: Database) -> int:
    """Number everything that is committed by now; give how many."""
    total = 0
    while done := sequence(database):
        total += done
    return total


def sign_checkpoint(
    database: Database, key: SigningKey, issuer: str, now: float, *, at_once: bool = False
) -> Checkpoint | None:
    """Sign and keep a checkpoint when one is due; give it, or ``None``.

    :param issuer: whose trail it is.
    :param at_once: sign whenever anything is new, for an export.
    """
    with database.read() as connection:
        place, last = store.place(connection), store.last_checkpoint(connection)
    if place is None or not _due(place, last, now, at_once):
        return None
    signed = key.sign(claims(place, issuer, now), CHECKPOINT_TYPE)
    new_day = last is None or last.at // DAY != now // DAY
    checkpoint = Checkpoint(place.size, now, signed, json.dumps(key.public.jwk()), milestone=new_day)
    with database.write() as connection:
        store.add_checkpoint(connection, checkpoint)
    return checkpoint


def claims(place: Place, issuer: str, now: float) -> dict[str, Any]:
    """Give what a checkpoint states: this many entries, with this root and this chain hash, at this time."""
    root = merkle.root(place.peaks)
    return {"iss": issuer, "iat": int(now), "size": place.size, "root": root.hex(), "chain": place.chain.hex()}


def _due(place: Place, last: Checkpoint | None, now: float, at_once: bool) -> bool:
    new = place.size - (last.size if last else 0)
    since = now - (last.at if last else 0)
    return new > 0 and (at_once or since >= CHECKPOINT_SECONDS or new >= CHECKPOINT_ENTRIES)


def late(database: Database, now: float) -> int:
    """Count the entries that have waited for their number for longer than ``ALARM_AFTER``."""
    with database.read() as connection:
        return store.unnumbered_before(connection, now - ALARM_AFTER)


def keep_in_sequence(database: Database, key: Callable[[], SigningKey], issuer: str, clock: Clock) -> None:
    """The worker's duty: number, alarm, sign with the key that ``key`` gives at that moment."""
    sequence_all(database)
    if waiting := late(database, clock()):
        log.error("audit_entries_without_number", waiting=waiting, older_than_seconds=ALARM_AFTER)
    sign_checkpoint(database, key(), issuer, clock())
