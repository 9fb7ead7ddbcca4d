"""Looks into the provider's database: its revision, the signing keys, the worker, the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from idp.commands.doctor.finding import Finding
from idp.commands.migrating import revision
from idp.domain.release import UNSTATED_BASIS
from idp.domain.work.duties import SILENT_AFTER
from idp.settings import Settings
from idp.store import audit_trail, clients, outbox, workers
from idp.store.database import Database
from keys.sealing import read_key_file
from keys.signing_keys import load_key_ring
from migrations import head

UNNUMBERED_ALARM = 10.0
"""Seconds after which an entry of the trail without a number is an alarm (design, audit)."""
OVERDUE = 60.0
"""Seconds that a due message may wait before it counts as stuck."""
ALGORITHMS = ("RS256", "ES256")


def look_at_database(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether it is there and migrated."""
    at, newest = revision(settings.database_url, "idp"), head("idp")
    if at == newest:
        yield Finding("database", "good", f"at {at}, the newest")
    else:
        yield Finding("database", "fault", f"at {at or 'nothing'}, the newest is {newest}", "motcua db upgrade")


def look_at_keys(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether there is a key to sign with, readable under the key-encryption key."""
    key_file = settings.key_encryption_key_file or settings.home / "key-encryption-key"
    if not key_file.exists():
        yield Finding("keys", "fault", f"no key-encryption key at {key_file}", "restore it from your backup")
        return
    with _reading(settings) as connection:
        signing = load_key_ring(connection, read_key_file(key_file)).signing
    if missing := [algorithm for algorithm in ALGORITHMS if algorithm not in signing]:
        yield Finding("keys", "fault", f"none signs {', '.join(missing)}", "start motcua worker, which makes them")
    else:
        yield Finding("keys", "good", f"sign {', '.join(signing)}")


def look_at_worker(settings: Settings, now: float) -> Iterator[Finding]:
    """Whether a worker is alive."""
    with _reading(settings) as connection:
        seen = workers.last_seen(connection)
    if seen is not None and now - seen < SILENT_AFTER:
        yield Finding("worker", "good", "alive")
    else:
        sentence = "none is alive: no message leaves, nothing is cleaned up, the trail gets no numbers"
        yield Finding("worker", "fault", sentence, "start motcua worker")


def look_at_audit(settings: Settings, now: float) -> Iterator[Finding]:
    """Whether committed entries get their numbers."""
    with _reading(settings) as connection:
        late = audit_trail.unnumbered_before(connection, now - UNNUMBERED_ALARM)
    if late:
        sentence = f"{late} entries have waited for a number for more than {UNNUMBERED_ALARM:.0f} s"
        yield Finding("audit", "fault", sentence, "see that motcua worker runs, and its log")
    else:
        yield Finding("audit", "good", "every entry has its number")


def look_at_outbox(settings: Settings, now: float) -> Iterator[Finding]:
    """Whether messages leave when they are due, and how many never did."""
    with _reading(settings) as connection:
        found = outbox.backlog(connection)
    late = now - found.oldest_due_at if found.oldest_due_at is not None else 0
    if late > OVERDUE:
        sentence = f"{found.waiting} messages wait, the oldest has been due for {late:.0f} s"
        yield Finding("outbox", "fault", sentence, "see that motcua worker runs, and its log")
    elif found.given_up:
        yield Finding("outbox", "note", f"{found.given_up} messages were given up in the last thirty days")
    else:
        yield Finding("outbox", "good", "every message leaves when it is due")


def look_at_clients(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether the basis is on record wherever a client is given what rests on law."""
    unstated, after = [], ""
    with _reading(settings) as connection:
        while page := clients.page(connection, after):
            unstated += [row.client_id for row in page if row.metadata.get("legal_basis") == UNSTATED_BASIS]
            after = page[-1].client_id
    if unstated:
        sentence = (
            f"no legal basis is recorded for {', '.join(unstated[:5])}{' and others' if len(unstated) > 5 else ''}"
        )
        yield Finding("clients", "note", sentence, "register them with motcua client add --legal-basis")
    else:
        yield Finding("clients", "good", "a legal basis is on record for every client whose scopes rest on law")


@contextmanager
def _reading(settings: Settings) -> Iterator[Connection]:
    database = Database(settings.database_url)
    try:
        with database.read() as connection:
            yield connection
    finally:
        database.dispose()
