"""The way back when everything that opens an account is lost: at a counter, by two officials; or by proofing, after 72 h.

Announced on every confirmed channel at once, with the link that stops it. It takes every authenticator away and ends
every session: the owner begins again with a code sent to a confirmed channel (``password_recovery``), at one factor.
NIST SP 800-63B-4 §4.2. Who may do it in the console is ``counter``'s; forgetting a password alone ``password_recovery``'s.
"""

import json
import uuid
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.domain import accounts, audit, messages
from idp.domain.account_stop import end_everything
from idp.domain.accounts import Actor, NameTaken
from idp.domain.audit import Action
from idp.domain.certificates.status import revoke_all_of
from idp.domain.counter.official import stands_for
from idp.domain.sign_in_names import SignInName
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store import recoveries
from idp.store.accounts import AccountRow
from idp.store.recoveries import DONE, PROPOSED, STOPPED, WAITING, RecoveryRow
from idp.words import mark
from keys.authority.reasons import Reason
from keys.sealing import Sealer

COUNTER, REPROOFING = "counter", "reproofing"
WAIT = 72 * 3600
"""Seconds from proofing to effect, in which the owner can stop it."""
PROPOSAL = 24 * 3600
"""Seconds in which a second official confirms what a first one proposed."""


class UnderWay(Refusal):
    """A recovery of the account is open already."""

    status_code = 409
    word = "under_way"

    def __init__(self) -> None:
        super().__init__(mark("A recovery of this account is under way already."))


class ContactUnconfirmed(Refusal):
    """The channel that replaces the lost ones has not shown its code."""

    status_code = 409
    word = "contact_unconfirmed"

    def __init__(self) -> None:
        super().__init__(mark("The code that was sent to the new phone or e-mail address has not been entered yet."))


def begin(services: Services, account_id: str, method: str, *, official: str, actor: Actor) -> RecoveryRow:
    """Begin a recovery of an account whose owner stands before an official, or was proofed again; the owner is told.

    :param method: ``COUNTER``, which a second official confirms, or ``REPROOFING``, which takes effect after ``WAIT``.
    :param official: the account of the official who saw the person.
    :raises NotFound: when there is no active account, or no active official.
    :raises Refusal: when a recovery is open already, or it is the official's own account.
    """
    with services.database.write() as connection:
        account = _active(connection, account_id)
        _check_official(connection, official, account_id)
        return begin_within(connection, services, account, method, official=official, actor=actor)


def begin_within(
    connection: Connection,
    services: Services,
    account: AccountRow,
    method: str,
    *,
    official: str,
    actor: Actor,
    agency: str | None = None,
    contact: SignInName | None = None,
    paper: str | None = None,
) -> RecoveryRow:
    """Begin a recovery in the caller's transaction, who has checked the official.

    :param agency: whose counter it is.
    :param contact: a phone or e-mail address that is to replace every lost one, once its code was read.
    :param paper: one word for what the person showed.
    :raises UnderWay: when one is open already.
    """
    now, recovery_id = services.now(), str(uuid.uuid4())
    state, wait = (PROPOSED, PROPOSAL) if method == COUNTER else (WAITING, WAIT)
    sealed = _sealed_contact(services.sealer, recovery_id, contact) if contact else None
    row = RecoveryRow(
        recovery_id, account.id, method, state, official, now, now + wait, agency=agency, contact_sealed=sealed
    )
    try:
        with connection.begin_nested():
            recoveries.add(connection, row)
    except IntegrityError:
        raise UnderWay from None
    _record(connection, services, Action.RECOVERY_BEGUN, row, actor, official, paper)
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
            raise _no_proposal()
        _check_official(connection, official, row.account_id)
        account = _active(connection, row.account_id)
        if official == row.proposed_by:
            raise Refusal(mark("Another official has to confirm what one has proposed."))
        if not confirm_within(connection, services, row, account, official=official, actor=actor):
            raise _no_proposal()
    return replace(row, state=DONE, confirmed_by=official)


def confirm_within(
    connection: Connection,
    services: Services,
    row: RecoveryRow,
    account: AccountRow,
    *,
    official: str,
    actor: Actor,
    paper: str | None = None,
) -> bool:
    """Let a proposal take effect in the caller's transaction, who has checked both officials.

    :returns: False when somebody else ended it in the same moment; then nothing was done.
    :raises ContactUnconfirmed: when a new channel has not shown its code.
    :raises idp.domain.accounts.NameTaken: when the new channel became another account's.
    """
    if row.contact_sealed and row.contact_confirmed_at is None:
        raise ContactUnconfirmed
    return _take_effect(connection, services, row, account, actor, official, paper)


