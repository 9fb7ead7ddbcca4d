"""Certificates as administrators find, suspend and revoke them, those of accounts within their reach alone.

The acts and their consequences are ``idp.domain.certificates``'; here is who may do them and what is shown beforehand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection

from idp.domain import certificates
from idp.domain.administration import people
from idp.domain.administration.administrator import Administrator
from idp.domain.administration.people import log_look
from idp.domain.certificates import CertificateRow, Consequence
from idp.errors import NotFound
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import sessions as sessions_store
from idp.words import mark
from keys.authority.reasons import FOR_GOOD

By = Literal["serial", "subject", "account"]
REASONS = tuple(reason.value for reason in FOR_GOOD)
"""Why a certificate is revoked, by the words of RFC 5280 §5.3.1."""
MOST = 100


@dataclass(frozen=True)
class Certified:
    """A certificate and whom it names; the number in it stays closed."""

    row: CertificateRow
    name: str
    organisation: str
    agency: str | None


@dataclass(frozen=True)
class Resting:
    """What a revocation would end: how many sessions were opened with the certificate, and the portals that they entered."""

    sessions: int
    client_ids: tuple[str, ...]


def search(services: Services, by: Administrator, what: By, value: str) -> list[Certified]:
    """Give the certificates that fit and that the administrator reaches, the newest first; each owner's log has an entry."""
    wanted = {"serial": "serial", "subject": "subject", "account": "account_id"}[what]
    rows = certificates.find(services, **{wanted: value, "limit": MOST})  # type: ignore[arg-type]
    with services.database.write() as connection:
        found = [each for row in rows if (each := _opened(connection, services, by, row)) is not None]
        log_look(connection, services, by, {each.row.account_id for each in found}, "certificate")
    return found


def show(services: Services, by: Administrator, serial: str) -> tuple[Certified, Resting]:
    """Give one certificate, and what rests on it now.

    :raises NotFound: when there is none within reach.
    """
    row = certificates.get(services, serial)
    with services.database.write() as connection:
        found = _opened(connection, services, by, row)
        if found is None:
            raise _none()
        log_look(connection, services, by, {row.account_id}, "certificate")
        return found, _resting(connection, services, row)


def consequences(services: Services, by: Administrator, serial: str) -> Sequence[Consequence]:
    """Give how far a revocation or suspension has come.

    :raises NotFound: when there is none within reach.
    """
    row = _reached(services, by, serial)
    return certificates.consequences(services, row.serial)


def revoke(services: Services, by: Administrator, serial: str, reason: str) -> Sequence[Consequence]:
    """Revoke a certificate for good, with everything that follows; again changes nothing.

    :param reason: one of ``REASONS``.
    :raises NotFound: when there is none within reach.
    """
    row = _reached(services, by, serial)
    return certificates.revoke(services, row.serial, reason, actor=by.actor, agency=by.agency)


def hold(services: Services, by: Administrator, serial: str) -> Sequence[Consequence]:
    """Suspend a certificate until it is released or revoked; again changes nothing.

    :raises NotFound: when there is none within reach.
    :raises idp.errors.Refusal: when it is revoked.
    """
    row = _reached(services, by, serial)
    return certificates.hold(services, row.serial, actor=by.actor, agency=by.agency)


def release(services: Services, by: Administrator, serial: str) -> CertificateRow:
    """End a suspension.

    :raises NotFound: when there is none within reach.
    :raises idp.errors.Refusal: when it is not suspended.
    """
    row = _reached(services, by, serial)
    return certificates.release(services, row.serial, actor=by.actor, agency=by.agency)


def _reached(services: Services, by: Administrator, serial: str) -> CertificateRow:
    row = certificates.get(services, serial)
    with services.database.read() as connection:
        people.reached(connection, by, row.account_id)
    return row


def _opened(connection: Connection, services: Services, by: Administrator, row: CertificateRow) -> Certified | None:
    account = accounts_store.find(connection, row.account_id)
    if account is None or not by.reaches(account.agency):
        return None
    subject = certificates.opened(connection, services.sealer, row.serial).certificate.subject
    return Certified(
        row, _value(subject, NameOID.COMMON_NAME), _value(subject, NameOID.ORGANIZATION_NAME), account.agency
    )


def _value(subject: x509.Name, attribute: x509.ObjectIdentifier) -> str:
    found = subject.get_attributes_for_oid(attribute)
    return str(found[0].value) if found else ""


def _resting(connection: Connection, services: Services, row: CertificateRow) -> Resting:
    rows = sessions_store.live_of_account(connection, row.account_id, services.now())
    opened = [each for each in rows if any(factor.get("serial") == row.serial for factor in each.factors)]
    portals = [portal for each in opened for portal in sessions_store.clients_of(connection, each.sid)]
    return Resting(len(opened), tuple(sorted({portal.client_id for portal in portals if portal.ended_at is None})))


def _none() -> NotFound:
    return NotFound(mark("There is no certificate of this serial number."))
