# ruff: noqa: S608 (only the names of columns are put together here, never a value)
"""What a sign-in does to the database, as one act: account and authenticator looked at once more, the session, its entry.

What was stopped in between has not seen this session, so it does not come to be; what is stopped later waits for it, finds
it and ends it. PostgreSQL does it all in one statement, which holds the account before its authenticators as everybody does
who stops either; SQLite, where one writes at a time, looks first. What a refusal says is ``idp.domain.sessions``'.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from idp.store import audit, sessions
from idp.store.audit import Entry
from idp.store.direct import Direct, Row, Statement, Unit
from idp.store.sessions import SessionRow

# PostgreSQL gives a value one type: what is compared here is inserted as well.
_ACCOUNT = "SELECT id, identity_level FROM accounts WHERE id = CAST(:account_id AS VARCHAR) AND state = 'active'"
_SHOWN = "u.account_id = account.id AND u.state = 'active' AND u.id IN (SELECT value FROM json_each(:shown))"
_HELD = f"""WITH account AS ({_ACCOUNT} FOR SHARE),
    used AS (UPDATE authenticators u SET used_at = :now FROM account WHERE {_SHOWN} RETURNING u.id),
    good AS (SELECT identity_level FROM account WHERE (SELECT count(*) FROM used) = :number)"""
_STANDING = "SELECT identity_level, EXISTS (SELECT 1 FROM good) FROM account"

_LOOK = Statement(
    f"SELECT identity_level, (SELECT count(*) FROM authenticators u WHERE {_SHOWN}) = :number FROM ({_ACCOUNT}) account",
    postgresql=f"{_HELD} {_STANDING}",
)
_USE = Statement("UPDATE authenticators SET used_at = :now WHERE id IN (SELECT value FROM json_each(:shown))")
_LEVEL = SessionRow._fields.index("identity_level")
_SESSION = [f":{name}" for name in SessionRow._fields]
_SESSION[_LEVEL] = "identity_level"
_OPEN = Statement(
    f"""{_HELD},
    opened AS (INSERT INTO sessions ({", ".join(SessionRow._fields)}) SELECT {", ".join(_SESSION)} FROM good),
    entered AS (INSERT INTO audit_waiting ({", ".join(Entry._fields)}) SELECT :{", :".join(Entry._fields)} FROM good)
    {_STANDING}"""
)
"""PostgreSQL's only."""


class Standing(NamedTuple):
    """How it stands with what a session rests on: the level of the account's identity, None for one that is not active,
    and whether every authenticator that was shown is still there."""

    identity_level: int | None
    all_there: bool


def look(unit: Unit, account_id: str, shown: Sequence[str], now: int) -> Standing:
    """Look at account and authenticators in the transaction that writes their session, and keep both as they are until
    it ends. The use of the authenticators is noted."""
    values = _looked_for(account_id, shown, now)
    standing = _standing(unit.one(_LOOK, values))
    if unit.is_sqlite and standing.all_there and shown:
        unit.one(_USE, values)
    return standing


def open_session(way: Direct | Unit, row: SessionRow, shown: Sequence[str], entry: Entry) -> Standing:
    """Keep a session with its entry in the trail, at the level of identity that its account has now.

    :param way: a unit of work, or where no more than one authenticator was shown the database itself.
    :returns: how it stands; nothing was written unless all is there.
    """
    if not way.is_sqlite:
        values = _looked_for(row.account_id, shown, row.created_at)
        return _standing(way.one(_OPEN, {**values, **sessions.values_of(row), **audit.values_of(entry)}))
    if isinstance(way, Unit):
        return _open_within(way, row, shown, entry)
    with way.transaction() as unit:
        return _open_within(unit, row, shown, entry)


def _open_within(unit: Unit, row: SessionRow, shown: Sequence[str], entry: Entry) -> Standing:
    standing = look(unit, row.account_id, shown, row.created_at)
    if standing.identity_level is not None and standing.all_there:
        unit.one(sessions.ADD, sessions.values_of(row._replace(identity_level=standing.identity_level)))
        unit.one(audit.ADD, audit.values_of(entry))
    return standing


def _looked_for(account_id: str, shown: Sequence[str], now: int) -> dict[str, Any]:
    return {"account_id": account_id, "shown": json.dumps(shown), "number": len(shown), "now": now}


def _standing(row: Row | None) -> Standing:
    return Standing(None, all_there=False) if row is None else Standing(row[0], bool(row[1]))
