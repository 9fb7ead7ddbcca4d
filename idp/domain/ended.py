"""What has ended before its tokens expire: sessions, grants and single tokens, for whoever holds self-contained tokens.

The list is kept until the last token concerned has died. Resource servers follow it (``/api/ended``, design §6);
introspection and UserInfo read it directly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from idp.clock import SKEW
from idp.settings import Settings
from idp.store import grants as store

OVERLAP = 5.0
"""Seconds that the feed looks back behind a reader's cursor: two acts may commit in another order than they began."""


def end(connection: Connection, settings: Settings, kind: str, value: str, now: float) -> None:
    """Put something on the list, in the caller's transaction.

    :param kind: the claim by which tokens name it: a session (``sid``), a grant (``gid``), an access token (``jti``), or
        a removed client that acted for itself (``sub``).
    """
    store.add_ended(connection, kind, value, now, int(now) + settings.access_token_lifetime + 2 * SKEW)


@dataclass(frozen=True)
class Feed:
    """One reading of the list. ``cursor`` is what to ask with next; a reader may see one entry twice."""

    now: float
    cursor: float
    entries: Sequence[tuple[str, str, float]]

    def as_json(self) -> dict[str, Any]:
        """Give the feed as ``/api/ended`` answers it."""
        entries = [{"kind": kind, "value": value, "at": at} for kind, value, at in self.entries]
        return {"now": self.now, "ended": entries, "cursor": self.cursor}


def feed(connection: Connection, since: float, now: float) -> Feed:
    """Give what ended since a cursor (0 for everything that still matters)."""
    return Feed(now, now, store.ended_since(connection, since - OVERLAP))
