"""Recovery codes: ten, on paper, each good once, to replace an authenticator that was lost (NIST SP 800-63B-4 §4.2.2.1).

With the password one lets a lost authenticator be replaced (``idp.http.fresh``) and stands in for it nowhere else: its
category is recovery, which counts towards no level. Kept as a keyed hash; shown once, when they are made.
"""

import secrets
import uuid

from sqlalchemy import Connection

from idp.domain import audit, messages
from idp.domain.audit import Action
from idp.domain.authenticators import life
from idp.domain.authenticators.second_factor_delay import SecondFactorDelay
from idp.domain.known_devices import read_device
from idp.domain.sign_in import SignedIn, proved
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import AuthenticatorRow
from idp.words import mark

KIND = "recovery_code"
NUMBER = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Signs that nobody takes for another when they read them off paper."""
GROUPS, GROUP = 3, 4
"""Three groups of four of 31 signs: 59 bits."""


class WrongRecoveryCode(Refusal):
    """The code is none of this account's, or was used."""

    status_code = 403


def make(services: Services, account_id: str) -> list[str]:
    """Give ten new codes, once; those from before are void.

    :raises NotFound: when the account is not active.
    """
    codes = [_code() for _ in range(NUMBER)]
    with services.database.write() as connection:
        account = store.find(connection, account_id)
        if account is None or account.state != "active":
            raise NotFound(mark("There is no active account of this identifier."))
        store.remove_authenticators(connection, account_id, KIND)
        for code in codes:
            store.add_authenticator(connection, _row(services, account_id, code))
        life.told(connection, services, account, Action.AUTHENTICATOR_ADDED, KIND)
    return codes


def looks_like_one(typed: str) -> bool:
    """Tell whether somebody typed what has the form of a recovery code: no application shows letters."""
    signs = [sign for sign in typed[:64].casefold() if sign.isalnum()]
    return len(signs) == GROUPS * GROUP and set(signs) <= set(ALPHABET) and not all(sign.isdigit() for sign in signs)


def left(connection: Connection, account_id: str) -> int:
    """Give how many codes are left."""
    return len(store.authenticators_of(connection, account_id, KIND))


def prove(services: Services, account_id: str, code: str, *, device: str | None, sid: str = "") -> SignedIn:
    """Use a code up; the owner is told, and how many are left.

    :param device: the device cookie's value.
    :raises WrongRecoveryCode: when it is none of this account's, or was used; both are said alike.
    :raises idp.domain.authenticators.second_factor_delay.TooSoon: when too many were wrong; nothing was looked at.
    """
    delay = SecondFactorDelay(services, KIND)
    turn = delay.admit(account_id, read_device(services.sealer, device), sid)
    if not _use(services, account_id, code):
        delay.failed(turn)
        raise WrongRecoveryCode(mark("This is none of your recovery codes, or it was used already."), "code")
    delay.passed(turn)
    return proved(services, account_id, KIND, device)


def _use(services: Services, account_id: str, code: str) -> bool:
    """Remove a code, which of two at once only one does."""
    with services.database.write() as connection:
        if not store.spend(connection, account_id, KIND, _lookup(services, account_id, code)):
            return False
        now, account = services.clock(), store.find(connection, account_id)
        who = ("account", account_id)
        audit.record(connection, audit.entry(Action.RECOVERY_CODE_USED, now, actor=who, object=who))
        if account is not None:
            number = left(connection, account_id)
            messages.announce(connection, services.sealer, account, "recovery_code_used", now=now, left=number)
    return True


def _code() -> str:
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def _row(services: Services, account_id: str, code: str) -> AuthenticatorRow:
    return AuthenticatorRow(
        id=str(uuid.uuid4()),
        account_id=account_id,
        kind=KIND,
        created_at=services.now(),
        lookup=_lookup(services, account_id, code),
    )


def _lookup(services: Services, account_id: str, code: str) -> str:
    """Give the keyed hash of a code, however it was typed: with capitals, blanks or hyphens."""
    plain = "".join(sign for sign in code.casefold()[:100] if sign.isalnum())
    return services.sealer.fingerprint(f"{account_id} {plain}", "recovery code")
