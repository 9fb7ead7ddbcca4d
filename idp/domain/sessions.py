"""Single sign-on sessions: opened by a sign-in, strengthened by a step-up, read from their own row, ended with consequences.

The cookie is a random name, kept as a hash and renewed whenever what the session may do grows (session fixation).
Ending a session ends the grants bound to it, puts it on the list of what has ended and tells its portals through the
outbox, all in one transaction. No protocol is known here; logout tokens are made by ``idp.protocol``.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection

from idp.domain import audit, ended, messages, outbox
from idp.domain.assurance import (
    Assurance,
    Factor,
    here_only,
    methods,
    only_recovers,
    reached,
    session_limit,
    strength_of,
)
from idp.domain.audit import Action
from idp.domain.end_reasons import EndReason
from idp.errors import Refusal
from idp.identifiers import in_order_of_time
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import grants as grants_store
from idp.store import live, opening
from idp.store import sessions as store
from idp.store.direct import Direct, Unit, within
from idp.store.live import Agreed
from idp.store.opening import Standing
from idp.store.sessions import SessionClientRow, SessionRow
from idp.words import mark
from keys.store import certificates

COOKIE_BYTES = 32
SEEN_EVERY = 60
"""Seconds between two writes of when a session was last seen."""
TELL_PORTAL = "back_channel_logout"
"""The outbox kind of a portal to be told that a session ended."""


class CertificateStopped(Refusal):
    """A certificate was revoked or suspended while somebody signed in with it."""

    status_code = 403


class NoLongerGood(Refusal):
    """The account was stopped, or what was shown was taken from it, while somebody signed in."""

    status_code = 403


@dataclass(frozen=True)
class Session:
    """A live session."""

    row: SessionRow
    agreed: tuple[str, Agreed] | None = None
    """What its person agreed to for one portal, and that portal's identifier, where both were read together."""

    @property
    def sid(self) -> str:
        """Its identifier, which portals know (``sid``)."""
        return self.row.sid

    @property
    def account_id(self) -> str:
        """Whose it is."""
        return self.row.account_id

    @property
    def auth_time(self) -> int:
        """When the person last proved who they are, Unix seconds."""
        return self.row.auth_time

    @property
    def assurance(self) -> Assurance:
        """What it has reached on both axes."""
        return reached(self.row.identity_level, self.row.factors)

    def since(self, moment: float) -> "Session":
        """Give the session as if only the factors used at or after ``moment`` (Unix seconds) counted."""
        factors = [each for each in self.row.factors if each["at"] >= moment]
        return replace(self, row=self.row._replace(factors=factors))

    def here_only(self) -> "Session":
        """Give the session as if only what was used in its own browser counted (``assurance.here_only``), its time too."""
        factors = [dict(each) for each in here_only(self.row.factors)]
        moment = max((int(each["at"]) for each in factors), default=0)
        return replace(self, row=self.row._replace(factors=factors, auth_time=moment))

    def agreed_with(self, client_id: str) -> Agreed | None:
        """Give what its person agreed to for a portal, None where that was not read with it."""
        return self.agreed[1] if self.agreed is not None and self.agreed[0] == client_id else None

    @property
    def amr(self) -> list[str]:
        """The methods used (RFC 8176)."""
        return methods(self.row.factors)


