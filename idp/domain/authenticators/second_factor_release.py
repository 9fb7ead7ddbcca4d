"""The owner's way round a wait that somebody else's guessing caused: a code to a confirmed channel, and tries of one's own.

The tries are this session's alone and wait like any others once they are spent, so whoever reads the owner's messages
too gains five a code. Waiting is ``second_factor_delay``'s affair.
"""

from idp.domain import messages
from idp.domain.authenticators.second_factor_delay import release
from idp.domain.confirmation import LIFETIME, Confirmations
from idp.domain.message_senders import channels
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.words import mark

PURPOSE = "second_factor"
CODES, CODES_WINDOW = 3, 86400
"""Codes sent to one account's owner within a day."""


def is_possible(services: Services) -> bool:
    """Say whether people can be sent a code at all."""
    return bool(channels(services.settings))


def send(services: Services, account_id: str) -> str:
    """Send a code to the account's first confirmed channel and give the confirmation's identifier.

    :raises Refusal: when the owner had their share for the day, or has no channel.
    """
    with services.database.read() as connection:
        account = store.find(connection, account_id)
    recipients = messages.recipients_of(services.sealer, account) if account else []
    reachable = [each for each in recipients if each.channel in channels(services.settings)][:1]
    if not reachable or services.ephemeral.count("second_factor_codes", account_id, CODES_WINDOW) > CODES:
        raise Refusal(mark("No more codes are sent today. Use another way, or wait."))
    confirmations = Confirmations(services.ephemeral, services.sealer)
    issued = confirmations.issue(PURPOSE, {"account": account_id}, about=account_id)
    with services.database.write() as connection:
        now = services.clock()
        messages.post_code(connection, services.sealer, reachable[0], issued.code, now=now, lifetime=LIFETIME)
    return issued.id


def redeem(services: Services, account_id: str, sid: str, confirmation_id: str, code: str) -> None:
    """Give this session tries of its own, once, for whoever has the code.

    :raises idp.domain.confirmation.WrongCode: while there are tries left.
    :raises idp.domain.confirmation.CodeOver: when there are none.
    :raises Refusal: when it was another account's.
    """
    confirmations = Confirmations(services.ephemeral, services.sealer)
    subject = confirmations.subject_of(PURPOSE, confirmation_id)
    if subject is not None and subject["account"] != account_id:
        raise Refusal(mark("This code is no longer good. Please ask for a new one."), "code")
    confirmations.redeem(PURPOSE, confirmation_id, code)
    release(services, account_id, sid)
