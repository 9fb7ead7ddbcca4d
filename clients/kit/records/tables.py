"""The kit's tables together: named to whoever migrates them, and kept bounded.

A module of a portal adds its own tables by being imported where the site is put together.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from clients.kit.records import browser_sessions, logout_tokens, sign_ins
from clients.kit.records.database import Base, writing
from clients.kit.settings import Settings

if TYPE_CHECKING:
    from migrations.runner import Target

BATCH = 500
BATCHES = 20
Sweep = Callable[[Session, float, int], int]
_sweeps: list[Sweep] = [sign_ins.sweep, browser_sessions.sweep, logout_tokens.sweep]


def swept(remove: Sweep) -> Sweep:
    """Mark a function of a module's records that removes up to so many rows whose time is over, and gives how many."""
    _sweeps.append(remove)
    return remove


def sweep(now: float) -> int:
    """Remove what is over, in small units of work so that nobody waits long; gives how much."""
    return sum(_sweep(remove, now) for remove in _sweeps)


def _sweep(remove: Sweep, now: float) -> int:
    removed = 0
    for _ in range(BATCHES):
        with writing() as work:
            batch = remove(work, now, BATCH)
        removed += batch
        if batch < BATCH:
            break
    return removed


def database_of(settings: Settings) -> "Target":
    """Give a relying party's database as something to migrate (``migrations.runner``)."""
    from migrations.runner import Target

    return Target(settings.application.name, "portal", settings.database_url, (Base.metadata,))
