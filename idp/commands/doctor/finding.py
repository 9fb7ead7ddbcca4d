"""What a look at an installation finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from idp.settings import Settings

State = Literal["good", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    :param subject: one or two words that name it.
    :param state: ``good``, ``note`` (works, but less than it could), ``fault`` (does not work).
    :param sentence: what was seen.
    :param remedy: what to do, empty where there is nothing to do.
    """

    subject: str
    state: State
    sentence: str
    remedy: str = ""


Check = Callable[[Settings, float], Iterable[Finding]]
"""Looks at one thing at a moment (Unix seconds); changes nothing; what it raises is told as a fault of the thing."""
