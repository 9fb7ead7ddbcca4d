# ruff: noqa: S608 (only the names of columns are put together here, never a value)
"""What every request asks about a token or a cookie, each in one statement: does what it rests on still live?

Session, account, list of ended things and agreement are read from their own rows, never a cache (design §6). The tables
are their repositories' own; here is only the way of reading them that is short enough for the hot paths.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from idp.store.accounts import AccountRow, account_of
from idp.store.direct import Direct, Statement, Unit
from idp.store.sessions import SessionRow

_ACCOUNT = AccountRow._fields
_SESSION = SessionRow._fields
_FACTORS, _NEW_DEVICE = _SESSION.index("factors"), _SESSION.index("new_device")
# Each of them alone ends a token: no act has to remember all.
_IS_ENDED = """EXISTS (SELECT 1 FROM ended e WHERE (e.kind = 'sid' AND e.value = :sid)
    OR (e.kind = 'gid' AND e.value = :gid) OR (e.kind = 'jti' AND e.value = :jti))"""


def _columns(alias: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


_ACCOUNT_OF_TOKEN = Statement(
    f"""SELECT f.account_id FROM refresh_families f JOIN accounts a ON a.id = f.account_id
    WHERE f.gid = :gid AND f.ended_at IS NULL AND a.state = 'active' AND NOT {_IS_ENDED}"""
)
_GRANTED = Statement(
    f"""SELECT {_columns("a", _ACCOUNT)}, c.refused_claims, f."grant"
    FROM refresh_families f JOIN accounts a ON a.id = f.account_id
    LEFT JOIN consents c ON c.account_id = a.id AND c.client_id = :client_id
    WHERE f.gid = :gid AND f.ended_at IS NULL AND a.state = 'active' AND NOT {_IS_ENDED}"""
)
_HAS_ENDED = Statement(f"SELECT 1 WHERE {_IS_ENDED}")
_SIGNED_IN = Statement(
    f"""SELECT {_columns("s", _SESSION)}, c.scopes, c.refused_claims, c.purposes
    FROM sessions s JOIN accounts a ON a.id = s.account_id
    LEFT JOIN consents c ON c.account_id = s.account_id AND c.client_id = :client_id AND c.expires_at > :now
    WHERE s.cookie_hash = :cookie_hash AND s.ended_at IS NULL AND s.expires_at > :now AND s.seen_at >= :since
    AND a.state = 'active'"""
)


LIVE_SESSION = """FROM sessions s JOIN accounts a ON a.id = s.account_id
    WHERE s.sid = CAST(:sid AS VARCHAR) AND s.ended_at IS NULL AND s.expires_at > :now AND a.state = 'active'"""
"""The session ``s`` of an active account, while it lives."""
# An end of the session waits for a portal that is just joining it, and the other way round: neither misses the other's
# rows. SQLite's writers pass one after the other by themselves.
_SESSION_LIVES = Statement(f"SELECT 1 {LIVE_SESSION}", postgresql=f"SELECT 1 {LIVE_SESSION} FOR SHARE OF s")
_AGREEMENT = Statement(
    """SELECT scopes, refused_claims, purposes FROM consents
    WHERE account_id = :account_id AND client_id = :client_id AND expires_at > :now"""
)


class Agreed(NamedTuple):
    """What a person agreed to for a portal: scopes, the claims they left out, for which purposes.

    All three are empty without an agreement, or with one that expired.
    """

    scopes: tuple[str, ...] = ()
    refused_claims: tuple[str, ...] = ()
    purposes: str = ""


class Granted(NamedTuple):
    """Whose token it is, what they left out, and which single claims the portal asked for."""

    account: AccountRow
    refused_claims: tuple[str, ...]
    claims: Mapping[str, Any]


def account_of_token(direct: Direct, claims: Mapping[str, Any]) -> str | None:
    """Give the account behind a token that came from a sign-in, None when anything it rests on has ended."""
    row = direct.one(_ACCOUNT_OF_TOKEN, _named(claims))
    return None if row is None else str(row[0])


def granted(direct: Direct, claims: Mapping[str, Any]) -> Granted | None:
    """Give what UserInfo needs, None when anything the token rests on has ended."""
    row = direct.one(_GRANTED, _named(claims))
    if row is None:
        return None
    *account, refused, kept = row
    grant = orjson.loads(kept) if kept else {}
    # Where no agreement is left (it expired), what was refused when this was granted stays refused.
    left_out = orjson.loads(refused) if refused else grant.get("refused_claims", ())
    return Granted(account_of(account), tuple(left_out), grant.get("claims", {}))


def has_ended(direct: Direct, claims: Mapping[str, Any]) -> bool:
    """Tell whether a token that rests on no session has ended."""
    return direct.one(_HAS_ENDED, _named(claims)) is not None


def session_of_cookie(
    direct: Direct, cookie_hash: str, now: int, idle: int, client_id: str
) -> tuple[SessionRow, Agreed] | None:
    """Give the live session of an active account whose cookie has that hash, seen within ``idle`` seconds.

    :param client_id: of the portal whose agreement is given with it; may be none's.
    """
    asked = {"cookie_hash": cookie_hash, "now": now, "since": now - idle, "client_id": client_id}
    row = direct.one(_SIGNED_IN, asked)
    if row is None:
        return None
    *values, scopes, refused, purposes = row
    values[_FACTORS], values[_NEW_DEVICE] = orjson.loads(values[_FACTORS]), bool(values[_NEW_DEVICE])
    return SessionRow(*values), _agreed(scopes, refused, purposes)


def session_lives(unit: Unit, sid: str, now: int) -> bool:
    """Tell whether session and account still live, inside the transaction that begins a grant."""
    return unit.one(_SESSION_LIVES, {"sid": sid, "now": now}) is not None


def agreement(direct: Direct, account_id: str, client_id: str, now: int) -> Agreed:
    """Give what a person agreed to for a portal."""
    row = direct.one(_AGREEMENT, {"account_id": account_id, "client_id": client_id, "now": now})
    return Agreed() if row is None else _agreed(*row)


def _agreed(scopes: str | None, refused: str, purposes: str) -> Agreed:
    """Read the columns of an agreement; none are there without one."""
    if scopes is None:
        return Agreed()
    return Agreed(tuple(orjson.loads(scopes)), tuple(orjson.loads(refused)), purposes)


def _named(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: claims.get(name) for name in ("sid", "gid", "jti", "client_id")}
