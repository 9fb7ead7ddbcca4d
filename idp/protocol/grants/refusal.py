"""What a refused second use leaves behind: its grant on the list of what has ended, and a word in the audit trail.

For codes (RFC 6749 §4.1.2) and refresh tokens (RFC 9700 §4.14.2) alike; which family ends, and how, is each grant's.
"""

from sqlalchemy import Connection

from idp.domain import audit, ended
from idp.domain.audit import Action
from idp.domain.grant import Grant
from idp.services import Services
from idp.store.grants import FamilyRow


def note_reuse(connection: Connection, services: Services, action: Action, of: Grant | FamilyRow, now: float) -> None:
    """Put the grant on the list and note it, in the transaction that ends its family.

    :param now: when it was seen, Unix seconds with fractions.
    """
    ended.end(connection, services.settings, "gid", of.gid, now)
    entry = audit.entry(
        action,
        now,
        actor=("client", of.client_id),
        object=("grant", of.gid),
        account_id=of.account_id,
        client_id=of.client_id,
        session=of.sid,
        outcome="refused",
    )
    audit.record(connection, entry)
