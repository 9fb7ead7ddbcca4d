"""Keeps single sign-on sessions, and which portals each has signed in to. The cookie is kept only as a hash."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    delete,
    exists,
    select,
    update,
)

from idp.store import bounded
from idp.store.database import metadata
from idp.store.direct import Statement, Unit
from idp.store.grants import refresh_families

sessions = Table(
    "sessions",
    metadata,
    Column("sid", String(36), primary_key=True),
    Column("cookie_hash", String(64), nullable=False, unique=True),
    Column("account_id", String(36), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("auth_time", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("identity_level", Integer, nullable=False),
    Column("factors", Text, nullable=False),
    Column("device", String(200), nullable=False, default=""),
    Column("place", String(64), nullable=False, default=""),
    Column("new_device", Boolean, nullable=False, default=False),
    Column("ended_at", BigInteger, index=True),
    Column("end_reason", String(32)),
)

session_clients = Table(
    "session_clients",
    metadata,
    Column("sid", ForeignKey("sessions.sid", ondelete="CASCADE"), primary_key=True),
    Column("client_id", String(64), primary_key=True),
    Column("sub", String(36), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("ended_at", Float),
    Column("told_at", Float),
    Column("failure", String(200)),
)


KEPT_AFTER_END = 86400
"""Seconds that an ended session is kept, while its portals are still being told."""


# With ``offline_access`` a refresh family outlives its session, and its tokens find their account by the row.
_WITHOUT_FAMILY = ~exists().where(refresh_families.c.sid == sessions.c.sid)
bounded.rows_end(
    sessions,
    bounded.Ending(sessions.c.expires_at, KEPT_AFTER_END, only=_WITHOUT_FAMILY),
    bounded.Ending(sessions.c.ended_at, KEPT_AFTER_END, only=_WITHOUT_FAMILY),
    reason="a session goes a day after it ended, or with the last family that came of it",
)
bounded.grows_with(session_clients, "the portals of the sessions that are kept; they go with their session")


class SessionRow(NamedTuple):
    """One session. Times are Unix seconds. ``factors`` lists what was used: ``{"kind", "amr", "strength", "at"}``;
    ``new_device`` tells whether its browser had never signed in to the account before."""

    sid: str
    cookie_hash: str
    account_id: str
    created_at: int
    auth_time: int
    seen_at: int
    expires_at: int
    identity_level: int
    factors: list[dict[str, Any]]
    device: str = ""
    place: str = ""
    new_device: bool = False
    ended_at: int | None = None
    end_reason: str | None = None


class SessionClientRow(NamedTuple):
    """A portal that a session signed in to; ``told_at`` is when its back-channel logout was acknowledged."""

    sid: str
    client_id: str
    sub: str
    since: int
    ended_at: float | None = None
    told_at: float | None = None
    failure: str | None = None


_COLUMNS = SessionRow._fields
ADD = Statement(f"INSERT INTO sessions ({', '.join(_COLUMNS)}) VALUES (:{', :'.join(_COLUMNS)})")  # noqa: S608


def by_cookie(connection: Connection, cookie_hash: str) -> SessionRow | None:
    """Give the session whose cookie has that hash, ended or not."""
    return _one(connection, sessions.c.cookie_hash == cookie_hash)


def by_sid(connection: Connection, sid: str) -> SessionRow | None:
    """Give one session, ended or not."""
    return _one(connection, sessions.c.sid == sid)


def live_of_account(connection: Connection, account_id: str, now: int, *, hold: bool = False) -> Sequence[SessionRow]:
    """Give the account's sessions that still live, the last used first.

    :param hold: keep them from beginning a grant until the caller's transaction ends (PostgreSQL).
    """
    live = (sessions.c.account_id == account_id, sessions.c.ended_at.is_(None), sessions.c.expires_at > now)
    wanted = select(sessions).where(*live).order_by(sessions.c.seen_at.desc())
    rows = connection.execute(wanted.with_for_update() if hold else wanted)
    return [_session(row._mapping) for row in rows]


def of_account(connection: Connection, account_id: str) -> Sequence[SessionRow]:
    """Give every session of an account that is kept, ended ones too, the last used first."""
    wanted = select(sessions).where(sessions.c.account_id == account_id).order_by(sessions.c.seen_at.desc())
    return [_session(row._mapping) for row in connection.execute(wanted)]


def change(connection: Connection, sid: str, **values: Any) -> bool:
    """Change a session that has not ended; False when it has."""
    if "factors" in values:
        values["factors"] = json.dumps(values["factors"])
    live = update(sessions).where(sessions.c.sid == sid, sessions.c.ended_at.is_(None))
    return connection.execute(live.values(**values)).rowcount == 1


def forget_devices(connection: Connection, account_id: str) -> None:
    """Take browsers and addresses out of an account's sessions, ended ones too."""
    connection.execute(update(sessions).where(sessions.c.account_id == account_id).values(device="", place=""))


