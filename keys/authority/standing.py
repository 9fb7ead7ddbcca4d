"""How a certificate of ours stands: the status table read by serial number (RFC 5280 §5.3, RFC 6960 §2.2).

What the authority never issued has no standing. Read by OCSP, by sign-in and by the validation of documents alike.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from keys.authority.reasons import Reason
from keys.store import certificates as store


class Status(StrEnum):
    """The status of a certificate in the table."""

    GOOD = store.GOOD
    REVOKED = store.REVOKED
    ON_HOLD = store.ON_HOLD


@dataclass(frozen=True)
class Standing:
    """What the table says of one certificate; ``since`` (Unix seconds) and ``reason`` unless it is good."""

    status: Status
    since: float | None = None
    reason: Reason | None = None


def standing(connection: Connection, authority: str, serial: int) -> Standing | None:
    """Give how an authority's certificate stands, None where it issued none of that number."""
    row = store.find(connection, f"{serial:032x}") if 0 < serial < 1 << 128 else None
    if row is None or row.authority != authority:
        return None
    return Standing(Status(row.status), row.since, Reason(row.reason) if row.reason else None)
