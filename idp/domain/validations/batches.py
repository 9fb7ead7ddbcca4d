"""Batches: many documents at once, judged by the worker, each by itself, and asked after until all are done.

Owns what a batch may hold, that a repeated request makes no second one, and that nothing is kept longer than it is needed:
what was sent until it is judged, the reports for a day. Judging is ``service``'s, keeping ``store.validation_batches``'.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idp.domain import outbox
from idp.domain.validations.policies import policy_named
from idp.domain.validations.service import Question, Validations
from idp.domain.validations.signers import subjects_of
from idp.errors import NotFound, Refusal, TryAgainLater
from idp.services import Services
from idp.store import validation_batches as store
from idp.store.validation_batches import BatchRow, ItemRow
from idp.words import mark
from keys.validation.model import SubIndication
from keys.validation.policy import Mode

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from idp.store.outbox import Message
    from keys.validation.verdict import Verdict

VALIDATE = "validation_item"
"""The kind of message under which a document waits for the worker."""
KEPT = 86400.0
"""Seconds that a batch and its reports are kept."""
MOST = 100
"""Documents of one batch."""
MOST_WAITING = 1000
"""Documents of one client that may wait."""
MOST_OCTETS = 512 * 2**20
"""Octets of all documents that may wait."""
LOOKED_UP_AFTER = 4
"""Times that a document is looked at until its verdict stands though a status is not known yet."""
PURPOSE = "validation batch"


class KeyUsedBefore(Refusal):
    """The idempotency key came with another request before (draft-ietf-httpapi-idempotency-key-header §2.7)."""

    status_code = 422


class TooManyWaiting(Refusal):
    """The client has as many documents waiting as it may."""

    status_code = 429


class StatusAwaited(Exception):
    """A status is being looked up; the outbox comes back to the document."""


@dataclass(frozen=True)
class Asked:
    """One document of a batch: the question, how it names its policy, and the report that is wanted."""

    question: Question
    policy: str
    mode: Mode
    report: str


@dataclass(frozen=True)
class Progress:
    """How far a batch is, and a part of its documents."""

    batch: BatchRow
    states: dict[str, int]
    items: Sequence[tuple[ItemRow, str]]
    """Each with its sealed report, a compact JWS, empty while it waits."""

    @property
    def finished(self) -> int:
        """How many documents are judged or given up."""
        return sum(number for state, number in self.states.items() if state != store.WAITING)


def begin(
    services: Services, client_id: str, sector: str, asked: Sequence[Asked], request_digest: str, key: str | None
) -> BatchRow:
    """Keep a batch and leave its documents to the worker; the same key with the same request gives the same batch.

    :raises KeyUsedBefore: for the same key with another request.
    :raises TooManyWaiting: when the client has too many documents waiting.
    :raises TryAgainLater: when there is no room.
    """
    now = services.clock()
    idempotency = hashlib.sha256(f"{client_id} {key}".encode()).hexdigest() if key else None
    batch_id = str(uuid.uuid4())
    batch = BatchRow(batch_id, client_id, sector, idempotency, request_digest, len(asked), now, now + KEPT)
    items = [_item(services, batch, position, each) for position, each in enumerate(asked)]
    with services.database.write() as connection:
        before = idempotency and store.by_idempotency(connection, client_id, idempotency)
        if before:
            return _same(before, request_digest)
        _check_room(connection, client_id, items)
        if store.add(connection, batch, items):
            for item in items:
                payload = {"batch": batch.id, "position": item.position}
                outbox.post(connection, VALIDATE, payload, now=now)
            return batch
        before = store.by_idempotency(connection, client_id, idempotency or "")
    if before is None:
        raise TryAgainLater(mark("Too much at once. Please try again in a few seconds."))
    return _same(before, request_digest)


def progress(services: Services, client_id: str, batch_id: str, after: int, limit: int) -> Progress:
    """Give how far a batch is.

    :raises NotFound: when there is none, or it is another client's, or its day is over.
    """
    with services.database.read() as connection:
        batch = store.find(connection, batch_id)
        if batch is None or batch.client_id != client_id or batch.expires_at <= services.clock():
            raise NotFound(mark("There is no such batch."))
        states = store.states(connection, batch_id)
        rows = store.items_after(connection, batch_id, after, limit)
    return Progress(batch, states, [(row, _report_of(services, row)) for row in rows])


def handler(services: Services, validations: Validations) -> outbox.Handler:
    """Give what the worker does with a document that waits."""
    return outbox.Handler(
        lambda message: _judge(services, validations, message),
        lambda connection, message: _given_up(services, connection, message),
    )


def _judge(services: Services, validations: Validations, message: "Message") -> None:
    with services.database.read() as connection:
        row = store.item(connection, str(message.payload["batch"]), int(message.payload["position"]))
        batch = store.find(connection, str(message.payload["batch"]))
    if row is None or batch is None or row.asked_sealed is None:
        return
    verdict = validations.judge(_question(services, row))
    if _awaits_status(verdict) and message.attempts < LOOKED_UP_AFTER:
        raise StatusAwaited
    _settle(services, validations, batch, row, verdict)


def _settle(services: Services, validations: Validations, batch: BatchRow, row: ItemRow, verdict: "Verdict") -> None:
    from keys.validation.report import Kind

    subjects = subjects_of(services, verdict, batch.sector)
    report = validations.report(verdict, Kind(row.report_kind), subjects)
    conclusion = verdict.conclusion
    sub_indication = conclusion.sub_indication if conclusion else None
    with services.database.write() as connection:
        store.settle(
            connection,
            row,
            store.DONE,
            services.clock(),
            indication=conclusion.indication.value if conclusion else None,
            sub_indication=sub_indication.value if sub_indication else None,
            report_sealed=services.sealer.seal(report.seal.encode(), PURPOSE),
        )


def _given_up(services: Services, connection: "Connection", message: "Message") -> None:
    row = store.item(connection, str(message.payload["batch"]), int(message.payload["position"]))
    if row is not None:
        store.settle(connection, row, store.FAILED, services.clock())


def _awaits_status(verdict: "Verdict") -> bool:
    return any(each.conclusion.sub_indication is SubIndication.TRY_LATER for each in verdict.signatures)


def _item(services: Services, batch: BatchRow, position: int, asked: Asked) -> ItemRow:
    from keys.validation.sandbox import wire

    question = asked.question
    packed = wire.pack_request(question.document, question.name, question.contents)
    return ItemRow(
        batch_id=batch.id,
        position=position,
        name=question.name,
        policy=asked.policy,
        mode=asked.mode.value,
        at=question.at.timestamp() if question.at else None,
        report_kind=asked.report,
        state=store.WAITING,
        octets=len(packed),
        asked_sealed=services.sealer.seal(packed, PURPOSE),
        expires_at=batch.expires_at,
    )


def _question(services: Services, row: ItemRow) -> Question:
    from keys.validation.sandbox import wire

    document, name, contents = wire.unpack_request(services.sealer.open(row.asked_sealed or b"", PURPOSE))
    at = datetime.fromtimestamp(row.at, UTC) if row.at is not None else None
    return Question(document, name, contents, policy_named(row.policy, Mode(row.mode)), at)


def _report_of(services: Services, row: ItemRow) -> str:
    return services.sealer.open(row.report_sealed, PURPOSE).decode() if row.report_sealed else ""


def _same(before: BatchRow, request_digest: str) -> BatchRow:
    if before.request_digest != request_digest:
        raise KeyUsedBefore(mark("This idempotency key came with another request before."))
    return before


def _check_room(connection: "Connection", client_id: str, items: Sequence[ItemRow]) -> None:
    number, _ = store.waiting(connection, client_id)
    if number + len(items) > MOST_WAITING:
        raise TooManyWaiting(mark("Too many documents are waiting. Ask again when some are done."))
    _, octets = store.waiting(connection)
    if octets + sum(item.octets for item in items) > MOST_OCTETS:
        raise TryAgainLater(mark("Too much at once. Please try again in a few seconds."))
