# ruff: noqa: S608 (only the names of columns are put together here, never a value)
"""Keeps what was granted: refresh families (one row each, however often they rotate), and the list of what has ended,
which resource servers follow.

Rotation is one statement that succeeds for the current token alone: a replay can never win a race (RFC 9700 §4.14.2).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    select,
    update,
)

from idp.store import bounded
from idp.store.database import insert_into, metadata
from idp.store.direct import Direct, Row, Statement, Unit

refresh_families = Table(
    "refresh_families",
    metadata,
    Column("gid", String(36), primary_key=True),
    Column("handle_hash", String(64), nullable=False, unique=True),
    Column("current_hash", String(64), nullable=False),
    Column("previous_hash", String(64)),
    Column("generation", Integer, nullable=False),
    Column("account_id", String(36), nullable=False, index=True),
    Column("client_id", String(64), nullable=False),
    Column("sid", String(36), nullable=False, index=True),
    Column("bound_to_session", Integer, nullable=False),
    Column("grant", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("rotated_at", BigInteger, nullable=False),
    Column("idle_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("ended_at", BigInteger),
    Column("end_reason", String(32)),
    # A rotation changes no indexed column: where its page has room for the new row, no index is written (PostgreSQL, HOT).
    postgresql_with={"fillfactor": 85},
)
# Few families have ended: an index on all would cost each that begins a write for the clean-up's sake.
_HAS_END = refresh_families.c.ended_at.is_not(None)
Index("ix_refresh_families_ended_at", refresh_families.c.ended_at, sqlite_where=_HAS_END, postgresql_where=_HAS_END)

ended = Table(
    "ended",
    metadata,
    Column("kind", String(4), primary_key=True),
    Column("value", String(64), primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("until", BigInteger, nullable=False, index=True),
)


ENDED_KEPT = 86400
"""Seconds that an ended family is kept, so that a late reuse is still recognised."""

bounded.rows_end(
    refresh_families,
    bounded.Ending(refresh_families.c.expires_at),
    bounded.Ending(refresh_families.c.ended_at, ENDED_KEPT),
    # Not by idle_at: an index on what every rotation changes would cost each refresh more than the rows do.
    reason="a family goes when it expired, or a day after it ended",
)
bounded.rows_end(ended, bounded.Ending(ended.c.until), reason="an entry goes when the last token concerned has died")


class FamilyRow(NamedTuple):
    """One refresh family. ``grant`` is what was granted at its beginning; hashes are SHA-256 in hex.

    ``session_lives`` is no column: whether the session that began it still lived when it was rotated.
    """

    gid: str
    handle_hash: str
    current_hash: str
    generation: int
    account_id: str
    client_id: str
    sid: str
    bound_to_session: int
    grant: dict[str, Any]
    created_at: int
    rotated_at: int
    idle_at: int
    expires_at: int
    previous_hash: str | None = None
    ended_at: int | None = None
    end_reason: str | None = None
    session_lives: bool = True


FAMILY_NAMES = tuple(name for name in FamilyRow._fields if name != "session_lives")
_GRANT = FAMILY_NAMES.index("grant")
FAMILY = ", ".join(f'"{name}"' for name in FAMILY_NAMES)
"""The columns of a family, in the order of its fields."""

_ADD = Statement(f"INSERT INTO refresh_families ({FAMILY}) VALUES ({', '.join(f':{name}' for name in FAMILY_NAMES)})")


def add_family(unit: Unit, row: FamilyRow) -> None:
    """Begin a family."""
    unit.one(_ADD, values_of(row))


# Not EXISTS: PostgreSQL may answer that by reading every live session into a hash.
_SESSION_LIVES = """(SELECT 1 FROM sessions s
    WHERE s.sid = refresh_families.sid AND s.ended_at IS NULL AND s.expires_at > :now) IS NOT NULL"""
_ROTATE = Statement(
    f"""
    UPDATE refresh_families
       SET previous_hash = current_hash, current_hash = :new, generation = generation + 1,
           rotated_at = :now, idle_at = :idle_at
     WHERE handle_hash = :handle AND current_hash = :old AND client_id = :client_id
       AND ended_at IS NULL AND expires_at > :now AND idle_at > :now
       AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.state = 'active')
       AND (bound_to_session = 0 OR {_SESSION_LIVES})
    RETURNING {FAMILY}, {_SESSION_LIVES}
    """
)


def rotate(unit: Unit | Direct, **values: Any) -> FamilyRow | None:
    """Put a new token in the place of the current one; None when the one presented is not current or may not go on.

    :param values: ``handle``, ``old``, ``new`` (hashes), ``client_id``, ``now``, ``idle_at``.
    """
    return _family_row(unit.one(_ROTATE, values))


_RESUME = Statement(
    f"""
    UPDATE refresh_families SET current_hash = :new, generation = generation + 1
     WHERE handle_hash = :handle AND previous_hash = :old AND client_id = :client_id
       AND ended_at IS NULL AND expires_at > :now AND rotated_at > :since
       AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.state = 'active')
       AND (bound_to_session = 0 OR {_SESSION_LIVES})
    RETURNING {FAMILY}, {_SESSION_LIVES}
    """
)


def resume(unit: Unit | Direct, **values: Any) -> FamilyRow | None:
    """Replace a successor that was never used, for a client that lost it; None outside the grace.

    A successor that was used has moved ``previous_hash`` on, so it is never replaced. The grace counts from the one
    rotation: ``rotated_at`` stays as it was.

    :param values: ``handle``, ``old``, ``new`` (hashes), ``client_id``, ``now``, ``since``.
    """
    return _family_row(unit.one(_RESUME, values))


def family_by_handle(connection: Connection, handle_hash: str) -> FamilyRow | None:
    """Give the family whose handle has that hash, ended or not."""
    row = connection.execute(
        select(refresh_families).where(refresh_families.c.handle_hash == handle_hash)
    ).one_or_none()
    return None if row is None else _family(row._mapping)


def find_family(connection: Connection, gid: str) -> FamilyRow | None:
    """Give one family, ended or not."""
    row = connection.execute(select(refresh_families).where(refresh_families.c.gid == gid)).one_or_none()
    return None if row is None else _family(row._mapping)


def end_families(connection: Connection, now: int, reason: str, **where: str | int) -> Sequence[str]:
    """End the families with those column values (``gid``, ``sid``, ``account_id``, ``client_id``); gives their ids."""
    conditions = [refresh_families.c[name] == value for name, value in where.items()]
    change = update(refresh_families).where(*conditions, refresh_families.c.ended_at.is_(None))
    rows = connection.execute(change.values(ended_at=now, end_reason=reason).returning(refresh_families.c.gid))
    return [row.gid for row in rows]


def live_families(connection: Connection, now: int, **where: str) -> Sequence[FamilyRow]:
    """Give the families with those column values that can still be refreshed."""
    conditions = [refresh_families.c[name] == value for name, value in where.items()]
    live = (refresh_families.c.ended_at.is_(None), refresh_families.c.expires_at > now)
    rows = connection.execute(select(refresh_families).where(*conditions, *live))
    return [_family(row._mapping) for row in rows]


def add_ended(connection: Connection, kind: str, value: str, at: float, until: int) -> None:
    """Put a session (``sid``), grant (``gid``) or token (``jti``) on the list until every token concerned has died."""
    row = {"kind": kind, "value": value, "at": at, "until": until}
    # Two at once may end the same: the second finds it done.
    connection.execute(insert_into(connection, ended).values(row).on_conflict_do_nothing())


def ended_since(connection: Connection, since: float) -> Sequence[tuple[str, str, float]]:
    """Give what was put on the list at or after ``since``, in that order, as (kind, value, at)."""
    wanted = select(ended.c.kind, ended.c.value, ended.c.at).where(ended.c.at >= since).order_by(ended.c.at)
    return [(row.kind, row.value, row.at) for row in connection.execute(wanted)]


def _family_row(row: Row | None) -> FamilyRow | None:
    """Read the row of a rotation: the family's columns, and whether its session lives."""
    if row is None:
        return None
    values = list(row)
    values[_GRANT], values[-1] = orjson.loads(values[_GRANT]), bool(values[-1])
    return FamilyRow(*values)


def values_of(row: FamilyRow) -> dict[str, Any]:
    """Give a family's columns as they are kept."""
    return dict(zip(FAMILY_NAMES, row, strict=False)) | {"grant": orjson.dumps(row.grant).decode()}


def _family(mapping: Any) -> FamilyRow:
    return FamilyRow(**{**mapping, "grant": orjson.loads(mapping["grant"])})
