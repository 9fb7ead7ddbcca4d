"""Changing the phone or e-mail address of one's account: the new one is confirmed by a code, the old ones are told.

Whether another account has the new one is never said to who asks, only to who reads it. That the asker has just signed
in again is the page's to see to; the change itself is ``accounts``'.
"""

from dataclasses import dataclass

from idp.clock import Clock
from idp.domain import accounts, messages, sign_in_names
from idp.domain.accounts import NameTaken
from idp.domain.confirmation import LIFETIME, CodeOver, Confirmations, Issued
from idp.domain.freezing import was_stopped_since
from idp.domain.message_senders import channels
from idp.domain.messages import Channel, Recipient
from idp.domain.sign_in_names import SignInName
from idp.domain.throttling import WINDOW
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from idp.words import mark
from keys.sealing import Sealer

PURPOSE = "contact_change"
MESSAGES = 5
"""Messages that one account, or one phone or address, causes or is sent within an hour."""


_OTHER_KIND: dict[Channel | None, str] = {
    "phone": mark("Please enter a phone number, such as 0912 345 678."),
    "email": mark("Please enter an e-mail address, such as name@example.vn."),
}


@dataclass(frozen=True)
class Waiting:
    """A change that waits for its code: ``contact`` is E.164 or an e-mail address, in the clear."""

    channel: Channel
    contact: str


@dataclass(frozen=True)
class ContactChange:
    """Changes contacts; made once per process."""

    database: Database
    ephemeral: EphemeralStore
    sealer: Sealer
    clock: Clock
    reachable: frozenset[Channel]

    @property
    def _confirmations(self) -> Confirmations:
        return Confirmations(self.ephemeral, self.sealer)

    def begin(self, account_id: str, typed: str, channel: Channel | None = None) -> str:
        """Send a code to the new contact and give the confirmation's identifier, whoever has that contact.

        :param channel: the only kind that is taken; None for both.
        :raises Refusal: when it is none, of the other kind, or cannot be reached.
        """
        contact = sign_in_names.parse(typed)
        if contact is None or contact.kind == "personal_number" or contact.kind not in self.reachable:
            raise Refusal(mark("Please enter a phone number or an e-mail address that can be reached."), "contact")
        if channel not in (None, contact.kind):
            raise Refusal(_OTHER_KIND[channel], "contact")
        owner, taken = self._look(account_id, contact)
        few = self._few(account_id, contact)
        subject = {"account": account_id, "channel": contact.kind, "contact": contact.value, "began": self.clock()}
        # A code that is not sent is good for nothing, or it could be guessed by who asks often enough.
        about = contact.fingerprint(self.sealer)
        issued = self._confirmations.issue(PURPOSE, subject, about=about, reachable=few and not taken)
        if few:
            self._send(Recipient(contact.kind, contact.value, owner.locale), issued, taken=taken)
        return issued.id

    def waiting(self, account_id: str, confirmation_id: str) -> Waiting | None:
        """Give the change that waits for its code; None where it is over, stopped, or another account's."""
        subject = self._confirmations.subject_of(PURPOSE, confirmation_id)
        if (
            subject is None
            or subject["account"] != account_id
            or was_stopped_since(self.ephemeral, account_id, subject["began"])
        ):
            return None
        return Waiting(subject["channel"], subject["contact"])

    def send_again(self, account_id: str, confirmation_id: str) -> None:
        """Send a new code in place of the old one, whose tries stay counted.

        :raises CodeOver: when the change is over.
        """
        waiting = self.waiting(account_id, confirmation_id)
        if waiting is None:
            raise _over()
        contact = SignInName(waiting.channel, waiting.contact)
        owner, taken = self._look(account_id, contact)
        few = self._few(account_id, contact)
        issued = self._confirmations.reissue(PURPOSE, confirmation_id, reachable=few and not taken)
        if few:
            self._send(Recipient(waiting.channel, waiting.contact, owner.locale), issued, taken=taken)

    def confirm(self, account_id: str, confirmation_id: str, code: str) -> None:
        """Put the new contact in the old one's place, once, for whoever has the code and asked for it.

        :raises idp.domain.confirmation.WrongCode: while there are tries left.
        :raises CodeOver: when there are none, or the contact became another account's meanwhile.
        """
        if self.waiting(account_id, confirmation_id) is None:
            raise _over()
        subject = self._confirmations.redeem(PURPOSE, confirmation_id, code)
        channel, address, who = subject["channel"], subject["contact"], ("account", account_id)
        try:
            with self.database.write() as connection:
                accounts.change_contact(
                    connection, self.sealer, account_id, channel, address, at=self.clock(), actor=who
                )
        except NameTaken:
            raise _over() from None

    def _look(self, account_id: str, contact: SignInName) -> tuple[AccountRow, bool]:
        """Give the asker's account, and whether another account has the contact."""
        with self.database.read() as connection:
            owner = store.find(connection, account_id)
            holder = store.named(connection, contact.fingerprint(self.sealer))
        if owner is None or owner.state != "active":
            raise NotFound(mark("There is no active account of this identifier."))
        return owner, holder is not None and holder.id != account_id

    def _send(self, recipient: Recipient, issued: Issued, *, taken: bool) -> None:
        now = self.clock()
        with self.database.write() as connection:
            if taken:
                messages.post(connection, self.sealer, recipient, "contact_in_use", now=now)
            else:
                messages.post_code(connection, self.sealer, recipient, issued.code, now=now, lifetime=LIFETIME)

    def _few(self, account_id: str, contact: SignInName) -> bool:
        """Count a message for its asker and its reader; True while neither has had too many."""
        counts = [
            self.ephemeral.count("contact_messages", key, WINDOW)
            for key in (account_id, contact.fingerprint(self.sealer))
        ]
        return max(counts) <= MESSAGES


def make_contact_change(services: Services) -> ContactChange:
    """Bring the parts together."""
    reachable = channels(services.settings)
    return ContactChange(services.database, services.ephemeral, services.sealer, services.clock, reachable)


def _over() -> CodeOver:
    return CodeOver(mark("This code is no longer good. Please ask for a new one."), "code")
