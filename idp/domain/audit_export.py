"""Takes the trail out of the database: as an export for the archive or an auditor, or straight into verification.

The form of an export and how it is checked is ``audit_verification``'s.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from idp.domain import audit, audit_chain
from idp.domain import audit_verification as verification
from idp.domain.audit import Action
from idp.domain.audit_sequencer import sequence_all, sign_checkpoint
from idp.domain.audit_verification import Statement, Verdict
from idp.errors import Refusal
from idp.services import Services
from idp.store import audit_trail as store
from idp.store.database import Database
from keys.jose import VerifyingKey


def prepare(services: Services, actor: tuple[str, str]) -> None:
    """Record the export itself, number all that is committed and sign a checkpoint over it.

    :raises Refusal: when no key signs yet.
    """
    key = services.key_ring.get().signing.get("ES256")
    if key is None:
        raise Refusal("no key signs checkpoints yet: start motcua worker, which makes the first")
    with services.database.write() as connection:
        what = ("audit_trail", "all")
        audit.record(connection, audit.entry(Action.AUDIT_EXPORTED, services.clock(), actor=actor, object=what))
    sequence_all(services.database)
    sign_checkpoint(services.database, key, services.settings.issuer, services.clock(), at_once=True)


def lines(connection: Connection) -> Iterator[str]:
    """Give the export, line by line, up to the place that is reached now."""
    place = store.place(connection) or audit_chain.START
    checkpoints = [each for each in store.all_checkpoints(connection) if each.size <= place.size]
    entries = (verification.published(each) for each in store.walk(connection, place.size))
    return verification.lines(entries, [each.statement for each in checkpoints], _jwks(checkpoints))


def verify_database(
    database: Database, checkpoints: Sequence[str] = (), keys: Mapping[str, VerifyingKey] | None = None
) -> Verdict:
    """Check the trail as it stands in the database against its own checkpoints, and others taken home earlier.

    :param keys: whose signatures count; those kept beside the checkpoints when none are given.
    :raises keys.jose.TokenInvalid: for a checkpoint that none of the keys signed.
    """
    with database.read() as connection:
        place = store.place(connection) or audit_chain.START
        kept = [each for each in store.all_checkpoints(connection) if each.size <= place.size]
        trusted = keys if keys is not None else verification.key_set(_jwks(kept))
        statements = _statements([*(each.statement for each in kept), *checkpoints], trusted)
        entries = (verification.published(each) for each in store.walk(connection, place.size))
        verdict = verification.check(entries, statements)
    if verdict.entries < place.size:
        verdict.problems.append(f"cut off: {place.size} entries were numbered, there are only {verdict.entries}")
    return verdict


def _statements(signed: Sequence[str], keys: Mapping[str, VerifyingKey]) -> list[Statement]:
    return [verification.statement(each, keys) for each in signed]


def _jwks(checkpoints: Sequence[store.Checkpoint]) -> list[dict[str, str]]:
    """Give each key once, whichever checkpoints it signed."""
    return [json.loads(key) for key in dict.fromkeys(each.key for each in checkpoints)]
