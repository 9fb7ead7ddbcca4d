"""What a person agreed to: asked once, remembered with a version and an expiry, asked again only when something changed.

A first-party client may skip the page by policy; the release is still recorded. One that the person sent away is asked
about like any other, until they agree. Words are the page's affair.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from idp.domain import audit, ended
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.release import ONE_CLAIM, claims_of, scopes
from idp.domain.sessions import tell_portal
from idp.services import Services
from idp.store import consents as store
from idp.store import grants as grants_store
from idp.store import live
from idp.store import sessions as sessions_store
from idp.store.consents import ConsentRow
from idp.store.live import Agreed

LIFETIME = 365 * 86400
"""Seconds after which a person is asked again."""


WITHDRAWN = "withdrawn"
"""In place of the purposes of an agreement: the person took back what a portal knew that nobody had to be asked for."""
WITHDRAWN_UNTIL = 253402300799
"""A withdrawal has no end of its own (the last second that RFC 3339 can say): it goes with the account, the portal or a new
agreement."""


@dataclass(frozen=True)
class Agreement:
    """What stands between a person and a portal now."""

    missing: tuple[str, ...]
    """Scopes and single claims that were asked for and not agreed to yet; empty means nothing needs to be asked."""
    refused_claims: tuple[str, ...]
    changed: bool = False
    """Whether it is asked again because the portal's purposes are others than those agreed to."""
    withdrawn: bool = False
    """Whether it is asked because the person had sent the portal away."""


def agreement(
    services: Services, account_id: str, client: Client, asked: Collection[str], found: Agreed | None = None
) -> Agreement:
    """Compare what a portal asks for with what the person agreed to.

    :param found: that, where it was just read; it is read here otherwise.
    """
    if found is None:
        found = live.agreement(services.direct, account_id, client.client_id, services.now())
    agreed, refused, purposes = found
    if purposes == WITHDRAWN:
        return Agreement(tuple(ordered(asked)), (), withdrawn=True)
    if not is_needed(client, asked):
        return Agreement((), refused)
    if agreed and purposes != client.purposes:
        return Agreement(tuple(ordered(asked)), refused, changed=True)
    return Agreement(tuple(each for each in ordered(asked) if not _covered(each, agreed)), refused)


def _covered(asked: str, agreed: Collection[str]) -> bool:
    """Tell whether an agreement covers a scope, or a single claim, which a scope that was agreed to covers too."""
    return asked in agreed or (asked.startswith(ONE_CLAIM) and asked.removeprefix(ONE_CLAIM) in claims_of(agreed))


def is_needed(client: Client, asked: Collection[str]) -> bool:
    """Tell whether a portal must have the person's agreement; the government's own need none while the person is there."""
    return not client.first_party or "offline_access" in asked


def ordered(asked: Iterable[str]) -> list[str]:
    """Put scopes in the order a consent page shows them; those of APIs come last."""
    rank = {name: place for place, name in enumerate(scopes())}
    return sorted(asked, key=lambda name: (rank.get(name, len(rank)), name))


def agree(
    services: Services, account_id: str, client: Client, asked: Collection[str], refused_claims: Collection[str]
) -> None:
    """Remember that a person agreed; what they had agreed to before, for the same purposes, stays agreed."""
    now = services.now()
    with services.database.write() as connection:
        before = store.find(connection, account_id, client.client_id)
        purposes = client.purposes
        holds = before is not None and before.expires_at > now and before.purposes == purposes
        kept = before.scopes if before is not None and holds else ()
        row = ConsentRow(
            account_id=account_id,
            client_id=client.client_id,
            scopes=tuple(ordered({*kept, *asked})),
            refused_claims=tuple(sorted(refused_claims)),
            version=before.version + 1 if before else 1,
            purposes=purposes,
            granted_at=now,
            expires_at=now + LIFETIME,
        )
        store.put(connection, row)
        given = [name for name in row.scopes if name in scopes() or name.startswith(ONE_CLAIM)]
        at, left_out = services.clock(), [*row.refused_claims]
        _record(connection, Action.CONSENT_GIVEN, account_id, client.client_id, at, scopes=given, refused=left_out)


def withdraw(services: Services, account_id: str, client_id: str) -> bool:
    """Take an agreement back, end what rests on it and sign the person out of that portal; False when there was none.

    A portal that needs no agreement would know them again at the next sign-in, unasked: that it was sent away is kept.
    One transaction: agreement, grants, portal sessions and notices.
    """
    now, client = services.clock(), services.clients.get(client_id)
    with services.database.write() as connection:
        sessions = sessions_store.live_of_account(connection, account_id, int(now), hold=True)
        had = store.withdraw(connection, account_id, client_id)
        where = {"account_id": account_id, "client_id": client_id}
        for gid in grants_store.end_families(connection, int(now), "consent_withdrawn", **where):
            had = True
            ended.end(connection, services.settings, "gid", gid, now)
        for session in sessions:
            for portal in sessions_store.clients_of(connection, session.sid):
                if portal.client_id == client_id and portal.ended_at is None:
                    had = True
                    tell_portal(connection, portal, now)
        if had and client is not None and client.first_party:
            store.put(connection, _withdrawal(account_id, client_id, int(now)))
        if had:
            _record(connection, Action.CONSENT_WITHDRAWN, account_id, client_id, now)
    return had


def _withdrawal(account_id: str, client_id: str, now: int) -> ConsentRow:
    return ConsentRow(account_id, client_id, (), (), 0, WITHDRAWN, now, WITHDRAWN_UNTIL)


def is_withdrawal(row: ConsentRow) -> bool:
    """Tell whether a row says that the portal was sent away, and not what was agreed to."""
    return row.purposes == WITHDRAWN


def agreements_of(connection: Connection, account_id: str, now: int) -> list[ConsentRow]:
    """Give what a person agreed to and what still holds, the newest first."""
    rows = store.of_account(connection, account_id)
    return [row for row in rows if row.expires_at > now and not is_withdrawal(row)]


def _record(
    connection: Connection,
    action: Action,
    account_id: str,
    client_id: str,
    now: float,
    *,
    scopes: list[str] | None = None,
    refused: list[str] | None = None,
) -> None:
    who, what = ("account", account_id), ("client", client_id)
    entry = audit.entry(action, now, actor=who, object=what, client_id=client_id, scopes=scopes, refused=refused)
    audit.record(connection, entry)
