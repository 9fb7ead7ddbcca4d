"""Roles of officials: given and taken by the operator, with an entry; who loses one is signed out everywhere at once.

Portals read roles from a sign-in, so only a new one shows that a role is gone. What a role allows is where it is asked for.
"""

import re

from sqlalchemy import Connection

from idp.domain import audit
from idp.domain.account_stop import end_everything
from idp.domain.accounts import Actor
from idp.domain.audit import Action
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.words import mark

_ROLE = re.compile(r"[a-z][a-z_]{1,39}")


def grant(services: Services, account_id: str, role: str, *, actor: Actor) -> tuple[str, ...]:
    """Give an official a role; gives all that they have then. Giving it again changes nothing.

    :param role: small letters and underscores; portals may have roles of their own.
    :raises NotFound: when there is no active official of this identifier.
    :raises Refusal: for a word that can be no role, or an official without an agency.
    """
    if not _ROLE.fullmatch(role):
        raise Refusal(mark("A role is a word of small letters and underscores."))
    with services.database.write() as connection:
        account = _official(connection, account_id)
        if account.agency is None:
            raise Refusal(mark("A role is held at an agency, and this account names none."))
        if role in account.roles:
            return account.roles
        return _change(connection, services, account, (*account.roles, role), Action.ROLE_GRANTED, role, actor)


def withdraw(services: Services, account_id: str, role: str, *, actor: Actor) -> tuple[str, ...]:
    """Take a role from an official and end every session of theirs; gives what is left. Taking it again changes nothing.

    :raises NotFound: when there is no active official of this identifier.
    """
    with services.database.write() as connection:
        account = _official(connection, account_id)
        if role not in account.roles:
            return account.roles
        left = tuple(each for each in account.roles if each != role)
        end_everything(connection, services, account.id, actor=actor, reason="role_withdrawn")
        return _change(connection, services, account, left, Action.ROLE_WITHDRAWN, role, actor)


def _official(connection: Connection, account_id: str) -> AccountRow:
    account = store.find(connection, account_id)
    if account is None or account.state != "active" or account.kind != "official":
        raise NotFound(mark("There is no active official of this identifier."))
    return account


def _change(
    connection: Connection,
    services: Services,
    account: AccountRow,
    roles: tuple[str, ...],
    action: Action,
    role: str,
    actor: Actor,
) -> tuple[str, ...]:
    now = services.clock()
    store.change(connection, account.id, roles=roles, updated_at=int(now))
    entry = audit.entry(action, now, actor=actor, object=("account", account.id), agency=account.agency, reason=role)
    audit.record(connection, entry)
    return roles
