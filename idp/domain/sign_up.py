"""Signing up: a level 1 account with a confirmed phone or e-mail address, made whole when its code is given.

Whether a phone or address is known is never said: the page goes on alike, and what differs goes to that phone or
address. Until the code is given nothing is kept but a sealed, ten-minute note in the ephemeral store.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from idp.clock import Clock
from idp.domain import accounts, audit, messages, sign_in_names
from idp.domain.accounts import LOCALES, NameTaken, NewAccount, clean_name
from idp.domain.audit import Action
from idp.domain.authenticators import password as passwords_kept
from idp.domain.authenticators import password_rules
from idp.domain.authenticators.password import Passwords
from idp.domain.confirmation import LIFETIME, CodeOver, Confirmations, Issued
from idp.domain.known_devices import device_cookie, read_device
from idp.domain.message_senders import channels
from idp.domain.messages import Channel, Recipient
from idp.domain.proof_of_work import ProofOfWork
from idp.domain.sign_in import Answer, ChallengeNeeded, SignedIn
from idp.domain.sign_in_names import SignInName
from idp.domain.throttling import WINDOW, address_of
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from idp.words import mark
from keys.sealing import Sealer

PURPOSE = "sign_up"
MESSAGES = 5
"""Messages that one phone or address is sent within an hour, whoever asks; more are answered alike and not sent."""
FROM_ADDRESS = 30
"""Sign-ups begun from one address within an hour, after which each costs a proof of work; a desk may begin many."""
FROM_ADDRESS_IN_DEMO = 1000
BITS = 16


Found = TypeVar("Found")


@dataclass(frozen=True)
class Application:
    """What a person fills in. ``contact`` is a phone number or an e-mail address, as typed."""

    name: str
    contact: str
    password: str
    personal_number: str = ""
    locale: str = "vi"


class Unfit(Refusal):
    """Several things that were filled in cannot be right; each of ``refusals`` names its field."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].message, refusals[0].field, **refusals[0].values)
        self.refusals = tuple(refusals)


@dataclass(frozen=True)
class Waiting:
    """A sign-up whose code was, or seems to have been, sent: what the page that asks for it shows."""

    id: str
    channel: Channel
    contact: str
    minutes: int = LIFETIME // 60


