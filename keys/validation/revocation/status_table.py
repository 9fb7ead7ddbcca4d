"""Our own authorities' status table as a source of statements: always current, never forgetting.

The table itself is kept elsewhere; whoever has it hands in a function. A status from it needs no signature, because it
is read in the same transaction as everything else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from keys.validation.pkix import Certificate
from keys.validation.revocation.statement import BEGINNING, Question, Statement, Status


@dataclass(frozen=True)
class Row:
    """The status of one of our own certificates; ``since`` is when it was revoked or suspended, UTC."""

    status: Status
    since: datetime | None = None
    reason: str | None = None


class StatusTableSource:
    """Statements from a table of statuses.

    ``look_up`` gives the row for (issuer certificate, serial number), or None for what is not ours; ``now`` is when it
    is read.
    """

    def __init__(self, look_up: Callable[[Certificate, int], Row | None], now: datetime) -> None:
        self._look_up = look_up
        self._now = now

    def statements(self, question: Question) -> Iterator[Statement]:
        """The one statement that the table makes."""
        row = self._look_up(question.issuer, question.certificate.serial)
        if row is not None:
            yield Statement(
                status=row.status,
                kind="TABLE",
                this_update=self._now,
                next_update=self._now,
                revoked_at=row.since,
                reason=row.reason,
                knows_expired_since=BEGINNING,
            )
