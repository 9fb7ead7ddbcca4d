"""Our own authorities in the judgement of documents: trusted in their hierarchies, their status table always current."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idp.clock import Clock
from idp.errors import StoreUnavailable
from idp.store.database import Database

if TYPE_CHECKING:
    from keys.validation.revocation import Question, Statement
    from keys.validation.trust import TrustStore


class OwnAuthorities:
    """The built-in authorities of one database; empty where no ceremony was held."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def trust(self) -> "TrustStore":
        """Give our roots as anchors of their hierarchies, and what they certified as intermediates."""
        from keys.store import authorities
        from keys.validation.pkix import load
        from keys.validation.trust import Anchor, TrustStore

        with self._database.read() as connection:
            rows = authorities.every(connection)
        roots = tuple(Anchor(load(row.certificate), row.hierarchy) for row in rows if row.issuer is None)
        return TrustStore(roots, tuple(load(row.certificate) for row in rows if row.issuer is not None))

    def statements(self, question: "Question") -> "Iterable[Statement]":
        """The one statement that our table makes of a certificate of ours; none while the database is away."""
        from keys.authority.status_table import StatusTable
        from keys.validation.revocation import StatusTableSource

        try:
            with self._database.read() as connection:
                table = StatusTable(connection)
                now = datetime.fromtimestamp(self._clock(), UTC)
                return list(StatusTableSource(table.look_up, now).statements(question))
        except StoreUnavailable:
            return ()


def accounts_of(database: Database, fingerprints: Iterable[str]) -> Mapping[str, str]:
    """Give, for those certificates (SHA-256, hex) that we issued, the accounts they belong to."""
    from keys.store import certificates

    found = {}
    with database.read() as connection:
        for fingerprint in fingerprints:
            row = certificates.by_fingerprint(connection, fingerprint)
            if row is not None:
                found[fingerprint] = row.account_id
    return found
