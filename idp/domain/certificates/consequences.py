"""What a revocation or suspension has brought about so far, each with its time: what the console's live page shows.

Reads only. The status table itself answers at once; the CRL and the portals follow through the outbox.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from sqlalchemy import Connection

from idp.errors import NotFound
from idp.services import Services
from idp.store import sessions as sessions_store
from idp.store.sessions import SessionClientRow, SessionRow
from idp.words import mark
from keys.store import authorities, certificates
from keys.store.certificates import GOOD, CertificateRow

State = Literal["pending", "done"]
Kind = Literal["status", "ocsp", "sign_in", "crl", "session", "tokens", "portal"]
AT_ONCE: tuple[Kind, ...] = ("status", "ocsp", "sign_in")
"""What reads the status table, and so refuses from the commit on."""


CANNOT_BE_TOLD = "cannot_be_told"
"""The trouble of a portal that registered no address for back-channel logout."""


@dataclass(frozen=True)
class Consequence:
    """One consequence. ``at`` is when it was done (Unix seconds), ``trouble`` why it is not yet, or not wholly.

    ``target`` is the serial number, the authority, the session (``sid``) or the client concerned.
    """

    kind: Kind
    target: str
    state: State
    at: float | None = None
    trouble: str = ""


def consequences(services: Services, serial: str) -> list[Consequence]:
    """Give every consequence of a certificate's revocation or suspension; none while it is good.

    :raises NotFound: when there is none of that serial number.
    """
    with services.database.read() as connection:
        row = certificates.find(connection, serial)
        if row is None:
            raise NotFound(mark("There is no certificate of this serial number."))
        return [] if row.status == GOOD else list(_of(connection, services, row))


def _of(connection: Connection, services: Services, row: CertificateRow) -> Iterator[Consequence]:
    for kind in AT_ONCE:
        yield Consequence(kind, row.serial, "done", row.since)
    yield _list(connection, row)
    for session in sessions_store.of_account(connection, row.account_id):
        if any(factor.get("serial") == row.serial for factor in session.factors):
            yield from _of_session(connection, services, session)


def _list(connection: Connection, row: CertificateRow) -> Consequence:
    newest = authorities.newest_list(connection, row.authority)
    if newest is not None and _lists(newest.content, int(row.serial, 16)):
        return Consequence("crl", row.authority, "done", newest.published_at)
    return Consequence("crl", row.authority, "pending")


def _lists(content: bytes, serial: int) -> bool:
    crl = x509.load_der_x509_crl(content)
    return crl.get_revoked_certificate_by_serial_number(serial) is not None


def _of_session(connection: Connection, services: Services, session: SessionRow) -> Iterator[Consequence]:
    if session.ended_at is None:
        yield Consequence("session", session.sid, "pending")
        return
    at = float(session.ended_at)
    yield Consequence("session", session.sid, "done", at)
    yield Consequence("tokens", session.sid, "done", at)
    for portal in sessions_store.clients_of(connection, session.sid):
        yield _of_portal(services, portal, at)


def _of_portal(services: Services, portal: SessionClientRow, ended_at: float) -> Consequence:
    client = services.clients.get(portal.client_id)
    if client is None or client.backchannel_logout_uri is None:
        # Nothing is pending there: it holds tokens that are refused already, and a session of its own that we cannot end.
        return Consequence("portal", portal.client_id, "done", ended_at, CANNOT_BE_TOLD)
    state: State = "done" if portal.told_at is not None else "pending"
    return Consequence("portal", portal.client_id, state, portal.told_at, portal.failure or "")
