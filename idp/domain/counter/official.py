"""Who stands behind a counter, and whose accounts they may give back: asked anew at each act, in its own transaction.

Citizens of any place (design, identity), officials of the own agency and of those below it; nobody who may do more than
the official, or a desk would be a way to an administrator's rights.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from idp.domain import audit
from idp.domain.administration.administrator import ADMINISTRATOR, CENTRAL
from idp.domain.audit import Action, Entry
from idp.store import accounts as store
from idp.store.accounts import AccountRow

ROLE = "counter_official"
"""The role of officials who see people in person and give them their accounts back."""
PROOFED = 2
"""Identity level from which papers say whose an account is; at level 1 it has only the name that somebody typed."""


@dataclass(frozen=True)
class Official:
    """An official at work: their account, their agency, and the session that they are signed in with."""

    account_id: str
    agency: str | None = None
    client_id: str | None = None
    session: str | None = None

    @property
    def actor(self) -> tuple[str, str]:
        """Who acts, for the audit trail."""
        return ("official", self.account_id)

    def entry(
        self, action: Action, at: float, *, account_id: str, reason: str, outcome: str = "done", recovery: str = ""
    ) -> Entry:
        """Make an entry for an act of theirs that is about an account."""
        return audit.entry(
            action,
            at,
            actor=self.actor,
            object=("account", account_id),
            agency=self.agency,
            client_id=self.client_id,
            session=self.session,
            reason=reason,
            outcome=outcome,
            roles=[ROLE],
            recovery=recovery or None,
        )


def stands_for(connection: Connection, account_id: str, agency: str | None) -> bool:
    """Tell whether somebody is an active official, and at this agency's counter where one is named."""
    found = store.find(connection, account_id)
    if found is None or found.state != "active" or found.kind != "official":
        return False
    return agency is None or (ROLE in found.roles and found.agency == agency)


def may_recover(official: AccountRow, account: AccountRow) -> bool:
    """Tell whether an account is one that the official's counter gives back, whatever state it is in."""
    if account.identity_level < PROOFED or account.personal_number_proofed is None or official.agency is None:
        return False
    near = account.agency is None or f"{account.agency}.".startswith(f"{official.agency}.")
    rights = {ADMINISTRATOR, CENTRAL} & set(account.roles)
    return near and rights <= set(official.roles)
