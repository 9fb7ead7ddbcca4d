"""One-time codes from an application on one's phone (TOTP, RFC 6238): enrolled by showing a code, each code good once.

The seed is sealed; the last step used is kept in the authenticator's own row and advanced by one statement, so that a
code that somebody looked at is worth nothing (RFC 6238 §5.2). How fast codes may be tried is ``second_factor_delay``'s.
"""

import base64
import hmac
import unicodedata
import uuid
from dataclasses import dataclass

import pyotp
from sqlalchemy import Connection

from idp.domain.authenticators import life
from idp.domain.authenticators.second_factor_delay import SecondFactorDelay
from idp.domain.known_devices import read_device
from idp.domain.sign_in import SignedIn, proved
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import AuthenticatorRow
from idp.words import mark
from keys.sealing import Sealer

KIND = "totp"
STEP = 30
"""Seconds that a code is shown for (RFC 6238 §4.1)."""
WINDOW = 1
"""Steps before and after the present one that are taken too: a phone's clock is never exact (RFC 6238 §5.2)."""
MOST = 5
"""Applications that one account may have."""
ENROLMENT = "totp_enrolment"
ENROLMENT_LIFETIME = 900
"""Seconds to bring a seed into an application and show its first code."""


class WrongOneTimeCode(Refusal):
    """The code is not one of now, or it was used already."""

    status_code = 403


class EnrolmentOver(Refusal):
    """The seed that was shown is not kept any more; a new one is shown."""

    status_code = 410


@dataclass(frozen=True)
class Enrolment:
    """A seed that waits for its first code: as text, and as the address that a QR code holds."""

    secret: str
    uri: str


def begin(services: Services, sid: str, account_id: str, name: str) -> Enrolment:
    """Give the seed to enrol in this session: the same one until it is confirmed or too old.

    :param name: what the application calls the account.
    """
    secret = _waiting(services, sid, account_id)
    if secret is None:
        secret = pyotp.random_base32()
        sealed = services.sealer.seal(secret.encode(), _purpose(account_id))
        value = {"sealed": base64.b64encode(sealed).decode()}
        services.ephemeral.put(ENROLMENT, _key(sid, account_id), value, ENROLMENT_LIFETIME)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Motcua"))


def confirm(services: Services, sid: str, account_id: str, code: str, label: str = "") -> str:
    """Keep the seed that waits in this session, once a code of it was shown; nobody enrols what they cannot use.

    :returns: the authenticator's identifier.

    :raises EnrolmentOver: when none waits.
    :raises WrongOneTimeCode: when the code is not of it; it goes on waiting.
    :raises Refusal: when the account has as many as it may.
    """
    secret = _waiting(services, sid, account_id)
    if secret is None:
        raise _over()
    step = matching_step(secret, code, services.now())
    if step is None:
        raise WrongOneTimeCode(
            mark("This is not the code of now. Is the clock of the phone right? Enter the newest one."), "code"
        )
    if services.ephemeral.take(ENROLMENT, _key(sid, account_id)) is None:
        raise _over()
    with services.database.write() as connection:
        return keep(connection, services, account_id, secret, label=label, step=step)


def keep(
    connection: Connection, services: Services, account_id: str, secret: str, *, label: str = "", step: int = 0
) -> str:
    """Keep a seed as a new authenticator of an account, tell the owner, and give its identifier.

    :param step: the last one used.
    :raises Refusal: when the account has as many as it may.
    """
    if len(store.authenticators_of(connection, account_id, KIND)) >= MOST:
        raise Refusal(mark("You have as many of these as an account may have. Remove one first."))
    row = new_row(services, account_id, secret, label=label, step=step)
    life.add(connection, services, row)
    return row.id


def new_row(services: Services, account_id: str, secret: str, *, label: str = "", step: int = 0) -> AuthenticatorRow:
    """Give a seed as it is kept."""
    return AuthenticatorRow(
        id=str(uuid.uuid4()),
        account_id=account_id,
        kind=KIND,
        created_at=services.now(),
        label=life.clean_label(label),
        secret=services.sealer.seal(secret.encode(), _purpose(account_id)),
        counter=step,
    )


def prove(services: Services, account_id: str, code: str, *, device: str | None, sid: str = "") -> SignedIn:
    """Have somebody show a code of one of their applications.

    :param device: the device cookie's value.
    :param sid: the session in which they do.
    :raises WrongOneTimeCode: when it is none of now, or was used; both are said alike.
    :raises idp.domain.authenticators.second_factor_delay.TooSoon: when too many were wrong; nothing was compared.
    """
    delay = SecondFactorDelay(services, KIND)
    turn = delay.admit(account_id, read_device(services.sealer, device), sid)
    shown = _accept(services, account_id, code)
    if shown is None:
        delay.failed(turn)
        words = mark("This code is not right, or it was used already. Wait for the next one and enter that.")
        raise WrongOneTimeCode(words, "code")
    delay.passed(turn)
    return proved(services, account_id, KIND, device, authenticator=shown)


def matching_step(secret: str, code: str, now: float) -> int | None:
    """Give the step that a code belongs to, of those around ``now``; every one is compared, in constant time."""
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", code) if sign in "0123456789")
    generator, present = pyotp.TOTP(secret, interval=STEP), int(now) // STEP
    steps = range(present - WINDOW, present + WINDOW + 1)
    matching = [step for step in steps if hmac.compare_digest(generator.generate_otp(step), digits)]
    return matching[-1] if matching else None


def current_codes(connection: Connection, sealer: Sealer, account_id: str, now: float) -> list[str]:
    """Give the codes that an account's applications show now. Only ever called by the demo, for its invented people."""
    rows = store.authenticators_of(connection, account_id, KIND)
    return [pyotp.TOTP(_opened(sealer, row), interval=STEP).generate_otp(int(now) // STEP) for row in rows]


def _accept(services: Services, account_id: str, code: str) -> str | None:
    """Use a code up; gives the authenticator that showed it, or None."""
    now = services.now()
    with services.database.write() as connection:
        for row in store.authenticators_of(connection, account_id, KIND):
            step = matching_step(_opened(services.sealer, row), code, now)
            if step is not None and store.advance(connection, row.id, step, used_at=now):
                return row.id
    return None


def _opened(sealer: Sealer, row: AuthenticatorRow) -> str:
    return sealer.open(row.secret or b"", _purpose(row.account_id)).decode()


def _waiting(services: Services, sid: str, account_id: str) -> str | None:
    kept = services.ephemeral.peek(ENROLMENT, _key(sid, account_id))
    if kept is None:
        return None
    return services.sealer.open(base64.b64decode(kept["sealed"]), _purpose(account_id)).decode()


def _key(sid: str, account_id: str) -> str:
    return f"{sid} {account_id}"


def _purpose(account_id: str) -> str:
    return f"account {account_id} totp"


def _over() -> EnrolmentOver:
    return EnrolmentOver(mark("This took too long, so there is a new key. Bring it into the application once more."))
