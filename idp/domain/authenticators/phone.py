"""Sign-in by phone: a computer shows a picture, a phone that is signed in opens it, and its owner picks the number.

Whoever watches can pass such a picture on, so it signs in and no more: at most two factors, never phishing-resistant, and
no ground for a change of authenticators, for recovery or for administering (``assurance.remote``). Two minutes, one try, one
use, bound to both browsers. NIST SP 800-63B-4 §3.1.3 (out-of-band, with a comparison of numbers).
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.domain import audit, messages
from idp.domain.assurance import ONE_FACTOR, TWO_FACTORS, here_only, strength_of
from idp.domain.audit import Action
from idp.domain.sessions import Session
from idp.domain.sign_in import AccountFrozen, SignedIn, proved
from idp.domain.throttling import address_of
from idp.errors import Refusal, TryAgainLater
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import sessions as sessions_store
from idp.words import mark

KIND = "phone"
LIFETIME = 120
"""Seconds from the picture to the sign-in."""
RECENT = 900
"""Seconds within which the phone's own second factor must have been used to count at the computer."""
MOST = 300
"""Pictures that one address may ask for within ``LIFETIME``: a whole office may share one."""
ASKED, HELD, DECIDED, ANSWER = "phone_asked", "phone_held", "phone_decided", "phone_answer"


@dataclass(frozen=True)
class Waiting:
    """A computer that waits: where it is, what it is, and what it wants to enter.

    ``client_id`` and ``address`` name the portal and its checked redirect URI, empty where none waits; ``place`` is the
    computer's address, ``agent`` its ``User-Agent``; ``until`` is Unix seconds, ``since`` when at the earliest the phone
    must have used what it vouches with, and ``pending`` the request, which alone is gone on with.
    """

    ticket: str
    number: str
    choices: tuple[str, ...]
    client_id: str
    address: str
    place: str
    agent: str
    until: float
    since: float
    pending: str


@dataclass(frozen=True)
class Approval:
    """What a phone said: by whom, from which session, and how strong that was."""

    account_id: str
    sid: str
    strength: int


class PhoneOver(Refusal):
    """The picture is too old, used, decided on, or held by another phone."""

    status_code = 410

    def __init__(self) -> None:
        super().__init__(
            mark("This picture is over: it is good for two minutes and for one answer. Show a new one on the computer.")
        )


class WrongNumber(Refusal):
    """Another number was picked than the computer shows; the picture is over."""

    status_code = 403

    def __init__(self) -> None:
        super().__init__(
            mark(
                "That is not the number on the computer, so nobody is signed in. "
                "If the computer is not in front of you, somebody is trying to get into your account."
            )
        )


class NotFromHere(Refusal):
    """The phone's own session was opened by another phone: approvals are not passed on."""

    status_code = 403

    def __init__(self) -> None:
        super().__init__(mark("This browser was itself signed in by another phone. Use that phone."))


def ask(
    services: Services,
    browser: str,
    place: str,
    agent: str,
    *,
    client_id: str = "",
    address: str = "",
    since: float | None = None,
    pending: str = "",
) -> Waiting:
    """Begin at a computer.

    :param browser: the computer's browser, which alone finishes.
    :param since: the moment before which nothing counts for the request that waits; ``RECENT`` bounds it anyway.
    :param pending: that request's identifier.
    :raises idp.errors.TryAgainLater: when very many are asked for from one place.
    """
    if services.ephemeral.count("phone_places", address_of(place), LIFETIME) > MOST:
        raise TryAgainLater(mark("Very many codes were asked for from this network. Please try again in two minutes."))
    choices = secrets.SystemRandom().sample(range(10, 100), 3)
    waiting = Waiting(
        ticket=secrets.token_urlsafe(18),
        number=str(secrets.choice(choices)),
        choices=tuple(str(each) for each in choices),
        client_id=client_id,
        address=address,
        place=place[:64],
        agent=agent[:200],
        until=services.clock() + LIFETIME,
        since=max(since or 0, services.clock() - RECENT),
        pending=pending,
    )
    services.ephemeral.put(ASKED, waiting.ticket, {**vars(waiting), "browser": _hash(browser)}, LIFETIME)
    return waiting


def at_computer(services: Services, ticket: str, browser: str) -> tuple[Waiting, Approval | None]:
    """Give what the computer waits for, and the approval once there is one.

    :raises PhoneOver: when it is over or refused, or another browser's.
    """
    kept = _asked(services, ticket)
    if not hmac.compare_digest(str(kept["browser"]), _hash(browser)):
        raise PhoneOver
    answer = services.ephemeral.peek(ANSWER, ticket)
    if answer is not None and not answer["yes"]:
        raise PhoneOver
    return _waiting(kept), _approval(answer) if answer else None


