"""Keeps every certificate that the built-in authority issued, and its status: the one table that says what is revoked.

OCSP, CRLs, sign-in and the validation of documents all read it (design, certificates). Status stands in narrow rows, the
certificate itself, which names a person, sealed in another table. Requests that wait for the worker are kept here too.
Every function takes the caller's connection and never commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    insert,
    select,
    update,
)

from keys.store.tables import metadata

GOOD, REVOKED, ON_HOLD = "good", "revoked", "on-hold"

certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(32), primary_key=True),
    Column("authority", ForeignKey("authorities.name"), nullable=False, index=True),
    Column("profile", String(32), nullable=False),
    Column("account_id", String(36), nullable=False, index=True),
    Column("key_place", String(16), nullable=False),
    Column("key_thumbprint", String(64), nullable=False, unique=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("name_lookup", String(64), nullable=False, index=True),
    Column("not_before", BigInteger, nullable=False),
    Column("not_after", BigInteger, nullable=False),
    Column("issued_at", Float, nullable=False),
    Column("status", String(16), nullable=False),
    Column("since", Float),
    Column("reason", String(32)),
)

certificate_contents = Table(
    "certificate_contents",
    metadata,
    Column("serial", ForeignKey("certificates.serial"), primary_key=True),
    Column("der_sealed", LargeBinary, nullable=False),
)

certificate_requests = Table(
    "certificate_requests",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), nullable=False, index=True),
    Column("profile", String(32), nullable=False),
    Column("key_place", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("requested_at", BigInteger, nullable=False, index=True),
    Column("serial", String(32)),
    Column("refusal", String(200)),
)


@dataclass(frozen=True)
class CertificateRow:
    """One certificate. Times are Unix seconds; ``since`` and ``reason`` unless its status is good.

    ``serial`` is 32 hexadecimal digits, ``fingerprint`` the SHA-256 of its DER and ``key_thumbprint`` of its key in hex;
    ``key_place`` is where its owner keeps the private key: ``browser`` (non-extractable) or ``file``.
    """

    serial: str
    authority: str
    profile: str
    account_id: str
    key_place: str
    key_thumbprint: str
    fingerprint: str
    name_lookup: str
    not_before: int
    not_after: int
    issued_at: float
    status: str = GOOD
    since: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RequestRow:
    """A request for a certificate: waiting while it has neither a ``serial`` nor a ``refusal``. ``content`` is PKCS #10."""

    id: str
    account_id: str
    profile: str
    key_place: str
    content: bytes
    requested_at: int
    serial: str | None = None
    refusal: str | None = None

    @property
    def waits(self) -> bool:
        """Whether the worker has not come to it yet."""
        return self.serial is None and self.refusal is None


def add(connection: Connection, row: CertificateRow, der_sealed: bytes) -> None:
    """Keep a certificate that is being issued.

    :raises sqlalchemy.exc.IntegrityError: when its key has been certified before.
    """
    connection.execute(insert(certificates).values(**row.__dict__))
    connection.execute(insert(certificate_contents).values(serial=row.serial, der_sealed=der_sealed))


def find(connection: Connection, serial: str, *, hold: bool = False) -> CertificateRow | None:
    """Give one certificate by its serial number.

    :param hold: keep others from changing it until the caller's transaction ends (PostgreSQL).
    """
    wanted = select(certificates).where(certificates.c.serial == serial)
    row = connection.execute(wanted.with_for_update() if hold else wanted).one_or_none()
    return None if row is None else CertificateRow(**row._mapping)


def is_good(connection: Connection, serial: str) -> bool:
    """Tell whether a certificate is good, and keep it so until the caller's transaction ends (PostgreSQL)."""
    wanted = select(certificates.c.status).where(certificates.c.serial == serial).with_for_update(read=True)
    return connection.execute(wanted).scalar_one_or_none() == GOOD


def by_fingerprint(connection: Connection, fingerprint: str) -> CertificateRow | None:
    """Give the certificate whose DER has that SHA-256."""
    found = _where(connection, certificates.c.fingerprint == fingerprint)
    return found[0] if found else None


