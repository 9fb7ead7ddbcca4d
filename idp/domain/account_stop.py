"""Stops an account with every consequence in one transaction: frozen or closed, its sessions and grants ended, portals told,
its certificates suspended or revoked, since what they sign would be believed otherwise.

The account's own change is ``accounts``', ending a session ``sessions``', a certificate's status ``certificates``'; this is
where they are one act.
"""

from sqlalchemy import Connection

from idp.domain import accounts, ended, sessions
from idp.domain.accounts import Actor
from idp.domain.certificates.issuing import refuse_waiting
from idp.domain.certificates.status import hold_all_of, revoke_all_of
from idp.domain.end_reasons import EndReason
from idp.services import Services
from idp.store import consents as consents_store
from idp.store import grants as grants_store
from idp.store import recoveries
from idp.store import sessions as sessions_store
from keys.authority.reasons import Reason


def freeze_account(services: Services, account_id: str, *, actor: Actor, reason: str) -> None:
    """Freeze an account and end everything that is open in its name.

    Thawing it does not release its certificates: whoever holds a key now is for the owner or a desk to judge.

    :param reason: one word for the audit trail.
    :raises idp.errors.NotFound: when there is no active account of this identifier.
    """
    now = services.clock()
    with services.database.write() as connection:
        accounts.freeze(connection, services.sealer, account_id, at=now, actor=actor, reason=reason)
        end_everything(connection, services, account_id, actor=actor, reason="account_frozen")
        hold_all_of(connection, services, account_id, actor=actor)


def close_account(services: Services, account_id: str, *, actor: Actor, reason: str) -> None:
    """Close an account for good, erase what is personal in it and end everything that is open in its name.

    :raises idp.errors.NotFound: when there is no open account of this identifier.
    """
    with services.database.write() as connection:
        close_account_within(connection, services, account_id, actor=actor, reason=reason)


def close_account_within(
    connection: Connection, services: Services, account_id: str, *, actor: Actor, reason: str
) -> None:
    """Close an account inside a larger act, in the caller's transaction."""
    now = services.clock()
    accounts.close(connection, services.sealer, account_id, at=now, actor=actor, reason=reason)
    end_everything(connection, services, account_id, actor=actor, reason="account_closed")
    revoke_all_of(connection, services, account_id, Reason.CESSATION_OF_OPERATION, actor=actor)
    recoveries.stop_open(connection, account_id, int(now))
    consents_store.withdraw_all(connection, account_id)
    sessions_store.forget_devices(connection, account_id)


def end_everything(
    connection: Connection, services: Services, account_id: str, *, actor: Actor, reason: EndReason
) -> None:
    """End every session and refresh family of an account, those that outlive sessions too, and what waits to be issued."""
    now = services.clock()
    refuse_waiting(connection, account_id)
    for session in sessions_store.live_of_account(connection, account_id, int(now)):
        sessions.end_session_within(connection, services, session.sid, reason, actor=actor)
    for gid in grants_store.end_families(connection, int(now), reason, account_id=account_id):
        ended.end(connection, services.settings, "gid", gid, now)