def at_phone(services: Services, ticket: str, browser: str, session: Session) -> Waiting:
    """Give what a phone is asked to approve; the first signed-in browser to open it holds it.

    :raises NotFromHere: for a session that was itself opened by phone.
    :raises PhoneOver: when it is over, decided on, or held by another browser.
    """
    if not here_only(session.row.factors):
        raise NotFromHere
    kept = _asked(services, ticket)
    if services.ephemeral.claim(f"{HELD}_once", ticket, LIFETIME):
        services.ephemeral.put(HELD, ticket, {"browser": _hash(browser)}, LIFETIME)
    held = services.ephemeral.peek(HELD, ticket)
    if held is None or not hmac.compare_digest(str(held["browser"]), _hash(browser)):
        raise PhoneOver
    if services.ephemeral.peek(ANSWER, ticket) is not None:
        raise PhoneOver
    return _waiting(kept)


def approve(services: Services, ticket: str, browser: str, session: Session, number: str) -> None:
    """Say yes, by the number that the computer shows; one try.

    :raises WrongNumber: when it is another; the picture is over then.
    :raises PhoneOver: as ``at_phone``.
    """
    waiting = at_phone(services, ticket, browser, session)
    right = hmac.compare_digest(number.encode("utf-8", "surrogatepass"), waiting.number.encode())
    _decide(services, waiting, session, yes=right)
    if not right:
        raise WrongNumber


def refuse(services: Services, ticket: str, browser: str, session: Session) -> None:
    """Say no.

    :raises PhoneOver: as ``at_phone``.
    """
    _decide(services, at_phone(services, ticket, browser, session), session, yes=False)


def finish(services: Services, ticket: str, browser: str, device: str | None, *, pending: str = "") -> SignedIn:
    """Sign in at the computer, once, for the request that the phone was told of.

    :param device: the computer's device cookie.
    :param pending: the request that waits now.
    :raises PhoneOver: when there is no approval any more, it was for something else, or the phone was signed out meanwhile.
    :raises idp.domain.sign_in.AccountFrozen: when the account was frozen meanwhile.
    """
    waiting, approval = at_computer(services, ticket, browser)
    # Or a picture shown for one portal, or for none, would enter another that asks for a newer proof.
    if approval is None or pending != waiting.pending or services.ephemeral.take(ANSWER, ticket) is None:
        raise PhoneOver
    services.ephemeral.forget(ASKED, ticket)
    now = services.clock()
    with services.database.write() as connection:
        account = accounts_store.find(connection, approval.account_id)
        session = sessions_store.by_sid(connection, approval.sid)
        if session is None or session.ended_at is not None or session.expires_at <= now:
            raise PhoneOver
        if account is None or account.state != "active":
            raise AccountFrozen(account.state if account else "closed")
        messages.announce(connection, services.sealer, account, "signed_in_by_phone", now=now, place=waiting.place)
    strong = {"strength": TWO_FACTORS, "amr": ["mca", "mfa"]} if approval.strength >= TWO_FACTORS else {}
    return proved(services, approval.account_id, KIND, device, **strong)


def _decide(services: Services, waiting: Waiting, session: Session, *, yes: bool) -> None:
    """Note the answer: of two at once, one counts. What the phone proved long ago is one factor here."""
    if not services.ephemeral.claim(DECIDED, waiting.ticket, LIFETIME):
        raise PhoneOver
    now = services.clock()
    recent = here_only(session.since(waiting.since).row.factors)
    strength = min(strength_of(recent), TWO_FACTORS) if recent else ONE_FACTOR
    entry = audit.entry(
        Action.SIGN_IN_APPROVED,
        now,
        actor=("account", session.account_id),
        object=("session", session.sid),
        account_id=session.account_id,
        session=session.sid,
        client_id=waiting.client_id or None,
        reason=KIND,
        outcome="done" if yes else "refused",
    )
    with services.database.write() as connection:
        audit.record(connection, entry)
    answer = {"yes": yes, "account": session.account_id, "sid": session.sid, "strength": strength}
    left = max(waiting.until - now, 1)
    services.ephemeral.put(ANSWER, waiting.ticket, answer, left)


def _asked(services: Services, ticket: str) -> dict[str, Any]:
    kept = services.ephemeral.peek(ASKED, ticket[:100])
    if kept is None:
        raise PhoneOver
    return kept


def _waiting(kept: Mapping[str, Any]) -> Waiting:
    values = {name: kept[name] for name in Waiting.__dataclass_fields__}
    return Waiting(**{**values, "choices": tuple(kept["choices"])})


def _approval(answer: Mapping[str, Any]) -> Approval:
    return Approval(answer["account"], answer["sid"], answer["strength"])


def _hash(browser: str) -> str:
    return hashlib.sha256(browser.encode("utf-8", "surrogatepass")).hexdigest()
