"""Keeps what certificate authorities publish of revocation, as far as documents asked for it, and which hosts are resting.

One row for each question (an address, or an address and an OCSP request); the bytes are what was fetched last. Which
question is asked when is decided in ``idp.domain.validations.look_ups``.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Float, LargeBinary, String, Table, func, select, update

from idp.store import bounded
from idp.store.database import insert_into, metadata

KEPT = 7 * 86400
"""Seconds after the last document that asked."""
MOST = 20_000
"""Rows at most: beyond them nothing new is looked up until old ones have gone."""

revocation_data = Table(
    "revocation_data",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("kind", String(4), nullable=False),
    Column("address", String(500), nullable=False),
    Column("request", LargeBinary),
    Column("content", LargeBinary),
    Column("digest", String(64)),
    Column("fetched_at", Float(53)),
    Column("asked_at", Float(53), nullable=False, index=True),
)
bounded.rows_end(
    revocation_data,
    bounded.Ending(revocation_data.c.asked_at, KEPT),
    reason="a list or answer goes a week after the last document that asked for it; there are 20,000 at most",
)

revocation_hosts = Table(
    "revocation_hosts",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("rests_until", Float(53), nullable=False, index=True),
)
bounded.rows_end(
    revocation_hosts,
    bounded.Ending(revocation_hosts.c.rests_until, 86400),
    reason="a host is remembered for a day after it last failed",
)


@dataclass(frozen=True)
class Row:
    """One question with what was last fetched for it; times are Unix seconds, ``digest`` SHA-256 in hex."""

    key: str
    kind: str
    address: str
    request: bytes | None
    asked_at: float
    content: bytes | None = None
    digest: str | None = None
    fetched_at: float | None = None


def ask(connection: Connection, row: Row) -> bool:
    """Keep a question, or note that it was asked again; False where there is no room for another."""
    again = update(revocation_data).where(revocation_data.c.key == row.key).values(asked_at=row.asked_at)
    if connection.execute(again).rowcount:
        return True
    if connection.execute(select(func.count()).select_from(revocation_data)).scalar_one() >= MOST:
        return False
    connection.execute(insert_into(connection, revocation_data).values(**row.__dict__).on_conflict_do_nothing())
    return True


def find(connection: Connection, key: str) -> Row | None:
    """Give one question with its answer."""
    found = connection.execute(select(revocation_data).where(revocation_data.c.key == key)).one_or_none()
    return None if found is None else Row(**found._mapping)


def digests(connection: Connection, keys: list[str]) -> dict[str, str]:
    """Give, for those of ``keys`` that have an answer, its digest."""
    known = (revocation_data.c.key, revocation_data.c.digest)
    wanted = select(*known).where(revocation_data.c.key.in_(keys), revocation_data.c.digest.is_not(None))
    return {row.key: row.digest for row in connection.execute(wanted)}


def content_of(connection: Connection, key: str) -> bytes | None:
    """Give the answer to one question."""
    wanted = select(revocation_data.c.content).where(revocation_data.c.key == key)
    found: bytes | None = connection.execute(wanted).scalar_one_or_none()
    return found


def keep(connection: Connection, key: str, content: bytes, digest: str, now: float) -> None:
    """Keep what was fetched."""
    values = {"content": content, "digest": digest, "fetched_at": now}
    connection.execute(update(revocation_data).where(revocation_data.c.key == key).values(**values))


def rests_until(connection: Connection, host: str) -> float:
    """Give until when a host is left alone; 0 for one that answers."""
    wanted = select(revocation_hosts.c.rests_until).where(revocation_hosts.c.host == host)
    return float(connection.execute(wanted).scalar_one_or_none() or 0.0)


def failed(connection: Connection, host: str, now: float, after: int, shortest: float, longest: float) -> None:
    """Count a host's failure; from the ``after``-th in a row on it rests, twice as long each time."""
    hosts = revocation_hosts
    known = connection.execute(select(hosts.c.failures).where(hosts.c.host == host)).scalar_one_or_none() or 0
    failures = known + 1
    rest = min(shortest * 2 ** min(failures - after, 20), longest) if failures >= after else 0.0
    values = {"failures": failures, "rests_until": now + rest}
    adding = insert_into(connection, hosts).values(host=host, **values)
    connection.execute(adding.on_conflict_do_update(index_elements=["host"], set_=values))


def answered(connection: Connection, host: str) -> None:
    """Forget a host's failures."""
    connection.execute(revocation_hosts.delete().where(revocation_hosts.c.host == host))