JOIN_INTO = "INSERT INTO session_clients (sid, client_id, sub, since)"
JOIN_AGAIN = """ON CONFLICT (sid, client_id) DO UPDATE SET ended_at = NULL, told_at = NULL, failure = NULL
    WHERE session_clients.ended_at IS NOT NULL"""
"""A portal that had been signed out and enters the session again counts as new."""
_JOIN = Statement(f"{JOIN_INTO} VALUES (:sid, :client_id, :sub, :since) {JOIN_AGAIN}")


def join_client(unit: Unit, row: SessionClientRow) -> None:
    """Note that the session signed in to a portal."""
    unit.one(_JOIN, {"sid": row.sid, "client_id": row.client_id, "sub": row.sub, "since": row.since})


def clients_of(connection: Connection, sid: str) -> Sequence[SessionClientRow]:
    """Give the portals a session signed in to, in that order, those signed out since included."""
    rows = connection.execute(
        select(session_clients).where(session_clients.c.sid == sid).order_by(session_clients.c.since)
    )
    return [SessionClientRow(**row._mapping) for row in rows]


def has_left(connection: Connection, sid: str, client_id: str) -> bool:
    """Tell whether the session was signed out of a portal and has not entered it again."""
    where = (session_clients.c.sid == sid, session_clients.c.client_id == client_id)
    wanted = select(session_clients.c.sid).where(*where, session_clients.c.ended_at.is_not(None))
    return connection.execute(wanted).one_or_none() is not None


def end_client(connection: Connection, sid: str, client_id: str, now: float) -> bool:
    """Note that one portal of a session is to be signed out; False when it was already."""
    change = update(session_clients).where(
        session_clients.c.sid == sid, session_clients.c.client_id == client_id, session_clients.c.ended_at.is_(None)
    )
    return connection.execute(change.values(ended_at=now)).rowcount == 1


def forget_client(connection: Connection, client_id: str) -> None:
    """Take a client that is removed out of every session."""
    connection.execute(delete(session_clients).where(session_clients.c.client_id == client_id))


def told_client(connection: Connection, sid: str, client_id: str, now: float | None, failure: str | None) -> None:
    """Note the outcome of telling a portal that the session ended."""
    where = (session_clients.c.sid == sid, session_clients.c.client_id == client_id)
    connection.execute(update(session_clients).where(*where).values(told_at=now, failure=failure))


def _one(connection: Connection, where: Any) -> SessionRow | None:
    row = connection.execute(select(sessions).where(where)).one_or_none()
    return None if row is None else _session(row._mapping)


def values_of(row: SessionRow) -> dict[str, Any]:
    """Give a session's columns for a ``Statement``."""
    return {**row._asdict(), "factors": json.dumps(row.factors)}


def _session(mapping: Any) -> SessionRow:
    return SessionRow(**{**mapping, "factors": json.loads(mapping["factors"])})
