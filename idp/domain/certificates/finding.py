"""Finds certificates: by serial number, by whom they name, by account. The certificate itself is opened only when shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from sqlalchemy import Connection

from idp.domain.certificates.subjects import name_lookup
from idp.errors import NotFound
from idp.services import Services
from idp.words import mark
from keys.sealing import Sealer
from keys.store import certificates as store
from keys.store.certificates import CertificateRow

_NOT_HEX = re.compile(r"[\s:]")


def clean_serial(typed: str) -> str:
    """Give a serial number as it is kept, from how people write it: with colons, spaces, capitals or ``0x``."""
    return _NOT_HEX.sub("", typed).lower().removeprefix("0x").zfill(32)[:64]


def get(services: Services, serial: str) -> CertificateRow:
    """Give one certificate.

    :raises NotFound: when there is none of that serial number.
    """
    with services.database.read() as connection:
        row = store.find(connection, clean_serial(serial))
    if row is None:
        raise NotFound(mark("There is no certificate of this serial number."))
    return row


def find(
    services: Services,
    *,
    serial: str = "",
    subject: str = "",
    account_id: str = "",
    after: str = "",
    limit: int = 50,
    status: str | None = None,
) -> Sequence[CertificateRow]:
    """Give certificates by one of the three, or with none of them page by page in the order of their serial numbers.

    :param subject: the name of whoever is named, with or without marks and capitals.
    :param after: the last serial number of the page before.
    :param status: ``good``, ``revoked`` or ``on-hold``.
    """
    with services.database.read() as connection:
        if serial:
            row = store.find(connection, clean_serial(serial))
            found: Sequence[CertificateRow] = [] if row is None else [row]
        elif subject:
            found = store.by_name(connection, name_lookup(services.sealer, subject))
        elif account_id:
            found = store.of_account(connection, account_id)
        else:
            return store.page(connection, after=after, limit=limit, status=status)
    return [row for row in found if status in (None, row.status)][:limit]


@dataclass(frozen=True)
class Opened:
    """A certificate in the clear, which names a person: keep it out of logs and audit."""

    der: bytes
    certificate: x509.Certificate

    @property
    def subject(self) -> str:
        """Whom it names, most particular first (RFC 4514)."""
        return self.certificate.subject.rfc4514_string()


def opened(connection: Connection, sealer: Sealer, serial: str) -> Opened:
    """Give a certificate itself.

    :raises NotFound: when there is none of that serial number.
    """
    sealed = store.der_of(connection, serial)
    if sealed is None:
        raise NotFound(mark("There is no certificate of this serial number."))
    der = sealer.open(sealed, f"certificate {serial}")
    return Opened(der, x509.load_der_x509_certificate(der))
