"""Sessions as administrators see them, and how they end one: with a reason, everywhere, told to its portals."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from idp.domain import sessions
from idp.domain.administration import people
from idp.domain.administration.administrator import Administrator
from idp.domain.end_reasons import BY_ADMINISTRATOR, ByAdministrator
from idp.errors import NotFound
from idp.services import Services
from idp.store import sessions as store
from idp.store.sessions import SessionClientRow, SessionRow
from idp.words import mark

_OURS: dict[str, ByAdministrator] = {word: word for word in BY_ADMINISTRATOR}


@dataclass(frozen=True)
class Signed:
    """A session, ended or not, and the portals it signed in to."""

    row: SessionRow
    portals: Sequence[SessionClientRow]


def of_account(services: Services, by: Administrator, account_id: str) -> Sequence[Signed]:
    """Give an account's live sessions, the last used first; this leaves an entry.

    :raises NotFound: when there is no such account within reach.
    """
    with services.database.write() as connection:
        people.reached(connection, by, account_id)
        rows = store.live_of_account(connection, account_id, services.now())
        found = [Signed(row, store.clients_of(connection, row.sid)) for row in rows]
        people.log_look(connection, services, by, [account_id], "sessions")
    return found


def show(services: Services, by: Administrator, sid: str) -> Signed:
    """Give one session, ended or not, and which of its portals have been told.

    :raises NotFound: when there is none within reach.
    """
    with services.database.read() as connection:
        return _reached(connection, by, sid)


def end(services: Services, by: Administrator, sid: str, reason: str) -> Signed:
    """End a session with everything that follows; ending it again changes nothing and leaves no second entry.

    :param reason: one of ``BY_ADMINISTRATOR``.
    :raises NotFound: when there is none within reach.
    """
    word = _OURS.get(reason)
    if word is None:
        raise ValueError(f"no reason of ours: {reason}")
    with services.database.write() as connection:
        _reached(connection, by, sid)
        sessions.end_session_within(connection, services, sid, word, actor=by.actor, agency=by.agency)
        return _reached(connection, by, sid)


def _reached(connection: Connection, by: Administrator, sid: str) -> Signed:
    row = store.by_sid(connection, sid)
    if row is None:
        raise NotFound(mark("There is no such session."))
    people.reached(connection, by, row.account_id)
    return Signed(row, store.clients_of(connection, sid))