class SignUp:
    """Signs people up; made once per process.

    :param reachable: the channels that messages can be sent through; an application over another is refused.
    """

    def __init__(
        self,
        database: Database,
        ephemeral: EphemeralStore,
        sealer: Sealer,
        passwords: Passwords,
        clock: Clock,
        reachable: frozenset[Channel],
        *,
        password_minimum: int = password_rules.MINIMUM,
        from_address: int = FROM_ADDRESS,
    ) -> None:
        self._database = database
        self._ephemeral = ephemeral
        self._sealer = sealer
        self._passwords = passwords
        self._clock = clock
        self._reachable = reachable
        self._password_minimum = password_minimum
        self._from_address = from_address
        self._confirmations = Confirmations(ephemeral, sealer)
        self._proof_of_work = ProofOfWork(ephemeral, sealer, clock)

    def begin(self, application: Application, *, address: str, answer: Answer | None = None) -> Waiting:
        """Check what was filled in and send a code, or tell whoever has the contact that an account has it already.

        :param address: the browser's address.
        :raises Refusal: naming the field to mend; ``UnfitPassword`` for the password; ``Unfit`` where there are several.
        :raises ChallengeNeeded: when too many sign-ups were begun from this address.
        :raises idp.errors.TryAgainLater: when too many passwords are being hashed.
        """
        name, contact, number = self._checked(application)
        self._meet_challenge(address, answer or Answer())
        subject = {
            "name": name,
            "channel": contact.kind,
            "contact": contact.value,
            "personal_number": number,
            "locale": application.locale if application.locale in LOCALES else LOCALES[0],
            # Hashed whether or not the contact is known, so that both take as long.
            "password": self._passwords.hash(application.password),
        }
        taken, few = self._is_taken(contact), self._few(contact)
        issued = self._confirmations.issue(
            PURPOSE, subject, about=contact.fingerprint(self._sealer), reachable=few and not taken
        )
        if few:
            self._send(subject, issued, taken)
        return _waiting(issued.id, subject)

    def waiting(self, confirmation_id: str) -> Waiting | None:
        """Give a sign-up whose code is awaited, for its page; None when it is over."""
        subject = self._confirmations.subject_of(PURPOSE, confirmation_id)
        return None if subject is None else _waiting(confirmation_id, subject)

    def send_again(self, confirmation_id: str) -> Waiting:
        """Send a new code in place of the old one.

        :raises CodeOver: when the sign-up is over.
        """
        subject = self._confirmations.subject_of(PURPOSE, confirmation_id)
        if subject is None:
            raise CodeOver(mark("This sign-up is too old. Please begin again."))
        contact = SignInName(subject["channel"], subject["contact"])
        taken, few = self._is_taken(contact), self._few(contact)
        issued = self._confirmations.reissue(PURPOSE, confirmation_id, reachable=few and not taken)
        if few:
            self._send(subject, issued, taken)
        return _waiting(confirmation_id, subject)

    def confirm(self, confirmation_id: str, code: str, *, device: str | None = None) -> SignedIn:
        """Make the account, once, for whoever has the code; the person counts as signed in with their new password.

        :param device: the device cookie's value.
        :raises WrongCode: while there are tries left.
        :raises CodeOver: when there are none, or somebody else made an account with the contact meanwhile.
        """
        subject = self._confirmations.redeem(PURPOSE, confirmation_id, code)
        now = self._clock()
        try:
            with self._database.write() as connection:
                account_id = accounts.create(
                    connection, self._sealer, _new_account(subject), at=now, actor=("anonymous", "")
                )
                passwords_kept.keep(connection, self._sealer, account_id, subject["password"], at=int(now))
                who = ("account", account_id)
                entry = audit.entry(Action.SIGNED_UP, now, actor=who, object=who, channel=subject["channel"])
                audit.record(connection, entry)
        except NameTaken:
            raise CodeOver(mark("This code is no longer good. Please ask for a new one."), "code") from None
        factor = {"kind": passwords_kept.KIND, "amr": "pwd", "strength": 1, "at": int(now)}
        known = read_device(self._sealer, device).after(account_id)
        return SignedIn(account_id, factor, device_cookie(self._sealer, known), new_device=False)

    def _checked(self, application: Application) -> tuple[str, SignInName, str | None]:
        """Give name, contact and number in one form.

        :raises Refusal: naming every field to mend, so that nobody mends them one answer at a time.
        """
        refusals: list[Refusal] = []
        name = _tried(lambda: clean_name(application.name), refusals)
        contact = _tried(lambda: self._contact(application.contact), refusals)
        number = _tried(lambda: _number(application.personal_number), refusals)
        typed = (application.name, application.contact, application.personal_number)
        personal = [each for each in (*typed, name, contact and contact.value, number) if each]
        minimum = self._password_minimum
        _tried(lambda: password_rules.check(application.password, personal, minimum=minimum), refusals)
        if name is None or contact is None or refusals:
            raise refusals[0] if len(refusals) == 1 else Unfit(refusals)
        return name, contact, number

    def _contact(self, typed: str) -> SignInName:
        contact = sign_in_names.parse(typed)
        if contact is None or contact.kind == "personal_number":
            raise Refusal(mark("Please enter a phone number or an e-mail address."), "contact")
        if contact.kind not in self._reachable:
            words = {
                "phone": mark("We cannot send text messages at present. Please use an e-mail address."),
                "email": mark("We cannot send e-mails at present. Please use a phone number."),
            }
            raise Refusal(words[contact.kind], "contact")
        return contact

    def _meet_challenge(self, address: str, answer: Answer) -> None:
        """Let one address begin so many sign-ups; each further one costs its browser a sum, and is never refused."""
        subject = f"sign-up from {address_of(address)}"
        if self._ephemeral.count("sign_ups_begun", subject, WINDOW) <= self._from_address:
            return
        if not self._proof_of_work.accept(subject, BITS, answer.token, answer.number):
            words = mark("Many accounts were asked for from here. Please send the form once more.")
            raise ChallengeNeeded(self._proof_of_work.issue(subject, BITS), words)

    def _is_taken(self, contact: SignInName) -> bool:
        with self._database.read() as connection:
            return store.named(connection, contact.fingerprint(self._sealer)) is not None

    def _few(self, contact: SignInName) -> bool:
        """Count a message to a contact; False once it had its share, and then no code is good either.

        Were the unsent codes good, whoever begins often enough could guess one of them.
        """
        return self._ephemeral.count("sign_up_messages", contact.fingerprint(self._sealer), WINDOW) <= MESSAGES

    def _send(self, subject: Mapping[str, Any], issued: Issued, taken: bool) -> None:
        """Post the one message that the contact gets: the code, or that it is in use. Both take the same work."""
        recipient, now = Recipient(subject["channel"], subject["contact"], subject["locale"]), self._clock()
        with self._database.write() as connection:
            if taken:
                messages.post(connection, self._sealer, recipient, "already_registered", now=now)
            else:
                messages.post_code(connection, self._sealer, recipient, issued.code, now=now, lifetime=LIFETIME)


def _tried(check: Callable[[], Found], refusals: list[Refusal]) -> Found | None:
    try:
        return check()
    except Refusal as refusal:
        refusals.append(refusal)
    return None


def make_sign_up(services: Services) -> SignUp:
    """Bring the parts together."""
    return SignUp(
        services.database,
        services.ephemeral,
        services.sealer,
        services.passwords,
        services.clock,
        channels(services.settings),
        password_minimum=services.settings.password_minimum,
        from_address=FROM_ADDRESS_IN_DEMO if services.settings.demo else FROM_ADDRESS,
    )


def masked(contact: str) -> str:
    """Give a phone number or e-mail address for a page that others may see: enough to recognise one's own."""
    local, at, domain = contact.partition("@")
    if at:
        return f"{local[:1]}{'•' * 5}@{domain}"
    return f"{'•' * 6}{contact[-3:]}"


def _number(typed: str) -> str | None:
    """Read the personal number that somebody claims, if any."""
    if not typed.strip():
        return None
    number = sign_in_names.personal_number(typed)
    if number is None:
        raise Refusal(mark("A personal number has twelve digits."), "personal_number")
    return number


def _waiting(confirmation_id: str, subject: Mapping[str, Any]) -> Waiting:
    return Waiting(confirmation_id, subject["channel"], masked(subject["contact"]))


def _new_account(subject: Mapping[str, Any]) -> NewAccount:
    members = {subject["channel"]: subject["contact"]}
    return NewAccount(subject["name"], personal_number=subject["personal_number"], locale=subject["locale"], **members)
