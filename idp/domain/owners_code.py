"""A code to an account's owner, asked for by whoever types a name: the same words and work whether or not there is one.

Sent to the first confirmed channel that messages can be sent through and that was not changed of late (``contacts``), a few
times an hour; beyond that, or for a name that is nobody's, no code is good and a message that is thrown away costs the
same. What the code is for is the caller's affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.clock import Clock
from idp.domain import messages
from idp.domain.confirmation import LIFETIME, Confirmations
from idp.domain.messages import Channel, Recipient
from idp.domain.sign_in_names import SignInName
from idp.domain.throttling import WINDOW
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.store.database import Database
from idp.store.ephemeral import EphemeralStore
from keys.sealing import Sealer

CODES = 3
"""Codes sent to one account, or for a name that is nobody's, within an hour; more are answered alike, so nobody is flooded."""
SENT_TO = "sent_to"


@dataclass(frozen=True)
class OwnersCode:
    """Sends the codes of one purpose.

    :param counter: the name under which they are counted.
    :param channels: those that messages can be sent through.
    """

    purpose: str
    counter: str
    database: Database
    ephemeral: EphemeralStore
    sealer: Sealer
    clock: Clock
    channels: frozenset[Channel]

    def send(self, name: str, account: AccountRow | None, subject: Mapping[str, Any]) -> str:
        """Send a code and give the confirmation's identifier, whoever's the name is.

        :param name: the fingerprint of what was typed, by which codes are counted where it is nobody's.
        :param subject: what is kept for whoever has the code; ``SENT_TO`` is added, where it went (``still_reached``).
        """
        about = account.id if account else name
        few = self.ephemeral.count(self.counter, about, WINDOW) <= CODES
        recipient, waiting = self._reachable(account if few else None)
        sent_to = "" if recipient is None else _fingerprint(self.sealer, recipient)
        confirmations = Confirmations(self.ephemeral, self.sealer)
        whole = {**subject, SENT_TO: sent_to}
        issued = confirmations.issue(self.purpose, whole, about=about, reachable=recipient is not None)
        now = self.clock()
        with self.database.write() as connection:
            if recipient is not None:
                messages.post_code(connection, self.sealer, recipient, issued.code, now=now, lifetime=LIFETIME)
            elif waiting is not None:
                messages.post(connection, self.sealer, waiting, "code_withheld", now=now)
            else:
                messages.post_nothing(connection, self.sealer, now=now)
        return issued.id

    def _reachable(self, account: AccountRow | None) -> tuple[Recipient | None, Recipient | None]:
        """Give who is sent a code, or else who is told why not: a phone or mailbox that was changed of late."""
        recipients = messages.recipients_of(self.sealer, account) if account else []
        # Looked at for nobody's name too: the work is the same.
        with self.database.read() as connection:
            waiting = store.names_that_wait(connection, account.id if account else "", int(self.clock()))
        reachable = [each for each in recipients if each.channel in self.channels]
        settled = next((each for each in reachable if each.channel not in waiting), None)
        return settled, next(iter(reachable), None)


def still_reached(sealer: Sealer, account: AccountRow, subject: Mapping[str, Any]) -> bool:
    """Tell whether the phone or mailbox that a code went to is still the owner's."""
    return subject[SENT_TO] in {_fingerprint(sealer, each) for each in messages.recipients_of(sealer, account)}


def _fingerprint(sealer: Sealer, recipient: Recipient) -> str:
    return SignInName(recipient.channel, recipient.address).fingerprint(sealer)
