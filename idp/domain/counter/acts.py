"""What officials do at a counter: find the person by the number on their card, propose, confirm as another, stop.

Each act checks everything anew in its own transaction and leaves an entry, a refused one too. NIST SP 800-63B-4 §4.2.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from idp.domain import account_recovery, sign_in_names
from idp.domain.account_recovery import contact_of
from idp.domain.accounts import NameTaken
from idp.domain.audit import Action
from idp.domain.audit import record as record_entry
from idp.domain.counter.official import Official, may_recover, stands_for
from idp.domain.counter.refusals import CounterRefused
from idp.domain.message_senders import channels
from idp.domain.profile import Profile, open_profile
from idp.domain.sign_in_names import SignInName
from idp.domain.throttling import WINDOW
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store import recoveries
from idp.store.accounts import AccountRow
from idp.store.recoveries import PROPOSED, RecoveryRow
from idp.words import mark

SEARCHES = 60
"""People whom one official may look for within an hour: more than a desk sees, fewer than it takes to try numbers out."""
PAPERS = ("identity_card", "vneid", "passport")
"""What a person shows, each one word for the trail."""
SHOWN = ("name", "birth date", "phone", "email")
T = TypeVar("T")


@dataclass(frozen=True)
class Before:
    """A person before the counter: their account, and its recovery that is open, if there is one."""

    account: AccountRow
    profile: Profile
    recovery: RecoveryRow | None
    contact: SignInName | None = None
    proposed_by: str = ""


@dataclass(frozen=True)
class Proposal:
    """What an official proposes. ``new_contact`` is what was typed, empty where the person still has their channels."""

    account_id: str
    method: str
    paper: str
    new_contact: str = ""


def find(services: Services, by: Official, typed: str) -> Before:
    """Give the person whose card has this number; this leaves an entry about them.

    :raises NotFound: when it is nobody's proofed number, or an account that this counter does not give back.
    :raises CounterRefused: when the official looked for too many.
    """
    if services.ephemeral.count("counter_searches", by.account_id, WINDOW) > SEARCHES:
        raise CounterRefused("too_many")
    number = sign_in_names.personal_number(typed[:40])
    fingerprint = SignInName("personal_number", number).fingerprint(services.sealer) if number else ""
    with services.database.write() as connection:
        account = store.proofed(connection, fingerprint)
        if account is None or not may_recover(_official(connection, by), account):
            raise nobody()
        opened = recoveries.open_of(connection, account.id)
        return _before(connection, services, by, account, next(iter(opened), None))


def propose(services: Services, by: Official, proposal: Proposal) -> RecoveryRow:
    """Begin a recovery of somebody who stands before the official; they are told at once.

    :raises NotFound: as ``find``.
    :raises Refusal: when a rule says no.
    """

    def act(connection: Connection) -> RecoveryRow:
        account = _reached(connection, _official(connection, by), proposal.account_id)
        _check_whose(by, account)
        return account_recovery.begin_within(
            connection,
            services,
            account,
            proposal.method,
            official=by.account_id,
            actor=by.actor,
            agency=by.agency,
            contact=_contact(services, proposal.new_contact),
            paper=proposal.paper,
        )

    return _done(services, by, proposal.account_id, act)


def confirm(services: Services, by: Official, recovery_id: str, *, number: str, paper: str) -> None:
    """Confirm, as the second official, what the first one proposed: it takes effect at once.

    :param number: the personal number, which the second official reads from the card too.
    :raises NotFound: when there is none of this identifier at the official's counter.
    :raises Refusal: when a rule says no.
    """
    row, _ = here(services, by, recovery_id)

    def act(connection: Connection) -> None:
        official = _official(connection, by)
        row = open_here(connection, services, official, recovery_id)
        account = _reached(connection, official, row.account_id)
        _check_second(connection, by, row)
        _check_whose(by, account)
        _check_number(services, account, number)
        _take_effect(connection, services, by, row, account, paper)

    _done(services, by, row.account_id, act, recovery_id)


def stop(services: Services, by: Official, recovery_id: str) -> None:
    """Stop an open recovery of one's own counter.

    :raises NotFound: when there is none of this identifier at the official's counter.
    :raises CounterRefused: when it is open no more.
    """
    with services.database.write() as connection:
        row = open_here(connection, services, _official(connection, by), recovery_id)
        if not account_recovery.stop_within(connection, services, row, by.actor, by.account_id):
            raise CounterRefused("over")


def waiting(services: Services, by: Official) -> Sequence[Before]:
    """Give what is open at the official's counter, the oldest first; each leaves an entry about its owner."""
    with services.database.write() as connection:
        official = _official(connection, by)
        return [
            _before(connection, services, by, account, row)
            for row in recoveries.open_at(connection, official.agency or "")
            if (account := store.find(connection, row.account_id)) is not None
        ]


