"""Who a person is to each sector: a random UUID per account and sector, stored once and never changed by a correction.

OpenID Connect Core §8. Which sector a client belongs to is the client's own registration (``idp.domain.clients``).
"""

import uuid
from collections import OrderedDict

from idp.store import subjects as store
from idp.store.database import Database

KEPT = 50_000
"""Subjects that a process remembers at most; they never change, so they need no version."""


class Subjects:
    """Gives subjects, remembering those it gave before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    def of(self, account_id: str, sector: str) -> str:
        """Give the account's subject in a sector, made at the first time it is asked for."""
        key = (account_id, sector)
        sub = self._known.get(key)
        if sub is None:
            sub = self._find_or_make(account_id, sector)
            self._known[key] = sub
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return sub

    def _find_or_make(self, account_id: str, sector: str) -> str:
        sub = store.known(self._database.direct, account_id, sector)
        if sub is not None:
            return sub
        with self._database.write() as connection:
            return store.claim(connection, account_id, sector, str(uuid.uuid4()))
