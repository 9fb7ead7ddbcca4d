"""What a person agreed to: asked once, remembered with a version and an expiry, asked again only when something changed.

A first-party client may skip the page by policy; the release is still recorded. Words are the page's affair.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from idp.domain import audit, ended
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.release import scopes
from idp.domain.sessions import tell_portal
from idp.services import Services
from idp.store import consents as store
from idp.store import grants as grants_store
from idp.store import live
from idp.store import sessions as sessions_store
from idp.store.consents import ConsentRow

LIFETIME = 365 * 86400
"""Seconds after which a person is asked again."""


@dataclass(frozen=True)
class Agreement:
    """What stands between a person and a portal now."""

    missing: tuple[str, ...]
    """Scopes that were asked for and not agreed to yet; empty means nothing needs to be asked."""
    refused_claims: tuple[str, ...]


def agreement(services: Services, account_id: str, client: Client, asked: Collection[str]) -> Agreement:
    """Compare what a portal asks for with what the person agreed to."""
    agreed, refused = live.agreement(services.direct, account_id, client.client_id, services.now())
    if not is_needed(client, asked):
        return Agreement((), refused)
    return Agreement(tuple(scope for scope in ordered(asked) if scope not in agreed), refused)


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
    """Remember that a person agreed; what they had agreed to before stays agreed."""
    now = services.now()
    with services.database.write() as connection:
        before = store.find(connection, account_id, client.client_id)
        kept = before.scopes if before and before.expires_at > now else ()
        version = before.version + 1 if before else 1
        every = tuple(ordered({*kept, *asked}))
        row = ConsentRow(
            account_id, client.client_id, every, tuple(sorted(refused_claims)), version, now, now + LIFETIME
        )
        store.put(connection, row)
        given = [name for name in every if name in scopes()]
        at, left_out = services.clock(), [*row.refused_claims]
        _record(connection, Action.CONSENT_GIVEN, account_id, client.client_id, at, scopes=given, refused=left_out)


def withdraw(services: Services, account_id: str, client_id: str) -> bool:
    """Take an agreement back, end what rests on it and sign the person out of that portal; False when there was none.

    One transaction: agreement, grants, portal sessions and notices.
    """
    now = services.clock()
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
        if had:
            _record(connection, Action.CONSENT_WITHDRAWN, account_id, client_id, now)
    return had


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
