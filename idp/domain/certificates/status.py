"""Revoking, suspending and releasing: one act each, with every consequence in one transaction (design, certificates).

The status table is what sign-in, OCSP and validation read, so with the commit they refuse. In the same transaction the
sessions that rest on the certificate end, their tokens and refresh families with them, the portals are told and the CRL
is made through the outbox. How far that has come is ``consequences``' affair.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from idp.domain import audit, ended, messages, outbox, sessions
from idp.domain.accounts import Actor
from idp.domain.audit import Action
from idp.domain.certificates.authorities import PUBLISH_LIST
from idp.domain.certificates.consequences import Consequence, consequences
from idp.domain.certificates.finding import clean_serial
from idp.domain.end_reasons import EndReason
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import grants as grants_store
from idp.store import sessions as sessions_store
from idp.words import mark
from keys.authority.reasons import FOR_GOOD, Reason
from keys.store import certificates as store
from keys.store.certificates import GOOD, ON_HOLD, REVOKED, CertificateRow

SESSION_REASONS: dict[str, EndReason] = {REVOKED: "certificate_revoked", ON_HOLD: "certificate_on_hold"}
"""Why a session ended, as its row keeps it; the sign-in page says it in words."""


class NotSoNow(Refusal):
    """The certificate is in another status than the act asks for; nothing was changed."""

    status_code = 409


def revoke(
    services: Services, serial: str, reason: str, *, actor: Actor, agency: str | None = None
) -> list[Consequence]:
    """Revoke a certificate for good; gives what that brings about. Revoking it again changes nothing.

    :param reason: one of ``keys.authority.reasons.FOR_GOOD``.
    :param agency: of the administrator who acts, for the trail.
    :raises NotFound: when there is none of that serial number.
    :raises Refusal: for a reason that is none.
    """
    if reason not in [each.value for each in FOR_GOOD]:
        raise Refusal(mark("This is no reason for which a certificate is revoked."), "reason")
    with services.database.write() as connection:
        row = _held(connection, serial)
        if row.status != REVOKED:
            _stop(connection, services, row, REVOKED, reason, Action.CERTIFICATE_REVOKED, actor, agency)
    return consequences(services, row.serial)


def revoke_all_of(connection: Connection, services: Services, account_id: str, reason: Reason, *, actor: Actor) -> None:
    """Revoke every certificate of an account inside a larger act, in the caller's transaction."""
    for row in store.of_account(connection, account_id):
        held = _held(connection, row.serial)
        if held.status != REVOKED:
            _stop(connection, services, held, REVOKED, reason.value, Action.CERTIFICATE_REVOKED, actor, None)


def hold_all_of(connection: Connection, services: Services, account_id: str, *, actor: Actor) -> None:
    """Suspend every good certificate of an account inside a larger act, in the caller's transaction."""
    for row in store.of_account(connection, account_id):
        held = _held(connection, row.serial)
        if held.status == GOOD:
            reason = Reason.CERTIFICATE_HOLD.value
            _stop(connection, services, held, ON_HOLD, reason, Action.CERTIFICATE_HELD, actor, None)


def hold(services: Services, serial: str, *, actor: Actor, agency: str | None = None) -> list[Consequence]:
    """Suspend a certificate until it is released or revoked; gives what that brings about.

    :raises NotFound: when there is none of that serial number.
    :raises NotSoNow: when it is revoked.
    """
    with services.database.write() as connection:
        row = _held(connection, serial)
        if row.status == REVOKED:
            raise NotSoNow(mark("The certificate is revoked for good and cannot be suspended."))
        if row.status == GOOD:
            held = Reason.CERTIFICATE_HOLD.value
            _stop(connection, services, row, ON_HOLD, held, Action.CERTIFICATE_HELD, actor, agency)
    return consequences(services, row.serial)


def release(services: Services, serial: str, *, actor: Actor, agency: str | None = None) -> CertificateRow:
    """End a suspension: the certificate is good again, what was ended stays ended.

    :raises NotFound: when there is none of that serial number.
    :raises NotSoNow: when it is not suspended.
    """
    now = services.clock()
    with services.database.write() as connection:
        row = _held(connection, serial)
        if not store.change(connection, row.serial, (ON_HOLD,), status=GOOD, since=None, reason=None):
            raise NotSoNow(mark("The certificate is not suspended."))
        accounts_store.change_authenticator_of(connection, _lookup(row), state="active")
        outbox.post(connection, PUBLISH_LIST, {"authority": row.authority}, now=now)
        _record(connection, Action.CERTIFICATE_RELEASED, row, now, actor, None, agency)
    return get_row(services, row.serial)


def get_row(services: Services, serial: str) -> CertificateRow:
    """Give a certificate that is known to be there."""
    with services.database.read() as connection:
        row = store.find(connection, serial)
    if row is None:
        raise NotFound(mark("There is no certificate of this serial number."))
    return row


def _held(connection: Connection, serial: str) -> CertificateRow:
    row = store.find(connection, clean_serial(serial), hold=True)
    if row is None:
        raise NotFound(mark("There is no certificate of this serial number."))
    return row


def _stop(
    connection: Connection,
    services: Services,
    row: CertificateRow,
    status: str,
    reason: str,
    action: Action,
    actor: Actor,
    agency: str | None,
) -> None:
    now = services.clock()
    # A revocation after a hold counts from the hold: nothing signed in between is believed (RFC 5280 §5.3.1).
    since = row.since if row.since is not None else now
    store.change(connection, row.serial, (GOOD, ON_HOLD), status=status, since=since, reason=reason)
    accounts_store.change_authenticator_of(connection, _lookup(row), state=status)
    end_what_rests_on_it(connection, services, row, SESSION_REASONS[status], actor, agency)
    outbox.post(connection, PUBLISH_LIST, {"authority": row.authority}, now=now)
    _record(connection, action, row, now, actor, reason, agency)
    account = accounts_store.find(connection, row.account_id)
    if account is not None and account.state == "active":
        messages.notify(connection, services.sealer, account, SESSION_REASONS[status], now=now)


def end_what_rests_on_it(
    connection: Connection,
    services: Services,
    row: CertificateRow,
    reason: EndReason,
    actor: Actor,
    agency: str | None = None,
) -> Sequence[str]:
    """End every session in which the certificate was used, and every family that came of one; gives the sessions."""
    now, concerned = services.clock(), []
    sessions_store.live_of_account(connection, row.account_id, int(now), hold=True)
    for session in sessions_store.of_account(connection, row.account_id):
        if not any(factor.get("serial") == row.serial for factor in session.factors):
            continue
        concerned.append(session.sid)
        sessions.end_session_within(connection, services, session.sid, reason, actor=actor, agency=agency)
        # Offline access outlives its session, but not the certificate that it was given to.
        for gid in grants_store.end_families(connection, int(now), reason, sid=session.sid):
            ended.end(connection, services.settings, "gid", gid, now)
    return concerned


def _record(
    connection: Connection,
    action: Action,
    row: CertificateRow,
    now: float,
    actor: Actor,
    reason: str | None,
    agency: str | None,
) -> None:
    what = ("certificate", row.serial)
    entry = audit.entry(action, now, actor=actor, object=what, account_id=row.account_id, agency=agency, reason=reason)
    audit.record(connection, entry)


def _lookup(row: CertificateRow) -> str:
    return f"certificate:{row.serial}"
