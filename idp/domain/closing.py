"""An owner closes their account: stopped at once, told by every confirmed channel, erased after a wait (design, identity).

In between nobody signs in to it, and the link in the notice stops the closing: a thief who opened somebody's session
cannot destroy the account behind it. What is erased is ``account_stop``'s; an official's account is their agency's.
"""

from sqlalchemy import Connection

from idp.domain import account_stop, audit, messages, outbox
from idp.domain.accounts import CLOSING
from idp.domain.audit import Action
from idp.domain.outbox import Handler
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.store.outbox import Message
from idp.words import mark

WAIT_DAYS = 14
WAIT = WAIT_DAYS * 86400
CLOSE = "close_account"
"""The outbox kind of an account whose wait will be over."""


class NotTheirsToClose(Refusal):
    """An official's account is closed by their agency."""

    status_code = 403


def may_close(account: AccountRow) -> bool:
    """Tell whether an account's owner may close it: an official's belongs to a post, and to its records."""
    return account.kind != "official" and not account.roles


def begin(services: Services, account_id: str) -> None:
    """Stop an account at once, tell its owner everywhere, and have it erased after ``WAIT``; all of it one transaction.

    :raises NotTheirsToClose: for an official's.
    :raises NotFound: when there is no active account of this identifier.
    """
    now, who = services.clock(), ("account", account_id)
    with services.database.write() as connection:
        account = store.find(connection, account_id)
        if account is None or account.state != "active":
            raise NotFound(mark("There is no active account of this identifier."))
        if not may_close(account):
            raise NotTheirsToClose(mark("The account of an official is closed by an administrator of their agency."))
        store.change(connection, account_id, state=CLOSING, updated_at=int(now))
        messages.announce(connection, services.sealer, account, "closing_begun", now=now, days=WAIT_DAYS)
        account_stop.end_everything(connection, services, account_id, actor=who, reason="account_closing")
        _post(connection, account_id, now, now + WAIT)
        audit.record(connection, audit.entry(Action.CLOSING_BEGUN, now, actor=who, object=who))


def stop(connection: Connection, services: Services, account: AccountRow) -> bool:
    """Stop a closing in the caller's transaction: the account is as it was; False when none had begun."""
    if account.state != CLOSING:
        return False
    now, who = services.clock(), ("account", account.id)
    store.change(connection, account.id, state="active", updated_at=int(now))
    audit.record(connection, audit.entry(Action.CLOSING_STOPPED, now, actor=who, object=who))
    return True


def handler(services: Services) -> Handler:
    """Give the worker's handler; one that fails for a day is posted again, since a promise was made."""

    def again(connection: Connection, message: Message) -> None:
        _post(connection, message.payload["account_id"], services.clock(), services.clock() + 3600)

    def deliver(message: Message) -> None:
        finish(services, str(message.payload["account_id"]))

    return Handler(deliver, again)


def finish(services: Services, account_id: str) -> bool:
    """Erase an account whose wait is over; False, and nothing is done, when its closing was stopped or began anew."""
    with services.database.write() as connection:
        account = store.find(connection, account_id)
        if account is None or account.state != CLOSING:
            return False
        over = account.updated_at + WAIT
        if services.clock() < over:
            _post(connection, account_id, services.clock(), over)
            return False
        worker = ("system", "worker")
        account_stop.close_account_within(connection, services, account_id, actor=worker, reason="asked_by_owner")
    return True


def _post(connection: Connection, account_id: str, now: float, due: float) -> None:
    outbox.post(connection, CLOSE, {"account_id": account_id}, now=now, not_before=due)
