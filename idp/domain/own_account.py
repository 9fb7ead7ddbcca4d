"""What a person sees and ends of their own: open sessions, connected portals, and what a sign-out has reached.

Owns these views and that nobody ends what is another's. Ending itself is ``sessions``' and ``consents``' affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain import consents, sessions
from idp.domain.profile import Profile, load_profile
from idp.errors import NotFound
from idp.services import Services
from idp.store import grants as grants_store
from idp.store import sessions as sessions_store
from idp.store.consents import ConsentRow
from idp.store.sessions import SessionClientRow, SessionRow
from idp.words import mark


@dataclass(frozen=True)
class OpenSession:
    """A session that lives, and the portals it is signed in to now."""

    row: SessionRow
    client_ids: tuple[str, ...]


@dataclass(frozen=True)
class ConnectedPortal:
    """A portal that knows the person: by an agreement that still holds, by a live sign-in, or by both."""

    client_id: str
    agreement: ConsentRow | None
    signed_in: bool
    released: tuple[str, ...] = ()
    """The scopes that it was granted and can still use."""


def profile_of(services: Services, account_id: str) -> Profile:
    """Give what is known of a signed-in person.

    :raises NotFound: when the account went away meanwhile.
    """
    with services.database.read() as connection:
        profile = load_profile(connection, services.sealer, account_id)
    if profile is None:
        raise NotFound(mark("This account is not there any more."))
    return profile


def open_sessions(services: Services, account_id: str) -> list[OpenSession]:
    """Give a person's live sessions, the last used first."""
    now = services.now()
    with services.database.read() as connection:
        rows = sessions_store.live_of_account(connection, account_id, now)
        lively = [row for row in rows if not sessions.is_idle(services, row)]
        return [OpenSession(row, _signed_in(sessions_store.clients_of(connection, row.sid))) for row in lively]


def connected_portals(services: Services, account_id: str) -> list[ConnectedPortal]:
    """Give the portals that know a person, those agreed to last first, then those signed in to without a page."""
    signed_in = {client_id for session in open_sessions(services, account_id) for client_id in session.client_ids}
    with services.database.read() as connection:
        agreements = consents.agreements_of(connection, account_id, services.now())
        released: dict[str, set[str]] = {}
        for family in grants_store.live_families(connection, services.now(), account_id=account_id):
            released.setdefault(family.client_id, set()).update(family.grant["scopes"])
    agreed = [ConnectedPortal(row.client_id, row, row.client_id in signed_in) for row in agreements]
    unasked = sorted(signed_in - {portal.client_id for portal in agreed})
    return agreed + [
        ConnectedPortal(client_id, None, True, tuple(consents.ordered(released.get(client_id, ()))))
        for client_id in unasked
    ]


def end_own_session(services: Services, account_id: str, sid: str) -> None:
    """End one of a person's sessions.

    :raises NotFound: when it is not theirs, or has ended.
    """
    if sid not in {session.row.sid for session in open_sessions(services, account_id)}:
        raise NotFound(mark("This session has ended already."))
    sessions.end_session(services, sid, "ended_by_owner")


def end_other_sessions(services: Services, account_id: str, kept: str) -> int:
    """End all of a person's sessions but the one in use; gives how many."""
    others = [session.row.sid for session in open_sessions(services, account_id) if session.row.sid != kept]
    for sid in others:
        sessions.end_session(services, sid, "ended_by_owner")
    return len(others)


def portals_of(services: Services, sid: str) -> Sequence[SessionClientRow]:
    """Give every portal that a session signed in to, and which of them have been told that it ended."""
    with services.database.read() as connection:
        return sessions_store.clients_of(connection, sid)


def _signed_in(rows: Sequence[SessionClientRow]) -> tuple[str, ...]:
    return tuple(row.client_id for row in rows if row.ended_at is None)