def stop(services: Services, recovery_id: str, *, actor: Actor) -> None:
    """Stop an open recovery.

    :raises NotFound: when there is none of this identifier.
    """
    with services.database.write() as connection:
        row = recoveries.find(connection, recovery_id)
        if row is None or not stop_within(connection, services, row, actor):
            raise NotFound(mark("There is no open recovery of this identifier."))


def stop_within(
    connection: Connection, services: Services, row: RecoveryRow, actor: Actor, official: str | None = None
) -> bool:
    """Stop one in the caller's transaction; False when it is open no more."""
    if row.ended_at or not recoveries.end(connection, row.id, row.state, STOPPED, services.now()):
        return False
    _record(connection, services, Action.RECOVERY_STOPPED, row, actor, official)
    return True


def take_effect_where_due(services: Services) -> int:
    """Let every recovery whose wait is over take effect, and proposals that nobody confirmed end; gives how many."""
    with services.database.read() as connection:
        due = recoveries.due(connection, services.now())
    for row in due:
        with services.database.write() as connection:
            _end_due(connection, services, row)
    return len(due)


def contact_of(sealer: Sealer, row: RecoveryRow) -> SignInName | None:
    """Give the channel that is to replace the lost ones; None where there is none, or the recovery has ended."""
    if row.contact_sealed is None:
        return None
    return SignInName(**json.loads(sealer.open(row.contact_sealed, _purpose(row.id))))


def _end_due(connection: Connection, services: Services, row: RecoveryRow) -> None:
    """A stop that came first holds; so do a frozen account, an official who left, and a channel that is not theirs."""
    system, account = ("system", "worker"), store.find(connection, row.account_id)
    ready = row.state == WAITING and account is not None and account.state == "active"
    ready = ready and not (row.contact_sealed and row.contact_confirmed_at is None)
    if account is not None and ready and stands_for(connection, row.proposed_by, row.agency):
        try:
            with connection.begin_nested():
                _take_effect(connection, services, row, account, system, None, None)
            return
        except NameTaken:
            pass
    stop_within(connection, services, row, system)


def _take_effect(
    connection: Connection,
    services: Services,
    row: RecoveryRow,
    account: AccountRow,
    actor: Actor,
    official: str | None,
    paper: str | None,
) -> bool:
    """Take every authenticator away and end everything, once; a stop that came first holds."""
    if not recoveries.end(connection, row.id, row.state, DONE, services.now(), confirmed_by=official):
        return False
    now, sealer = services.clock(), services.sealer
    # The account first, as whoever signs in looks at it first: neither waits for what the other holds.
    if contact := contact_of(sealer, row):
        channel, address = contact.kind, contact.value
        if channel == "personal_number":
            raise TypeError("a personal number reaches nobody")
        accounts.replace_contacts(connection, sealer, account.id, channel, address, at=now, actor=actor)
    # Whoever found the key could go on signing in with it: a certificate is good by its own status.
    revoke_all_of(connection, services, account.id, Reason.KEY_COMPROMISE, actor=actor)
    store.remove_authenticators(connection, account.id)
    end_everything(connection, services, account.id, actor=actor, reason="account_recovered")
    _record(connection, services, Action.ACCOUNT_RECOVERED, row, actor, official, paper)
    reached = store.find(connection, account.id) or account
    messages.announce(connection, sealer, reached, "account_recovered", now=now)
    return True


def _check_official(connection: Connection, official: str, account_id: str) -> None:
    if not stands_for(connection, official, None):
        raise NotFound(mark("There is no active official of this identifier."))
    if official == account_id:
        raise Refusal(mark("Nobody recovers their own account."))


def _active(connection: Connection, account_id: str) -> AccountRow:
    account = store.find(connection, account_id)
    if account is None or account.state != "active":
        raise NotFound(mark("There is no active account of this identifier."))
    return account


def _no_proposal() -> NotFound:
    return NotFound(mark("There is no proposal of this identifier that could be confirmed."))


def _sealed_contact(sealer: Sealer, recovery_id: str, contact: SignInName) -> bytes:
    return sealer.seal(json.dumps(contact.__dict__).encode(), _purpose(recovery_id))


def _purpose(recovery_id: str) -> str:
    return f"recovery {recovery_id} contact"


def _record(
    connection: Connection,
    services: Services,
    action: Action,
    row: RecoveryRow,
    actor: Actor,
    official: str | None = None,
    paper: str | None = None,
) -> None:
    what = ("account", row.account_id)
    entry = audit.entry(
        action,
        services.clock(),
        actor=actor,
        object=what,
        agency=row.agency,
        reason=row.method,
        recovery=row.id,
        official=official,
        paper=paper,
    )
    audit.record(connection, entry)
