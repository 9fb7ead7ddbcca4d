"""The way back when everything that opens an account is lost: at a counter, by two officials; or by proofing, after 72 h.

Announced on every confirmed channel at once, with the link that stops it. It takes every authenticator away and ends
every session: the owner begins again with a code sent to a confirmed channel (``password_recovery``), at one factor.
NIST SP 800-63B-4 §4.2. Forgetting a password alone is ``password_recovery``'s.
"""

import uuid

from sqlalchemy import Connection

from idp.domain import audit, messages
from idp.domain.account_stop import end_everything
from idp.domain.accounts import Actor
from idp.domain.audit import Action
from idp.domain.certificates.status import revoke_all_of
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store import recoveries
from idp.store.accounts import AccountRow
from idp.store.recoveries import DONE, PROPOSED, STOPPED, WAITING, RecoveryRow
from idp.words import mark
from keys.authority.reasons import Reason

COUNTER, REPROOFING = "counter", "reproofing"
WAIT = 72 * 3600
"""Seconds from proofing to effect, in which the owner can stop it."""
PROPOSAL = 24 * 3600
"""Seconds in which a second official confirms what a first one proposed."""


def begin(services: Services, account_id: str, method: str, *, official: str, actor: Actor) -> RecoveryRow:
    """Begin a recovery of an account whose owner stands before an official, or was proofed again; the owner is told.

    :param method: ``COUNTER``, which a second official confirms, or ``REPROOFING``, which takes effect after ``WAIT``.
    :param official: the account of the official who saw the person.
    :raises NotFound: when there is no active account, or no active official.
    :raises Refusal: when a recovery is open already, or it is the official's own account.
    """
    now = services.now()
    state, wait = (PROPOSED, PROPOSAL) if method == COUNTER else (WAITING, WAIT)
    with services.database.write() as connection:
        account = _active(connection, account_id)
        _check_official(connection, official, account_id)
        if recoveries.open_of(connection, account_id):
            raise Refusal(mark("A recovery of this account is under way already."))
        row = RecoveryRow(str(uuid.uuid4()), account_id, method, state, official, now, now + wait)
        recoveries.add(connection, row)
        _record(connection, services, Action.RECOVERY_BEGUN, row, actor, official)
        messages.announce(connection, services.sealer, account, f"recovery_by_{method}", now=now)
    return row


def confirm(services: Services, recovery_id: str, *, official: str, actor: Actor) -> RecoveryRow:
    """Have a second official confirm what a first one proposed: it takes effect at once.

    :raises NotFound: when there is no such proposal, no active official, or the account is frozen meanwhile.
    :raises Refusal: when it is the same official, or the official's own account.
    """
    with services.database.write() as connection:
        row = recoveries.find(connection, recovery_id)
        if row is None or row.state != PROPOSED or row.effective_at <= services.now():
            raise NotFound(mark("There is no proposal of this identifier that could be confirmed."))
        _check_official(connection, official, row.account_id)
        _active(connection, row.account_id)
        if official == row.proposed_by:
            raise Refusal(mark("Another official has to confirm what one has proposed."))
        _take_effect(connection, services, row, actor, official)
    return row


def stop(services: Services, recovery_id: str, *, actor: Actor) -> None:
    """Stop an open recovery.

    :raises NotFound: when there is none of this identifier.
    """
    with services.database.write() as connection:
        row = recoveries.find(connection, recovery_id)
        if row is None or not recoveries.end(connection, row.id, row.state, STOPPED, services.now()) or row.ended_at:
            raise NotFound(mark("There is no open recovery of this identifier."))
        _record(connection, services, Action.RECOVERY_STOPPED, row, actor)


def take_effect_where_due(services: Services) -> int:
    """Let every recovery whose wait is over take effect, and proposals that nobody confirmed end; gives how many."""
    with services.database.read() as connection:
        due = recoveries.due(connection, services.now())
    system = ("system", "worker")
    for row in due:
        with services.database.write() as connection:
            if row.state == WAITING:
                _take_effect(connection, services, row, system, None)
            elif recoveries.end(connection, row.id, PROPOSED, STOPPED, services.now()):
                _record(connection, services, Action.RECOVERY_STOPPED, row, system)
    return len(due)


def _take_effect(
    connection: Connection, services: Services, row: RecoveryRow, actor: Actor, official: str | None
) -> None:
    """Take every authenticator away and end everything, once; a stop that came first holds, a frozen account too."""
    account = store.find(connection, row.account_id)
    if account is None or account.state != "active":
        if recoveries.end(connection, row.id, row.state, STOPPED, services.now()):
            _record(connection, services, Action.RECOVERY_STOPPED, row, actor, official)
        return
    if not recoveries.end(connection, row.id, row.state, DONE, services.now(), confirmed_by=official):
        return
    # Whoever found the key could go on signing in with it: a certificate is good by its own status.
    revoke_all_of(connection, services, row.account_id, Reason.KEY_COMPROMISE, actor=actor)
    store.remove_authenticators(connection, row.account_id)
    end_everything(connection, services, row.account_id, actor=actor, reason="account_recovered")
    _record(connection, services, Action.ACCOUNT_RECOVERED, row, actor, official)
    messages.announce(connection, services.sealer, account, "account_recovered", now=services.clock())


def _check_official(connection: Connection, official: str, account_id: str) -> None:
    found = store.find(connection, official)
    if found is None or found.state != "active" or found.kind != "official":
        raise NotFound(mark("There is no active official of this identifier."))
    if official == account_id:
        raise Refusal(mark("Nobody recovers their own account."))


def _active(connection: Connection, account_id: str) -> AccountRow:
    account = store.find(connection, account_id)
    if account is None or account.state != "active":
        raise NotFound(mark("There is no active account of this identifier."))
    return account


def _record(
    connection: Connection,
    services: Services,
    action: Action,
    row: RecoveryRow,
    actor: Actor,
    official: str | None = None,
) -> None:
    what = ("account", row.account_id)
    entry = audit.entry(
        action, services.clock(), actor=actor, object=what, reason=row.method, recovery=row.id, official=official
    )
    audit.record(connection, entry)
