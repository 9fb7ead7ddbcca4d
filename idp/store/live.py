# ruff: noqa: S608 (only the names of columns are put together here, never a value)
"""What every request asks about a token or a cookie, each in one statement: does what it rests on still live?

Session, account, list of ended things and agreement are read from their own rows, never a cache (design §6). The tables
are their repositories' own; here is only the way of reading them that is short enough for the hot paths.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from idp.store.accounts import AccountRow, account_of
from idp.store.direct import Direct, Statement, Unit
from idp.store.sessions import SessionRow

_ACCOUNT = AccountRow._fields
_SESSION = SessionRow._fields
_FACTORS, _NEW_DEVICE = _SESSION.index("factors"), _SESSION.index("new_device")
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
    f"""SELECT {_columns("s", _SESSION)} FROM sessions s JOIN accounts a ON a.id = s.account_id
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
    "SELECT scopes, refused_claims, purposes, expires_at FROM consents WHERE account_id = :account_id AND client_id = :client_id"
)


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
    row = direct.one(_GRANTED, {**_named(claims), "client_id": claims["client_id"]})
    if row is None:
        return None
    *account, refused, kept = row
    grant = json.loads(kept) if kept else {}
    # Where no agreement is left (it expired), what was refused when this was granted stays refused.
    left_out = json.loads(refused) if refused else grant.get("refused_claims", ())
    return Granted(account_of(account), tuple(left_out), grant.get("claims", {}))


def has_ended(direct: Direct, claims: Mapping[str, Any]) -> bool:
    """Tell whether a token that rests on no session has ended."""
    return direct.one(_HAS_ENDED, _named(claims)) is not None


def session_of_cookie(direct: Direct, cookie_hash: str, now: int, idle: int) -> SessionRow | None:
    """Give the live session of an active account whose cookie has that hash, seen within ``idle`` seconds."""
    row = direct.one(_SIGNED_IN, {"cookie_hash": cookie_hash, "now": now, "since": now - idle})
    if row is None:
        return None
    values = list(row)
    values[_FACTORS], values[_NEW_DEVICE] = json.loads(values[_FACTORS]), bool(values[_NEW_DEVICE])
    return SessionRow(*values)


def session_lives(unit: Unit, sid: str, now: int) -> bool:
    """Tell whether session and account still live, inside the transaction that begins a grant."""
    return unit.one(_SESSION_LIVES, {"sid": sid, "now": now}) is not None


def agreement(
    direct: Direct, account_id: str, client_id: str, now: int
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Give the scopes that a person agreed to for a portal, the claims they left out, and for which purposes.

    All three are empty without an agreement, or with one that expired.
    """
    row = direct.one(_AGREEMENT, {"account_id": account_id, "client_id": client_id})
    if row is None or row[3] <= now:
        return (), (), ""
    return tuple(json.loads(row[0])), tuple(json.loads(row[1])), str(row[2])


def _named(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: claims.get(name) for name in ("sid", "gid", "jti")}
