# ruff: noqa: S608 (only the names of columns are put together here, never a value)
"""What redeeming a code does to the database, as one act that all its rules guard: the grant begins, the portal joins.

The key of the family is the grant's identifier, so the row is the code's one use: a second redemption finds it there, and
waits for one that is not committed yet (RFC 6749 §4.1.2). PostgreSQL does it all in one statement, SQLite in two.
"""

import orjson

from idp.store import live
from idp.store.direct import Direct, Statement
from idp.store.grants import FAMILY, FAMILY_NAMES, FamilyRow, values_of
from idp.store.sessions import JOIN_AGAIN, JOIN_INTO, SessionClientRow

# PostgreSQL gives a value one type: what is compared here is inserted as well.
# Of a portal that was sent away while its code was on the way, purposes say so (``idp.domain.consents``).
_AGREED = """(CASE WHEN :asks = 0 THEN NOT EXISTS (SELECT 1 FROM consents c
    WHERE c.account_id = CAST(:account_id AS VARCHAR) AND c.client_id = CAST(:client_id AS VARCHAR)
    AND c.expires_at > :now AND c.purposes = 'withdrawn') ELSE EXISTS (SELECT 1 FROM consents c
    WHERE c.account_id = CAST(:account_id AS VARCHAR) AND c.client_id = CAST(:client_id AS VARCHAR) AND c.expires_at > :now
    AND c.purposes = :purposes
    AND NOT EXISTS (SELECT value FROM json_each(:scopes) EXCEPT SELECT value FROM json_each(c.scopes))) END)"""
"""``idp.domain.consents`` says the same of a whole request; a test compares the two over any agreement and any request."""
_BEGIN_SQLITE = f"""INSERT INTO refresh_families ({FAMILY}) SELECT {", ".join(f":{name}" for name in FAMILY_NAMES)}
    {live.LIVE_SESSION} AND {_AGREED}"""
_ONCE = "ON CONFLICT (gid) DO NOTHING RETURNING gid"
_JOIN = f"{JOIN_INTO} VALUES (:sid, :client_id, :sub, :since) {JOIN_AGAIN}"

_JOIN_PORTAL = Statement(_JOIN)
_BEGIN = Statement(
    f"{_BEGIN_SQLITE} {_ONCE}",
    # The session's row is held, so that its end waits for the grant that is begun, and the other way round.
    postgresql=f"""WITH begun AS ({_BEGIN_SQLITE} FOR SHARE OF s {_ONCE}),
    joined AS ({JOIN_INTO} SELECT :sid, :client_id, :sub, :since FROM begun {JOIN_AGAIN})
    SELECT gid FROM begun""",
)


def begin(direct: Direct, family: FamilyRow, portal: SessionClientRow, *, purposes: str | None) -> bool:
    """Begin a family and note the portal in the session.

    :param purposes: the hash of those for which the person must have agreed to every scope of the grant; None where it
        rests on no agreement.
    :returns: False, and nothing was written, when session, account or agreement is over or the grant has begun before.
    """
    values = {
        **values_of(family),
        "sub": portal.sub,
        "since": portal.since,
        "now": family.created_at,
        "asks": int(purposes is not None),
        "scopes": orjson.dumps(family.grant["scopes"]).decode(),
        "purposes": purposes or "",
    }
    if not direct.is_sqlite:
        return direct.one(_BEGIN, values) is not None
    with direct.transaction() as unit:
        begun = unit.one(_BEGIN, values) is not None
        if begun:
            unit.one(_JOIN_PORTAL, values)
    return begun
