"""Changing the phone or e-mail address of one's account: the new one is confirmed by a code, the old ones are told.

Whether another account has the new one is never said to who asks, only to who reads it. That the asker has just signed
in again is the page's to see to; the change itself is ``accounts``'.
"""

from dataclasses import dataclass

from idp.clock import Clock
from idp.domain import accounts, messages, sign_in_names
from idp.domain.accounts import NameTaken
from idp.domain.confirmation import LIFETIME, CodeOver, Confirmations
from idp.domain.freezing import was_stopped_since
from idp.domain.message_senders import channels
from idp.domain.messages import Channel, Recipient
from idp.domain.sign_in_names import SignInName
from idp.domain.throttling import WINDOW
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from idp.words import mark
from keys.sealing import Sealer

PURPOSE = "contact_change"
MESSAGES = 5
"""Messages that one account, or one phone or address, causes or is sent within an hour."""


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

    def begin(self, account_id: str, typed: str) -> str:
        """Send a code to the new contact and give the confirmation's identifier, whoever has that contact.

        :raises Refusal: when it is none, or cannot be reached.
        """
        contact = sign_in_names.parse(typed)
        if contact is None or contact.kind == "personal_number" or contact.kind not in self.reachable:
            raise Refusal(mark("Please enter a phone number or an e-mail address that can be reached."), "contact")
        with self.database.read() as connection:
            owner = store.find(connection, account_id)
            holder = store.named(connection, contact.fingerprint(self.sealer))
        if owner is None or owner.state != "active":
            raise NotFound(mark("There is no active account of this identifier."))
        taken, few = holder is not None and holder.id != account_id, self._few(account_id, contact)
        subject = {"account": account_id, "channel": contact.kind, "contact": contact.value, "began": self.clock()}
        # A code that is not sent is good for nothing, or it could be guessed by who asks often enough.
        about = contact.fingerprint(self.sealer)
        issued = self._confirmations.issue(PURPOSE, subject, about=about, reachable=few and not taken)
        if few:
            recipient, now = Recipient(contact.kind, contact.value, owner.locale), self.clock()
            with self.database.write() as connection:
                if taken:
                    messages.post(connection, self.sealer, recipient, "contact_in_use", now=now)
                else:
                    messages.post_code(connection, self.sealer, recipient, issued.code, now=now, lifetime=LIFETIME)
        return issued.id

    def confirm(self, account_id: str, confirmation_id: str, code: str) -> None:
        """Put the new contact in the old one's place, once, for whoever has the code and asked for it.

        :raises idp.domain.confirmation.WrongCode: while there are tries left.
        :raises CodeOver: when there are none, or the contact became another account's meanwhile.
        """
        subject = self._confirmations.subject_of(PURPOSE, confirmation_id)
        if (
            subject is None
            or subject["account"] != account_id
            or was_stopped_since(self.ephemeral, account_id, subject["began"])
        ):
            raise CodeOver(mark("This code is no longer good. Please ask for a new one."), "code")
        subject = self._confirmations.redeem(PURPOSE, confirmation_id, code)
        channel, address, who = subject["channel"], subject["contact"], ("account", account_id)
        try:
            with self.database.write() as connection:
                accounts.change_contact(
                    connection, self.sealer, account_id, channel, address, at=self.clock(), actor=who
                )
        except NameTaken:
            raise CodeOver(mark("This code is no longer good. Please ask for a new one."), "code") from None

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
