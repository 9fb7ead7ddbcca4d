"""A forgotten password: a code to a confirmed channel, then a new password; the same words and work for everybody.

No back door: where an account has more than a password, the code alone is not enough, a code of its application or on
paper must be shown too (NIST SP 800-63B-4 §4.2.2). Whoever comes in has one factor. When everything is lost,
``account_recovery`` is the way.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from idp.domain import accounts, messages
from idp.domain.account_stop import end_everything
from idp.domain.authenticators import password as passwords_kept
from idp.domain.authenticators import password_change, recovery_codes, totp, ways
from idp.domain.confirmation import GUESSES, LIFETIME, CodeOver, Confirmations, WrongCode
from idp.domain.freezing import was_stopped_since
from idp.domain.message_senders import channels
from idp.domain.owners_code import OwnersCode, still_reached
from idp.domain.proof_of_work import ProofOfWork
from idp.domain.sign_in import AccountFrozen, Answer, ChallengeNeeded, SignedIn, proved
from idp.domain.sign_in_names import parse
from idp.domain.throttling import WINDOW, address_of
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store import recoveries
from idp.words import mark

PURPOSE = "password_recovery"
TICKET = "password_recovery_ticket"
FROM_ADDRESS, FROM_ADDRESS_IN_THE_DEMO = 10, 1000
"""Recoveries that one address begins within an hour before each further one costs its browser a sum."""
BITS = 16


@dataclass(frozen=True)
class Open:
    """A recovery whose code was given: whose, and what has to be shown besides it."""

    account_id: str
    needs_more: bool
    kinds: frozenset[str]

    @property
    def can_show(self) -> bool:
        """Whether what has to be shown is something that this page asks for."""
        return not self.needs_more or bool(self.kinds & {totp.KIND, recovery_codes.KIND})


def begin(services: Services, name: str, *, address: str, answer: Answer | None = None) -> str:
    """Send a code to the account's first confirmed channel and give the confirmation's identifier, whoever's the name is.

    :param name: what was typed: a phone, an e-mail address or a personal number.
    :param address: the browser's address.
    :raises ChallengeNeeded: when too many were begun from this address.
    """
    _meet_challenge(services, address, answer or Answer())
    known = parse(name)
    fingerprint = known.fingerprint(services.sealer) if known else services.sealer.fingerprint(name[:400], "unreadable")
    with services.database.read() as connection:
        account = store.named(connection, fingerprint)
        recovered = recoveries.last_done(connection, account.id if account else "")
    subject = {"account": account.id if account else "", "began": services.clock(), "recovered": recovered}
    return _owners_code(services).send(fingerprint, account, subject)


def _owners_code(services: Services) -> OwnersCode:
    parts = services.database, services.ephemeral, services.sealer, services.clock
    return OwnersCode(PURPOSE, "recovery_codes_sent", *parts, channels(services.settings))


def redeem(services: Services, confirmation_id: str, code: str) -> str:
    """Give a ticket to set a new password with, once, to whoever has the code.

    :raises WrongCode: while there are tries left; once there were many, the owner is told.
    :raises CodeOver: when there are none.
    """
    confirmations = Confirmations(services.ephemeral, services.sealer)
    asked = confirmations.subject_of(PURPOSE, confirmation_id)
    try:
        subject = confirmations.redeem(PURPOSE, confirmation_id, code)
    except WrongCode as wrong:
        if wrong.guesses == GUESSES and asked is not None:
            _tell(services, asked["account"])
        raise
    subject["until"] = services.clock() + LIFETIME
    ticket = secrets.token_urlsafe(24)
    services.ephemeral.put(TICKET, ticket, subject, LIFETIME)
    return ticket


def opened(services: Services, ticket: str) -> Open | None:
    """Give what a ticket opens; None when it is over, or void by what the owner did meanwhile.

    They stopped everything, replaced the phone or mailbox that the code went to, or recovered the account at a counter:
    whoever has what was lost may have begun before.
    """
    kept = services.ephemeral.peek(TICKET, ticket) if ticket else None
    if kept is None or was_stopped_since(services.ephemeral, kept["account"], kept["began"]):
        return None
    with services.database.read() as connection:
        account = store.find(connection, kept["account"])
        recovered = recoveries.last_done(connection, kept["account"])
        kinds, guarding = (find(connection, kept["account"], services.now()) for find in (ways.owned, ways.guarding))
    if account is None or recovered != kept["recovered"] or not still_reached(services.sealer, account, kept):
        return None
    return Open(kept["account"], ways.strength_owned(guarding) > 1, kinds)


def finish(services: Services, ticket: str, password: str, code: str, *, device: str | None) -> SignedIn:
    """Set the new password, end everything that was open, and let the owner in at one factor.

    :param code: of the application or on paper, where the account has more than a password.
    :param device: the device cookie's value.
    :raises CodeOver: when the ticket is over.
    :raises AccountFrozen: when the account is frozen.
    :raises Refusal: naming the field to mend; the ticket stays good.
    """
    found = opened(services, ticket)
    if found is None:
        raise _over()
    with services.database.read() as connection:
        _check_active(connection, found.account_id)
    password_change.check(services, found.account_id, password)
    hashed = services.passwords.hash(password)
    # Taken before anything is shown: of two at once the loser must not lose a code on paper.
    kept = services.ephemeral.take(TICKET, ticket)
    if kept is None:
        raise _over()
    if found.needs_more:
        try:
            _show_more(services, found, code, device)
        except Refusal:
            services.ephemeral.put(TICKET, ticket, kept, max(kept["until"] - services.clock(), 1))
            raise
    who = ("account", found.account_id)
    with services.database.write() as connection:
        at = services.clock()
        accounts.change_password(connection, services.sealer, found.account_id, hashed, at=at, actor=who)
        end_everything(connection, services, found.account_id, actor=who, reason="password_recovered")
    return proved(services, found.account_id, passwords_kept.KIND, device)


def _show_more(services: Services, found: Open, code: str, device: str | None) -> None:
    """Ask for a second proof, the one that the account has; neither counts towards the session that is opened."""
    if not found.can_show:
        raise Refusal(mark("Sign in with your passkey or certificate, and change the password in your account."))
    is_short = sum(sign.isalnum() for sign in code) <= len("000000")
    if totp.KIND in found.kinds and (is_short or recovery_codes.KIND not in found.kinds):
        totp.prove(services, found.account_id, code, device=device)
    else:
        recovery_codes.prove(services, found.account_id, code, device=device)


def _tell(services: Services, account_id: str) -> None:
    """Tell the owner that somebody guesses; for nobody's name the work is the same."""
    now = services.clock()
    with services.database.write() as connection:
        account = store.find(connection, account_id)
        told = messages.recipients_of(services.sealer, account) if account else []
        if account is not None:
            messages.announce(connection, services.sealer, account, "recovery_guessed", now=now)
        for _ in messages.CHANNELS[len(told) :]:
            messages.post_nothing(connection, services.sealer, now=now)


def _check_active(connection: Connection, account_id: str) -> None:
    account = store.find(connection, account_id)
    if account is None or account.state == "closed":
        raise _over()
    if account.state != "active":
        raise AccountFrozen(account.state)


def _meet_challenge(services: Services, address: str, answer: Answer) -> None:
    subject = f"recovery from {address_of(address)}"
    allowed = FROM_ADDRESS_IN_THE_DEMO if services.settings.demo else FROM_ADDRESS
    if services.ephemeral.count("recoveries_begun", subject, WINDOW) <= allowed:
        return
    proof_of_work = ProofOfWork(services.ephemeral, services.sealer, services.clock)
    if not proof_of_work.accept(subject, BITS, answer.token, answer.number):
        words = mark("This was asked for many times from here. Please send the form once more.")
        raise ChallengeNeeded(proof_of_work.issue(subject, BITS), words)


def _over() -> CodeOver:
    return CodeOver(mark("This code is no longer good. Please ask for a new one."), "code")
