"""Finds and changes single authenticators, of which an account may have several; the table is ``accounts``'.

What each kind keeps in its row is left to ``idp.domain.authenticators``.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from idp.store.accounts import AuthenticatorRow, authenticators


def by_lookup(connection: Connection, lookup: str) -> AuthenticatorRow | None:
    """Give the authenticator with that lookup, whoever's and in whatever state it is."""
    row = connection.execute(select(authenticators).where(authenticators.c.lookup == lookup)).one_or_none()
    return None if row is None else AuthenticatorRow(**row._mapping)


def of_kind(connection: Connection, account_id: str, kind: str) -> Sequence[AuthenticatorRow]:
    """Give an account's authenticators of one kind in whatever state, the oldest first."""
    where = (authenticators.c.account_id == account_id, authenticators.c.kind == kind)
    wanted = select(authenticators).where(*where).order_by(authenticators.c.created_at, authenticators.c.id)
    return [AuthenticatorRow(**row._mapping) for row in connection.execute(wanted)]


def in_state(connection: Connection, account_id: str, state: str) -> Sequence[AuthenticatorRow]:
    """Give an account's authenticators that are in one state, of whatever kind."""
    where = (authenticators.c.account_id == account_id, authenticators.c.state == state)
    return [AuthenticatorRow(**row._mapping) for row in connection.execute(select(authenticators).where(*where))]


def advance(connection: Connection, authenticator_id: str, counter: int, *, used_at: int, details: str) -> bool:
    """Note a use, unless its counter is not above the one kept; one that never counts stays at 0 (WebAuthn §6.1.1).

    :returns: False when nothing was noted: the counter fell behind, or the authenticator is not active any more.
    """
    kept = authenticators.c.counter
    forward = kept < counter if counter else kept == 0
    where = (authenticators.c.id == authenticator_id, authenticators.c.state == "active", forward)
    change = update(authenticators).where(*where).values(counter=counter, used_at=used_at, details=details)
    return connection.execute(change).rowcount == 1
