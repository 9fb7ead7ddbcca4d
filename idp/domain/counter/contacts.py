"""A new phone or e-mail address at the counter, for somebody who lost every old one: its code shows that they read it.

The person tells the official the code, who enters it. Whether another account has that channel is said to whoever reads
it, never to who asks. What becomes of it is ``account_recovery``'s.
"""

from idp.domain import messages
from idp.domain.account_recovery import contact_of
from idp.domain.audit import Action
from idp.domain.audit import record as record_entry
from idp.domain.confirmation import LIFETIME, CodeOver, Confirmations
from idp.domain.counter.acts import at_counter, open_here
from idp.domain.counter.official import Official
from idp.domain.counter.refusals import CounterRefused
from idp.domain.messages import Recipient
from idp.domain.sign_in_names import SignInName
from idp.domain.throttling import WINDOW
from idp.errors import NotFound
from idp.services import Services
from idp.store import accounts as store
from idp.store import recoveries
from idp.store.recoveries import RecoveryRow
from idp.words import mark

PURPOSE = "counter_contact"
SENT = "counter_code_sent"
MESSAGES = 5
"""Messages that one recovery causes, or one phone or address is sent, within an hour."""


def send_code(services: Services, by: Official, recovery_id: str) -> None:
    """Send a code to the new channel; an earlier one is void.

    :raises NotFound: when there is no such recovery at the official's counter, or it sets no new channel.
    :raises CounterRefused: when it is open no more.
    """
    row, contact = _open(services, by, recovery_id)
    with services.database.read() as connection:
        owner = store.find(connection, row.account_id)
        holder = store.named(connection, contact.fingerprint(services.sealer))
    if owner is None:
        raise _no_contact()
    taken, few = holder is not None and holder.id != owner.id, _few(services, row.id, contact)
    issued = Confirmations(services.ephemeral, services.sealer).issue(
        PURPOSE,
        {"recovery": row.id, "contact": contact.value},
        about=contact.fingerprint(services.sealer),
        reachable=few and not taken,
    )
    services.ephemeral.put(SENT, row.id, {"confirmation": issued.id}, LIFETIME)
    if few:
        _post(services, contact, owner.locale, "contact_in_use" if taken else "counter_code", issued.code)


def enter_code(services: Services, by: Official, recovery_id: str, code: str) -> None:
    """Take the code that the person read; from then on the recovery can take effect.

    :raises idp.domain.confirmation.WrongCode: while there are tries left.
    :raises CodeOver: when there are none, or the code is too old.
    """
    row, contact = _open(services, by, recovery_id)
    sent = services.ephemeral.peek(SENT, row.id)
    if sent is None:
        raise CodeOver(mark("This code is no longer good. Please ask for a new one."), "code")
    subject = Confirmations(services.ephemeral, services.sealer).redeem(PURPOSE, sent["confirmation"], code)
    with services.database.write() as connection:
        fits = subject == {"recovery": row.id, "contact": contact.value}
        if not fits or not recoveries.confirm_contact(connection, row.id, services.now()):
            raise CounterRefused("over")
        action, now = Action.RECOVERY_CONTACT_CONFIRMED, services.clock()
        record_entry(connection, by.entry(action, now, account_id=row.account_id, reason=contact.kind, recovery=row.id))


def _open(services: Services, by: Official, recovery_id: str) -> tuple[RecoveryRow, SignInName]:
    with services.database.read() as connection:
        row = open_here(connection, services, at_counter(connection, by), recovery_id)
    contact = contact_of(services.sealer, row)
    if contact is None:
        raise _no_contact()
    return row, contact


def _few(services: Services, recovery_id: str, contact: SignInName) -> bool:
    keys = (recovery_id, contact.fingerprint(services.sealer))
    return max(services.ephemeral.count("contact_messages", key, WINDOW) for key in keys) <= MESSAGES


def _post(services: Services, contact: SignInName, locale: str, text: str, code: str) -> None:
    if contact.kind == "personal_number":
        raise TypeError("a personal number reaches nobody")
    recipient, now = Recipient(contact.kind, contact.value, locale), services.clock()
    with services.database.write() as connection:
        if text == "counter_code":
            until, minutes = now + LIFETIME, LIFETIME // 60
            messages.post(
                connection, services.sealer, recipient, text, now=now, good_until=until, code=code, minutes=minutes
            )
        else:
            messages.post(connection, services.sealer, recipient, text, now=now)


def _no_contact() -> NotFound:
    return NotFound(mark("This recovery sets no new phone or e-mail address."))