def by_key(connection: Connection, thumbprint: str) -> CertificateRow | None:
    """Give the certificate of a public key."""
    found = _where(connection, certificates.c.key_thumbprint == thumbprint)
    return found[0] if found else None


def of_account(connection: Connection, account_id: str) -> Sequence[CertificateRow]:
    """Give an account's certificates, the newest first."""
    return _where(connection, certificates.c.account_id == account_id)


def by_name(connection: Connection, name_lookup: str) -> Sequence[CertificateRow]:
    """Give the certificates of subjects with that name, by its keyed hash; the newest first."""
    return _where(connection, certificates.c.name_lookup == name_lookup)


def page(
    connection: Connection, *, after: str = "", limit: int = 50, status: str | None = None
) -> Sequence[CertificateRow]:
    """Give up to ``limit`` certificates whose serial number sorts behind ``after``."""
    wanted = select(certificates).where(certificates.c.serial > after).order_by(certificates.c.serial).limit(limit)
    wanted = wanted if status is None else wanted.where(certificates.c.status == status)
    return [CertificateRow(**row._mapping) for row in connection.execute(wanted)]


def revoked(connection: Connection, authority: str, since: int) -> Sequence[CertificateRow]:
    """Give what an authority's CRL lists: revoked or on hold, and not expired before ``since`` (RFC 5280 §5.1.2.6)."""
    listed = (certificates.c.authority == authority, certificates.c.status != GOOD, certificates.c.not_after >= since)
    rows = connection.execute(select(certificates).where(*listed).order_by(certificates.c.serial))
    return [CertificateRow(**row._mapping) for row in rows]


def der_of(connection: Connection, serial: str) -> bytes | None:
    """Give a certificate's sealed DER."""
    wanted = select(certificate_contents.c.der_sealed).where(certificate_contents.c.serial == serial)
    found: bytes | None = connection.execute(wanted).scalar_one_or_none()
    return found


def change(connection: Connection, serial: str, old: Sequence[str], **values: Any) -> bool:
    """Change a certificate that is in one of the statuses ``old``; False when it is in another."""
    where = (certificates.c.serial == serial, certificates.c.status.in_(old))
    return connection.execute(update(certificates).where(*where).values(**values)).rowcount == 1


def add_request(connection: Connection, row: RequestRow) -> None:
    """Keep a request until the worker comes to it."""
    connection.execute(insert(certificate_requests).values(**row.__dict__))


def find_request(connection: Connection, request_id: str, *, hold: bool = False) -> RequestRow | None:
    """Give one request.

    :param hold: keep others from settling it until the caller's transaction ends (PostgreSQL).
    """
    wanted = select(certificate_requests).where(certificate_requests.c.id == request_id)
    row = connection.execute(wanted.with_for_update() if hold else wanted).one_or_none()
    return None if row is None else RequestRow(**row._mapping)


def requests_of(connection: Connection, account_id: str) -> Sequence[RequestRow]:
    """Give an account's requests, the newest first."""
    wanted = select(certificate_requests).where(certificate_requests.c.account_id == account_id)
    rows = connection.execute(wanted.order_by(certificate_requests.c.requested_at.desc()))
    return [RequestRow(**row._mapping) for row in rows]


def settle_request(
    connection: Connection, request_id: str, *, serial: str | None = None, refusal: str | None = None
) -> bool:
    """Note how a waiting request ended; False when it does not wait any more."""
    waits = (
        certificate_requests.c.id == request_id,
        certificate_requests.c.serial.is_(None),
        certificate_requests.c.refusal.is_(None),
    )
    statement = update(certificate_requests).where(*waits).values(serial=serial, refusal=refusal)
    return connection.execute(statement).rowcount == 1


def _where(connection: Connection, condition: ColumnElement[bool]) -> Sequence[CertificateRow]:
    rows = connection.execute(select(certificates).where(condition).order_by(certificates.c.issued_at.desc()))
    return [CertificateRow(**row._mapping) for row in rows]
