"""The phone and e-mail address of an account: which it has, which recover it already, and which may be taken away.

A channel that was changed recovers nothing for 72 hours, and never once its owner stopped everything meanwhile: whoever
had somebody's session for a moment must not come back by a phone of their own. Changing is ``contact_change``'s.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from idp.domain import messages
from idp.domain.messages import CHANNELS, Channel
from idp.domain.profile import SealedColumns
from idp.domain.sign_in_names import SignInName
from idp.errors import NotFound, Refusal
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.words import mark
from keys.sealing import Sealer

WAIT = 72 * 3600
"""Seconds after a change in which the channel recovers nothing: as long as a recovery by proofing can be stopped."""
NEVER = 253_402_300_799
"""The last second of the year 9999 (Unix seconds): from when a channel recovers whose change was stopped."""


@dataclass(frozen=True)
class Contact:
    """One channel of an account.

    :param address: E.164 or an e-mail address, in the clear.
    :param recovers_from: Unix seconds from when it recovers the account; None where it does, ``NEVER`` where it never will.
    """

    channel: Channel
    address: str
    confirmed: bool
    recovers_from: int | None


def contacts_of(connection: Connection, sealer: Sealer, account: AccountRow, *, now: int) -> list[Contact]:
    """Give an account's channels, the phone first, unconfirmed ones too."""
    sealed, waiting = SealedColumns(sealer, account.id), store.names_that_wait(connection, account.id, now)
    found = []
    for channel in CHANNELS:
        address = sealed.open(getattr(account, f"{channel}_sealed"), channel)
        if address:
            since = waiting[channel][1] if channel in waiting else None
            found.append(Contact(channel, address, getattr(account, f"{channel}_confirmed"), since))
    return found


def recovers_from(
    connection: Connection, sealer: Sealer, account: AccountRow, channel: Channel, address: str, *, at: int
) -> int | None:
    """Give from when a contact recovers that its owner confirms now; one that did already goes on doing so."""
    own = {(each.channel, each.address) for each in messages.recipients_of(sealer, account)}
    waiting = store.names_that_wait(connection, account.id, at).get(channel)
    if (channel, address) not in own:
        return at + WAIT
    if waiting is None:
        return None
    same = waiting[0] == SignInName(channel, address).fingerprint(sealer)
    return waiting[1] if same and waiting[1] != NEVER else at + WAIT


def check_removable(connection: Connection, sealer: Sealer, account: AccountRow, channel: Channel, *, now: int) -> None:
    """Refuse to take away what is not there, or the last channel that the account is recovered by.

    :raises NotFound: when the account has no such channel.
    :raises Refusal: saying why.
    """
    found = contacts_of(connection, sealer, account, now=now)
    if channel not in {each.channel for each in found}:
        raise NotFound(mark("This phone number or e-mail address is not there any more."))
    others = [each for each in found if each.channel != channel and each.confirmed]
    if not others:
        raise Refusal(mark("This is the only way we can reach you. Add another one first, or change this one."))
    if all(each.recovers_from is not None for each in others):
        raise Refusal(
            mark("The other one was changed less than 72 hours ago. Until then this one stays, to protect you.")
        )


def stop_waiting(connection: Connection, account_id: str, now: int) -> int:
    """Let the channels that were changed of late never recover the account, unless they are confirmed anew; how many."""
    return store.put_off(connection, account_id, now, NEVER)
