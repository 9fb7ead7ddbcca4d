"""The consequences of a revocation, put so that somebody watching understands them: in words, with how long each took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_babel import format_datetime, format_decimal, gettext

from clients.console import words

CANNOT_BE_TOLD = "cannot_be_told"


@dataclass(frozen=True, slots=True)
class Step:
    """One consequence as the page shows it.

    :param took: how long after the act, in words; empty while it is pending.
    :param clock: at which moment, to the second, in the country's time.
    :param untold: whether it is a portal that takes no message, so that nothing is pending there.
    """

    words: str
    target: str
    done: bool
    at: float | None
    took: str
    clock: str
    trouble: str
    untold: bool


def steps(items: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Give every consequence, with the time since the certificate's status changed."""
    began = next((item["at"] for item in items if item["kind"] == "status"), None)
    return [
        Step(
            words=words.word(words.CONSEQUENCES, item["kind"]),
            target=words.named(item["name"], "") if item["kind"] == "portal" else "",
            done=item["state"] == "done",
            at=item["at"],
            took=_took(began, item["at"]),
            clock=""
            if item["at"] is None
            else str(format_datetime(datetime.fromtimestamp(item["at"], UTC), "HH:mm:ss")),
            trouble=item["trouble"],
            untold=item["trouble"] == CANNOT_BE_TOLD,
        )
        for item in items
    ]


def _took(began: float | None, at: float | None) -> str:
    """Say how long something took, to a tenth of a second; what stands in the act's own transaction took no time."""
    if began is None or at is None:
        return ""
    seconds = at - began
    if seconds < 0.05:
        return str(gettext("at once"))
    return str(gettext("after %(seconds)s s", seconds=format_decimal(round(seconds, 1))))