def hash_cookie(cookie: str) -> str:
    """Give the hash under which a session's cookie is kept."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def open_session(
    services: Services,
    account_id: str,
    factors: Sequence[Factor],
    *,
    device: str = "",
    place: str = "",
    known: bool = True,
) -> tuple[Session, str]:
    """Open a session after a sign-in; gives it and the cookie's value.

    :param known: whether this browser signed in to the account before; of a new one the owner is told.
    :raises CertificateStopped: when a certificate was stopped meanwhile.
    :raises NoLongerGood: when the account, or what was shown, was stopped meanwhile.
    """
    now, cookie = services.now(), secrets.token_urlsafe(COOKIE_BYTES)
    row = SessionRow(
        sid=in_order_of_time(now),
        cookie_hash=hash_cookie(cookie),
        account_id=account_id,
        created_at=now,
        auth_time=now,
        seen_at=now,
        expires_at=now + _limit(services, "lifetime", factors),
        identity_level=0,
        factors=[dict(factor) for factor in factors],
        device=device[:200],
        place=place[:64],
        new_device=not known,
    )
    shown, serials = _used(factors, "authenticator"), _used(factors, "serial")
    if known and len(shown) <= 1 and not serials:
        return _open(services, services.database.durable, row, shown), cookie
    with services.database.write() as connection:
        session = _open(services, within(connection), row, shown)
        _certificates_still_good(connection, serials)
        if not known:
            account = accounts_store.find(connection, account_id)
            assert account is not None
            messages.announce(connection, services.sealer, account, "new_device", now=services.clock())
    return session, cookie


def _open(services: Services, way: Direct | Unit, row: SessionRow, shown: Sequence[str]) -> Session:
    entry = _entry(Action.SIGNED_IN, row, services.clock())
    level = _still_good(opening.open_session(way, row, shown, entry))
    return Session(row._replace(identity_level=level))


def read_session(services: Services, cookie: str | None, client_id: str = "") -> Session | None:
    """Give the live session that a cookie names, read from its own row, or None.

    :param client_id: of a portal that asks, so that what was agreed for it is read with the session.
    """
    if not cookie:
        return None
    now, idle = services.now(), services.settings.session_idle
    found = live.session_of_cookie(services.direct, hash_cookie(cookie), now, idle, client_id)
    if found is None or is_idle(services, found[0]):
        return None
    row, agreed = found
    if now - row.seen_at >= SEEN_EVERY:
        with services.database.write() as connection:
            store.change(connection, row.sid, seen_at=now)
    return Session(row, (client_id, agreed))


def is_idle(services: Services, row: SessionRow) -> bool:
    """Tell whether nobody has come with a session for longer than its strength allows."""
    return services.now() - row.seen_at > _limit(services, "idle", row.factors)


def _limit(services: Services, limit: Literal["idle", "lifetime"], factors: Sequence[Factor]) -> int:
    setting = services.settings.session_idle if limit == "idle" else services.settings.session_lifetime
    return session_limit(strength_of(factors), limit, setting)


def ended_session(services: Services, cookie: str | None) -> SessionRow | None:
    """Give the session that a cookie named until somebody ended it, for as long as its row is kept; None for none."""
    if not cookie:
        return None
    with services.database.read() as connection:
        row = store.by_cookie(connection, hash_cookie(cookie))
    return row if row is not None and row.ended_at is not None else None


def strengthen(services: Services, session: Session, factors: Sequence[Factor]) -> tuple[Session, str]:
    """Add freshly used factors to a session; gives it and its new cookie. A factor used again replaces its older use.

    The identity level is read anew, so that a proofing since the sign-in counts.

    :raises CertificateStopped: when a certificate was stopped meanwhile.
    :raises NoLongerGood: when the account, or what was shown, was stopped meanwhile.
    """
    now, cookie = services.now(), secrets.token_urlsafe(COOKIE_BYTES)
    fresh = {_name_of(factor) for factor in factors}
    kept = [factor for factor in session.row.factors if _name_of(factor) not in fresh]
    whole = [*kept, *(dict(factor) for factor in factors)]
    with services.database.write() as connection:
        standing = opening.look(within(connection), session.account_id, _used(factors, "authenticator"), now)
        level = _still_good(standing)
        _certificates_still_good(connection, _used(factors, "serial"))
        values = {
            "cookie_hash": hash_cookie(cookie),
            "auth_time": session.auth_time if only_recovers(factors) else now,
            "seen_at": now,
            "factors": whole,
            "expires_at": min(session.row.expires_at, session.row.created_at + _limit(services, "lifetime", whole)),
            "identity_level": level,
        }
        store.change(connection, session.sid, **values)
        _record(connection, Action.STEPPED_UP, session.row, services.clock())
        row = store.by_sid(connection, session.sid)
    return Session(row or session.row), cookie


def _name_of(factor: Factor) -> tuple[str, str]:
    """Tell uses apart: another certificate is another factor, and revoking either ends the session."""
    return factor["kind"], factor.get("serial", "")


def renew(services: Services, session: Session) -> str:
    """Give a session a new cookie and nothing else, once its owner changed what it rests on: a copy of the old is void."""
    cookie = secrets.token_urlsafe(COOKIE_BYTES)
    with services.database.write() as connection:
        store.change(connection, session.sid, cookie_hash=hash_cookie(cookie))
    return cookie


def _used(factors: Sequence[Factor], what: Literal["authenticator", "serial"]) -> list[str]:
    """Give the authenticators, or the certificates, that were used."""
    return [str(factor[what]) for factor in factors if what in factor]


def _still_good(standing: Standing) -> int:
    """Give the account's level of identity, once it and what was used were looked at in the session's own transaction.

    What was stopped in between has not seen this session; what is stopped later waits for it and ends it.

    :raises NoLongerGood: when the account is not active, or an authenticator that was used is not there.
    """
    if standing.identity_level is None:
        raise NoLongerGood(
            mark("This account is frozen. To have it opened again, go to a one-stop desk with your identity card.")
        )
    if not standing.all_there:
        raise NoLongerGood(mark("What you signed in with has just been replaced or removed. Please sign in again."))
    return standing.identity_level


def _certificates_still_good(connection: Connection, serials: Sequence[str]) -> None:
    """Look once more at the certificates that were used, like ``_still_good``.

    :raises CertificateStopped: when one is not good any more.
    """
    if not all(certificates.is_good(connection, serial) for serial in serials):
        raise CertificateStopped(
            mark("The certificate has just been revoked or suspended. Please sign in another way.")
        )


def join_portal(unit: Unit, sid: str, client_id: str, sub: str, now: int) -> None:
    """Note that a session signed in to a portal, so that the portal is told when it ends."""
    store.join_client(unit, SessionClientRow(sid, client_id, sub, now))


def end_session(
    services: Services, sid: str, reason: EndReason, *, actor: tuple[str, str] | None = None
) -> Sequence[SessionClientRow]:
    """End a session with all its consequences; gives the portals that are being told. Ending it again changes nothing."""
    with services.database.write() as connection:
        return end_session_within(connection, services, sid, reason, actor=actor)


def end_session_within(
    connection: Connection,
    services: Services,
    sid: str,
    reason: EndReason,
    *,
    actor: tuple[str, str] | None = None,
    agency: str | None = None,
) -> Sequence[SessionClientRow]:
    """End a session inside a larger act, in the caller's transaction.

    :param agency: of the administrator who acts, for the trail.
    """
    now = services.clock()
    row = store.by_sid(connection, sid)
    if row is None or not store.change(connection, sid, ended_at=int(now), end_reason=reason):
        return []
    # Expired ones too: a token that one of them gave out last may still have a while to live.
    grants_store.end_families(connection, int(now), reason, sid=sid, bound_to_session=1)
    ended.end(connection, services.settings, "sid", sid, now)
    told = [portal for portal in store.clients_of(connection, sid) if portal.ended_at is None]
    for portal in told:
        tell_portal(connection, portal, now)
    _record(connection, Action.SESSION_ENDED, row, now, reason=reason, actor=actor, agency=agency)
    return told


def _record(connection: Connection, action: Action, row: SessionRow, now: float, **more: Any) -> None:
    audit.record(connection, _entry(action, row, now, **more))


def _entry(
    action: Action,
    row: SessionRow,
    now: float,
    *,
    reason: str | None = None,
    actor: tuple[str, str] | None = None,
    agency: str | None = None,
) -> audit.Entry:
    who, what = actor or ("account", row.account_id), ("session", row.sid)
    return audit.entry(
        action,
        now,
        actor=who,
        object=what,
        account_id=row.account_id,
        agency=agency,
        session=row.sid,
        reason=reason,
    )


def end_portal(services: Services, sid: str, client_id: str, reason: str) -> bool:
    """Sign a session out of one portal only; False when it was not signed in there."""
    now = services.clock()
    with services.database.write() as connection:
        portals = {portal.client_id: portal for portal in store.clients_of(connection, sid) if portal.ended_at is None}
        if client_id not in portals:
            return False
        for gid in grants_store.end_families(connection, int(now), reason, sid=sid, client_id=client_id):
            ended.end(connection, services.settings, "gid", gid, now)
        tell_portal(connection, portals[client_id], now)
    return True


def has_left(services: Services, session: Session, client_id: str) -> bool:
    """Tell whether the person signed out of a portal in this session, and has not signed in there since."""
    with services.database.read() as connection:
        return store.has_left(connection, session.sid, client_id)


def tell_portal(connection: Connection, portal: SessionClientRow, now: float) -> None:
    """Have a portal told, through the outbox, that its part of a session ended."""
    store.end_client(connection, portal.sid, portal.client_id, now)
    payload = {"sid": portal.sid, "client_id": portal.client_id, "sub": portal.sub}
    outbox.post(connection, TELL_PORTAL, payload, now=now)
