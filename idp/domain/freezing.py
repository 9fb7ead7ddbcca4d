"""What the link in a notice does: ends every session and grant of an account and stops every change that waits.

It restores and adds nothing, so whoever finds a link can do no more than make the owner sign in again. The link itself
is ``freeze_link``'s; an account that nobody may sign in to is another thing (``account_stop``).
"""

import hashlib

from idp.domain import audit, closing, contacts, messages
from idp.domain.account_stop import end_everything
from idp.domain.accounts import CLOSING
from idp.domain.audit import Action
from idp.domain.freeze_link import LIFETIME, FreezeLink, read
from idp.services import Services
from idp.store import accounts as store
from idp.store import recoveries
from idp.store.ephemeral import EphemeralStore

USED = "freeze_link_used"
STOPPED = "changes_stopped"
CHANGE_LIFETIME = 3600
"""Seconds that a change begun and not finished can wait at most: what began before a stop is void."""


def open_link(services: Services, token: str) -> FreezeLink | None:
    """Give what a link says, for its page; None where it is not ours, too old, or of an account that is gone."""
    link = read(services.sealer, token, now=services.clock())
    if link is None:
        return None
    with services.database.read() as connection:
        account = store.find(connection, link.account_id)
    return link if account is not None and account.state in ("active", CLOSING) else None


def is_of_frozen_account(services: Services, token: str) -> bool:
    """Tell whether a link is good and its account frozen: everything is stopped there, and no link opens it again."""
    link = read(services.sealer, token, now=services.clock())
    if link is None:
        return False
    with services.database.read() as connection:
        account = store.find(connection, link.account_id)
    return account is not None and account.state == "frozen"


def stop_everything(services: Services, token: str) -> bool:
    """Do what a link is for, once: used again it changes nothing, or it would end the owner's fresh sign-in too.

    :returns: whether this was the first time; False too for a link that is no good.
    """
    link = open_link(services, token)
    if link is None:
        return False
    used = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    if not services.ephemeral.claim(USED, used, LIFETIME):
        return False
    try:
        _stop(services, link.account_id)
    except BaseException:
        services.ephemeral.forget(USED, used)
        raise
    return True


def was_stopped_since(ephemeral: EphemeralStore, account_id: str, moment: float) -> bool:
    """Tell whether the owner stopped everything at or after ``moment`` (Unix seconds)."""
    kept = ephemeral.peek(STOPPED, account_id)
    return kept is not None and float(kept["at"]) >= moment


def _stop(services: Services, account_id: str) -> None:
    now, who = services.clock(), ("account", account_id)
    services.ephemeral.put(STOPPED, account_id, {"at": now}, CHANGE_LIFETIME)
    with services.database.write() as connection:
        end_everything(connection, services, account_id, actor=who, reason="stopped_by_owner")
        stopped = recoveries.stop_open(connection, account_id, int(now))
        contacts.stop_waiting(connection, account_id, int(now))
        entry = audit.entry(Action.EVERYTHING_STOPPED, now, actor=who, object=who, recoveries=stopped)
        audit.record(connection, entry)
        account = store.find(connection, account_id)
        if account is not None:
            closing.stop(connection, services, account)
            messages.notify(connection, services.sealer, account, "everything_stopped", now=now)
