"""Signing in with a password: the same answer and the same work for a name that is somebody's and one that is nobody's.

Gives who signed in and by which factor; opening the session, which is what the audit trail records of a success, is
left to ``sessions``. Hashing is ``password``'s, and when a challenge comes first, ``throttling``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from idp.clock import Clock
from idp.domain import audit
from idp.domain.accounts import CLOSING
from idp.domain.assurance import categories, remote
from idp.domain.audit import Action
from idp.domain.authenticators import password as passwords_kept
from idp.domain.authenticators.password import Passwords
from idp.domain.confirmation import CodeOver, Confirmations, WrongCode
from idp.domain.known_devices import Device, device_cookie, read_device
from idp.domain.message_senders import channels
from idp.domain.messages import Channel
from idp.domain.owners_code import OwnersCode
from idp.domain.proof_of_work import Challenge, ProofOfWork
from idp.domain.sign_in_names import parse
from idp.domain.throttling import Attempt, Throttle, limits_for
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import Entrance
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from idp.words import mark
from keys.sealing import Sealer

PURPOSE = "sign_in"


@dataclass(frozen=True)
class Answer:
    """What a browser gives for a challenge: a solved proof of work, or the code that was sent instead."""

    token: str = ""
    number: str = ""
    confirmation: str = ""
    code: str = ""


@dataclass(frozen=True)
class SignedIn:
    """Who signed in.

    ``factor`` is what a session records; ``device`` the value of the device cookie to set; ``new_device`` tells whether
    this browser signs in to the account for the first time, as far as its cookie knows.
    """

    account_id: str
    factor: Mapping[str, Any]
    device: str
    new_device: bool


class NotSignedIn(Refusal):
    """Name or password is wrong: which, and whether there is such an account, is not said."""

    status_code = 401


class ChallengeNeeded(Refusal):
    """There were too many failures; the sign-in is tried again with an answer to ``challenge``, or a code."""

    status_code = 429

    def __init__(self, challenge: Challenge, message: str, field: str | None = None) -> None:
        super().__init__(message, field)
        self.challenge = challenge


class AccountFrozen(Refusal):
    """What was shown is right, and the account is frozen or waits to be erased: its owner is told how to open it again.

    :param state: the account's.
    """

    status_code = 403

    def __init__(self, state: str) -> None:
        super().__init__(
            mark("You have closed this account. To keep it, follow the link in our message or go to a one-stop desk.")
            if state == CLOSING
            else mark("This account is frozen. To have it opened again, go to a one-stop desk with your identity card.")
        )


class SignIn:
    """Signs people in; made once per process.

    :param channels: how people can be sent a one-time code instead of a proof of work.
    """

    def __init__(
        self,
        database: Database,
        ephemeral: EphemeralStore,
        sealer: Sealer,
        passwords: Passwords,
        throttle: Throttle,
        clock: Clock,
        channels: frozenset[Channel] = frozenset(),
    ) -> None:
        self._database = database
        self._ephemeral = ephemeral
        self._sealer = sealer
        self._passwords = passwords
        self._throttle = throttle
        self._clock = clock
        self._channels = channels
        self._proof_of_work = ProofOfWork(ephemeral, sealer, clock)
        self._confirmations = Confirmations(ephemeral, sealer)
        self._owners_code = OwnersCode(PURPOSE, "sign_in_codes", database, ephemeral, sealer, clock, channels)

    def with_password(
        self, name: str, password: str, *, address: str, device: str | None = None, answer: Answer | None = None
    ) -> SignedIn:
        """Sign somebody in.

        :param name: what was typed: a phone, an e-mail address or a personal number.
        :param address: the browser's address.
        :param device: the device cookie's value.
        :raises NotSignedIn: when name or password is wrong.
        :raises ChallengeNeeded: when a challenge has to be answered first; no password was looked at.
        :raises AccountFrozen: when both are right and the account is frozen.
        :raises idp.errors.TryAgainLater: when too many passwords are being hashed.
        """
        fingerprint = self._fingerprint(name)
        attempted = _Attempted(fingerprint, self._find(fingerprint), read_device(self._sealer, device))
        return self._enter(attempted, password, address, answer or Answer())

    def with_password_again(
        self, account_id: str, password: str, *, address: str, device: str | None = None, answer: Answer | None = None
    ) -> SignedIn:
        """Have somebody who is signed in prove it once more; counted, challenged and refused like a sign-in."""
        found = store.entrance_of(self._database.direct, account_id, passwords_kept.KIND)
        attempted = _Attempted(self._again(account_id), found, read_device(self._sealer, device))
        return self._enter(attempted, password, address, answer or Answer())

    def challenge_again(self, account_id: str, *, address: str, device: str | None = None) -> Challenge | None:
        """Give what the next attempt of somebody who is signed in will have to meet; None where nothing is asked."""
        attempt = _attempt(self._again(account_id), address, read_device(self._sealer, device), account_id)
        bits = self._throttle.demand(attempt)
        return self._proof_of_work.issue(attempt.name, bits) if bits else None

    def _again(self, account_id: str) -> str:
        return self._sealer.fingerprint(account_id, "signed in")

    def _enter(self, attempted: "_Attempted", password: str, address: str, answer: Answer) -> SignedIn:
        fingerprint, found, known = attempted.fingerprint, attempted.found, attempted.device
        account_id = found.account_id if found else None
        is_known = known.knows(account_id)
        attempt = _attempt(fingerprint, address, known, account_id)
        self._meet_challenge(attempt, answer)
        hashed = passwords_kept.opened(self._sealer, found.account_id, found.secret) if found else None
        verdict = self._passwords.verify(hashed, password)
        if found is None or not verdict.matches:
            raise self._refused(attempt, account_id)
        if found.state != "active":
            self._record_frozen(found.account_id)
            raise AccountFrozen(found.state)
        if verdict.outdated and not self._raised(found, password):
            raise self._refused(attempt, account_id)
        return self._signed_in(found, known, new_device=not is_known)

    def challenge(self, name: str, *, address: str, device: str | None = None) -> Challenge | None:
        """Give what the next attempt will have to meet, so that a page that refuses one can ask for it along with the rest.

        None where nothing is asked.
        """
        fingerprint = self._fingerprint(name)
        found = self._find(fingerprint)
        known = read_device(self._sealer, device)
        bits = self._throttle.demand(_attempt(fingerprint, address, known, found.account_id if found else None))
        return self._proof_of_work.issue(fingerprint, bits) if bits else None

    def send_code(self, name: str) -> str:
        """Send a one-time code to the account's first confirmed channel, for a browser that runs no script.

        :returns: the confirmation's identifier, whether or not there is such an account.
        """
        fingerprint = self._fingerprint(name)
        with self._database.read() as connection:
            account = store.named(connection, fingerprint)
        return self._owners_code.send(fingerprint, account, {"name": fingerprint})

    @property
    def sends_codes(self) -> bool:
        """Whether a code can be sent instead of a proof of work."""
        return bool(self._channels)

    def _fingerprint(self, name: str) -> str:
        """Give what attempts are counted by, for what cannot be a name as well."""
        known = parse(name)
        return known.fingerprint(self._sealer) if known else self._sealer.fingerprint(name[:400], "unreadable")

    def _find(self, fingerprint: str) -> Entrance | None:
        return store.entrance(self._database.direct, fingerprint, passwords_kept.KIND)

    def _meet_challenge(self, attempt: Attempt, answer: Answer) -> None:
        bits = self._throttle.demand(attempt)
        if not bits or self._proof_of_work.accept(attempt.name, bits, answer.token, answer.number):
            return
        words, field = mark("Too many sign-ins failed. Please confirm once more that it is you."), None
        if answer.confirmation:
            try:
                if self._confirmations.redeem(PURPOSE, answer.confirmation, answer.code)["name"] == attempt.name:
                    return
            except (WrongCode, CodeOver) as refusal:
                words, field = refusal.message, refusal.field
        raise ChallengeNeeded(self._proof_of_work.issue(attempt.name, bits), words, field)

    def _refused(self, attempt: Attempt, account_id: str | None) -> NotSignedIn:
        challenged = self._throttle.failed(attempt)
        with self._database.write() as connection:
            self._record(connection, Action.SIGN_IN_REFUSED, account_id)
            if challenged:
                self._record(connection, Action.SIGN_IN_THROTTLED, account_id)
        return NotSignedIn(mark("Name or password is not right. Please check both."), "password")

    def _record(self, connection: Connection, action: Action, account_id: str | None, reason: str = "password") -> None:
        subject = ("account", account_id) if account_id else ("name", "")
        entry = audit.entry(
            action, self._clock(), actor=("anonymous", ""), object=subject, reason=reason, outcome="refused"
        )
        audit.record(connection, entry)

    def _record_frozen(self, account_id: str) -> None:
        with self._database.write() as connection:
            self._record(connection, Action.SIGN_IN_REFUSED, account_id, "frozen")

    def _raised(self, found: Entrance, password: str) -> bool:
        """Raise the hash of the password that was verified to today's cost.

        :returns: False where another password took its place while it was being verified.
        """
        raised, direct, at = self._passwords.hash(password), self._database.direct, int(self._clock())
        return passwords_kept.raise_cost(direct, self._sealer, found.account_id, found.secret or b"", raised, at=at)

    def _signed_in(self, found: Entrance, device: Device, *, new_device: bool) -> SignedIn:
        """Say who it is. That the password is still theirs, the session asks when it is opened, and notes its use."""
        factor = {
            "kind": passwords_kept.KIND,
            "amr": "pwd",
            "strength": 1,
            "at": int(self._clock()),
            "authenticator": found.authenticator_id,
        }
        cookie = device_cookie(self._sealer, device.after(found.account_id))
        return SignedIn(found.account_id, factor, cookie, new_device)


@dataclass(frozen=True)
class _Attempted:
    """A name as it is counted, whose it is, and the browser that brought it."""

    fingerprint: str
    found: Entrance | None
    device: Device


def proved(services: Services, account_id: str, kind: str, device: str | None, **use: Any) -> SignedIn:
    """Give what proving an authenticator just now amounts to; that it was proved is the caller's word.

    :param kind: a key of ``factors`` in ``idp/data/acr.json``.
    :param device: the device cookie's value.
    :param use: what else the session keeps of this use: ``amr``, ``serial``.
    """
    known = read_device(services.sealer, device)
    # What only recovers says nothing of whose device this is, nor does what another browser vouches for.
    after = known.after(account_id, trusted=categories([kind]) == {"possession"} and kind not in remote())
    factor = {"kind": kind, "at": services.now(), **use}
    return SignedIn(account_id, factor, device_cookie(services.sealer, after), not known.knows(account_id))


def _attempt(fingerprint: str, address: str, device: Device, account_id: str | None) -> Attempt:
    return Attempt(fingerprint, address, device.id if device.knows(account_id) else None)


def make_sign_in(services: Services) -> SignIn:
    """Bring the parts together."""
    throttle = Throttle(services.ephemeral, services.clock, limits_for(services.settings))
    return SignIn(
        services.database,
        services.ephemeral,
        services.sealer,
        services.passwords,
        throttle,
        services.clock,
        channels(services.settings),
    )
