"""The life of an authenticator: added and removed, each with its entry in the trail and a notice to every channel.

That the owner has just proved who they are is the page's to see to (``idp.http.fresh``); what an authenticator is, its
own module's. Nobody is left without a way to sign in.
"""

from sqlalchemy import Connection

from idp.domain import audit, messages, sessions
from idp.domain.accounts import Actor
from idp.domain.audit import Action
from idp.domain.authenticators import ways
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store import sessions as sessions_store
from idp.store.accounts import AccountRow, AuthenticatorRow
from idp.words import mark

LABEL = 60
"""Characters of an authenticator's name."""


def add(connection: Connection, services: Services, row: AuthenticatorRow, *, actor: Actor | None = None) -> None:
    """Keep a new authenticator of an active account and tell the owner.

    :raises NotFound: when the account is not active.
    :raises sqlalchemy.exc.IntegrityError: when its ``lookup`` is taken.
    """
    account = _active(connection, row.account_id)
    store.add_authenticator(connection, row)
    told(connection, services, account, Action.AUTHENTICATOR_ADDED, row.kind, actor)


def remove(
    services: Services, account_id: str, authenticator_id: str, *, kept: str = "", actor: Actor | None = None
) -> None:
    """Remove one authenticator of an account, end the sessions in which it was used, and tell the owner.

    :param kept: the session in which its owner does so.
    :raises NotFound: when it is not there, or not theirs.
    :raises Refusal: when nothing would be left to sign in with, or it is not removed here.
    """
    with services.database.write() as connection:
        account = _active(connection, account_id)
        rows = store.authenticators_of(connection, account_id)
        row = next((each for each in rows if each.id == authenticator_id), None)
        if row is None:
            raise NotFound(mark("This way to sign in is not there any more."))
        check_removable(row, [each for each in rows if each.id != row.id], services.now())
        store.remove_authenticator(connection, row.id)
        for session in sessions_store.live_of_account(connection, account_id, services.now()):
            if session.sid != kept and any(used.get("authenticator") == row.id for used in session.factors):
                sessions.end_session_within(connection, services, session.sid, "authenticator_removed", actor=actor)
        told(connection, services, account, Action.AUTHENTICATOR_REMOVED, row.kind, actor)


def check_removable(row: AuthenticatorRow, others: list[AuthenticatorRow], now: int) -> None:
    """Refuse to remove what is not removed by its owner, or is their last way in (``now`` in Unix seconds).

    :raises Refusal: saying why.
    """
    found = ways.way(row.kind)
    if found is not None and not found.removable:
        raise Refusal(mark("This way to sign in cannot be removed here."))
    if not any(ways.is_way_in(each, now) for each in others):
        raise Refusal(mark("This is your last way to sign in. Add another one first."))


def told(
    connection: Connection,
    services: Services,
    account: AccountRow,
    action: Action,
    kind: str,
    actor: Actor | None = None,
) -> None:
    """Record a change of an account's authenticators and announce it on every confirmed channel."""
    now = services.clock()
    who = actor or ("account", account.id)
    audit.record(connection, audit.entry(action, now, actor=who, object=("account", account.id), method=kind))
    messages.announce(connection, services.sealer, account, str(action), now=now)


def clean_label(text: str) -> str:
    """Give an authenticator's name in one form, at most ``LABEL`` characters, without control signs."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())[:LABEL]


def _active(connection: Connection, account_id: str) -> AccountRow:
    account = store.find(connection, account_id)
    if account is None or account.state != "active":
        raise NotFound(mark("There is no active account of this identifier."))
    return account