def here(services: Services, by: Official, recovery_id: str) -> tuple[RecoveryRow, Before]:
    """Give a recovery of one's own counter, ended or not; this leaves an entry about its owner.

    :raises NotFound: when there is none of this identifier at the official's counter.
    """
    with services.database.write() as connection:
        official = _official(connection, by)
        row = recoveries.find(connection, recovery_id)
        account = store.find(connection, row.account_id) if row is not None and row.agency == official.agency else None
        if row is None or account is None:
            raise _no_recovery()
        return row, _before(connection, services, by, account, row)


def open_here(connection: Connection, services: Services, official: AccountRow, recovery_id: str) -> RecoveryRow:
    """Give a recovery that is open at an official's counter.

    :raises NotFound: when there is none of this identifier.
    :raises CounterRefused: when it is open no more.
    """
    row = recoveries.find(connection, recovery_id)
    if row is None or row.agency is None or row.agency != official.agency:
        raise _no_recovery()
    if row.ended_at is not None or row.effective_at <= services.now():
        raise CounterRefused("over")
    return row


def at_counter(connection: Connection, by: Official) -> AccountRow:
    """Give the official's own account as it is now.

    :raises CounterRefused: when they do not work at the counter that they act for.
    """
    return _official(connection, by)


def nobody() -> NotFound:
    """Nobody of that number, or nobody whose account this counter gives back; which of the two is not told."""
    return NotFound(mark("No account that this counter gives back has this number."))


def _official(connection: Connection, by: Official) -> AccountRow:
    found = store.find(connection, by.account_id)
    if found is None or not by.agency or not stands_for(connection, by.account_id, by.agency):
        raise CounterRefused("not_at_counter")
    return found


def _reached(connection: Connection, official: AccountRow, account_id: str) -> AccountRow:
    account = store.find(connection, account_id)
    if account is None or not may_recover(official, account):
        raise nobody()
    return account


def _check_whose(by: Official, account: AccountRow) -> None:
    if account.id == by.account_id:
        raise CounterRefused("own_account")
    if account.state != "active":
        raise CounterRefused("not_active")


def _check_second(connection: Connection, by: Official, row: RecoveryRow) -> None:
    """Four eyes: another person, at the same counter, while the first one still belongs to it."""
    if row.state != PROPOSED:
        raise CounterRefused("waits")
    if row.proposed_by == by.account_id:
        raise CounterRefused("same_official")
    if not stands_for(connection, row.proposed_by, row.agency):
        raise CounterRefused("first_official_gone")


def _check_number(services: Services, account: AccountRow, typed: str) -> None:
    number = sign_in_names.personal_number(typed[:40]) or ""
    shown = SignInName("personal_number", number).fingerprint(services.sealer)
    if not hmac.compare_digest(shown, account.personal_number_proofed or ""):
        raise CounterRefused("other_number")


def _take_effect(
    connection: Connection, services: Services, by: Official, row: RecoveryRow, account: AccountRow, paper: str
) -> None:
    try:
        done = account_recovery.confirm_within(
            connection, services, row, account, official=by.account_id, actor=by.actor, paper=paper
        )
    except NameTaken:
        raise CounterRefused("contact_taken") from None
    if not done:
        raise CounterRefused("over")


def _contact(services: Services, typed: str) -> SignInName | None:
    if not typed.strip():
        return None
    contact = sign_in_names.parse(typed)
    if contact is None or contact.kind == "personal_number" or contact.kind not in channels(services.settings):
        raise CounterRefused("no_contact")
    return contact


def _done(
    services: Services, by: Official, account_id: str, act: Callable[[Connection], T], recovery_id: str = ""
) -> T:
    """Do an act in one transaction; what a rule refuses is undone, and leaves an entry of its own."""
    try:
        with services.database.write() as connection:
            return act(connection)
    except NotFound:
        raise
    except Refusal as refusal:
        _record_refusal(services, by, account_id, refusal.word, recovery_id)
        raise


def _record_refusal(services: Services, by: Official, account_id: str, word: str, recovery_id: str) -> None:
    action, now = Action.RECOVERY_REFUSED, services.clock()
    entry = by.entry(action, now, account_id=account_id, reason=word, outcome="refused", recovery=recovery_id)
    with services.database.write() as connection:
        record_entry(connection, entry)


def _before(
    connection: Connection, services: Services, by: Official, account: AccountRow, row: RecoveryRow | None
) -> Before:
    look = by.entry(Action.PERSONAL_DATA_READ, services.clock(), account_id=account.id, reason="counter")
    record_entry(connection, look)
    contact = contact_of(services.sealer, row) if row is not None else None
    first = store.find(connection, row.proposed_by) if row is not None else None
    named = open_profile(first, services.sealer, ("name",)).name if first is not None else ""
    return Before(account, open_profile(account, services.sealer, SHOWN), row, contact, named)


def _no_recovery() -> NotFound:
    return NotFound(mark("There is no recovery of this identifier at this counter."))
