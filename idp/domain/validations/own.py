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
        """The one statement that our table makes of a certificate of ours; none while the database is away.

        An authority of ours that stands among our authorities is good: it is withdrawn by taking it out of them.
        """
        from keys.authority.status_table import StatusTable
        from keys.store import authorities
        from keys.validation.revocation import Row, Status, StatusTableSource

        now = datetime.fromtimestamp(self._clock(), UTC)
        try:
            with self._database.read() as connection:
                standing = {row.certificate for row in authorities.every(connection) if row.issuer is not None}
                table = StatusTable(connection)
                asked = question.certificate.der in standing
                look_up = (lambda _issuer, _serial: Row(Status.GOOD)) if asked else table.look_up
                return list(StatusTableSource(look_up, now).statements(question))
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
