"""The status table as the validation of signed documents reads it (``StatusTableSource``): always current, never forgetting."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from keys.authority.standing import standing
from keys.store import authorities as store
from keys.validation.pkix import Certificate
from keys.validation.revocation.statement import Status
from keys.validation.revocation.status_table import Row


class StatusTable:
    """Gives ``look_up`` for the authorities of one database, in one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names = {row.certificate: row.name for row in store.every(connection)}

    def look_up(self, issuer: Certificate, serial: int) -> Row | None:
        """Give what the table says; None where the issuer is none of our authorities."""
        name = self._names.get(issuer.der)
        if name is None:
            return None
        found = standing(self._connection, name, serial)
        if found is None:
            return Row(Status.UNKNOWN)
        since = None if found.since is None else datetime.fromtimestamp(found.since, UTC)
        return Row(Status(found.status.value), since, found.reason.value if found.reason else None)
