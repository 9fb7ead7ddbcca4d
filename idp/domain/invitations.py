"""Invitations: a one-time link by which an administrator, the first one too, makes an account of their own.

The link's secret is kept only as a digest, for thirty minutes, in the ephemeral store; the operator hands it over
themselves. What the page looks like is left to ``idp.http``.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from idp.domain import accounts, audit, sign_in_names
from idp.domain.accounts import Actor, NewAccount, clean_name
from idp.domain.administration.administrator import ADMINISTRATOR, CENTRAL
from idp.domain.audit import Action
from idp.domain.authenticators import password as passwords_kept
from idp.domain.authenticators import password_rules
from idp.domain.known_devices import device_cookie, read_device
from idp.domain.sign_in import SignedIn
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.words import mark

KIND = "invitation"
LIFETIME = 1800
"""Seconds that a link is good for (design, processes)."""


@dataclass(frozen=True)
class Invitation:
    """What an invitation makes of whoever follows it; ``reference`` is its name in the audit trail."""

    roles: tuple[str, ...]
    agency: str | None
    reference: str
    until: float


@dataclass(frozen=True)
class Enrolment:
    """What the invited person fills in; they sign in with the e-mail address."""

    name: str
    email: str
    personal_number: str
    password: str


def invite(services: Services, *, actor: Actor, roles: Sequence[str] = (), agency: str | None = None) -> str:
    """Give the one-time address that enrols whoever follows it within ``LIFETIME``.

    :param roles: where none are given, an administrator's; without an agency, one who administers all of them.
    """
    roles = roles or ((ADMINISTRATOR,) if agency else (ADMINISTRATOR, CENTRAL))
    token, reference = secrets.token_urlsafe(32), f"invitation-{secrets.token_hex(8)}"
    _keep(services, token, Invitation(tuple(roles), agency, reference, services.clock() + LIFETIME))
    with services.database.write() as connection:
        entry = audit.entry(
            Action.ADMIN_INVITED, services.clock(), actor=actor, object=(KIND, reference), agency=agency, roles=[*roles]
        )
        audit.record(connection, entry)
    return f"{services.settings.issuer}/invitation/{token}"


def invitation(services: Services, token: str) -> Invitation | None:
    """Give an open invitation, for its page; None when it is used, too old or never was."""
    return _read(services.ephemeral.peek(KIND, token))


def enrol(services: Services, token: str, enrolment: Enrolment, *, device: str | None = None) -> SignedIn:
    """Make the invited person's account, once; they count as signed in with their new password.

    The operator who handed the link over has seen who they are, which is what proofs the number.

    :param device: the device cookie's value.
    :raises NotFound: when the invitation is used, too old or never was.
    :raises Refusal: naming the field to mend; the invitation stays open then.
    """
    if invitation(services, token) is None:
        raise _gone()
    checked, hashed = _checked(enrolment), _hashed(services, enrolment)
    # Taken only now: a mistake in the form costs nobody their link.
    taken = _read(services.ephemeral.take(KIND, token))
    if taken is None:
        raise _gone()
    try:
        account_id = _make(services, checked, hashed, taken)
    except Refusal:
        _keep(services, token, taken)
        raise
    factor = {"kind": passwords_kept.KIND, "amr": "pwd", "strength": 1, "at": services.now()}
    known = read_device(services.sealer, device).after(account_id)
    return SignedIn(account_id, factor, device_cookie(services.sealer, known), new_device=False)


def _checked(enrolment: Enrolment) -> Enrolment:
    email = sign_in_names.email(enrolment.email)
    number = sign_in_names.personal_number(enrolment.personal_number)
    if email is None:
        raise Refusal(mark("This is no e-mail address."), "email")
    if number is None:
        raise Refusal(mark("A personal number has twelve digits."), "personal_number")
    return replace(enrolment, name=clean_name(enrolment.name), email=email, personal_number=number)


def _hashed(services: Services, enrolment: Enrolment) -> str:
    personal = (enrolment.name, enrolment.email, enrolment.personal_number)
    password_rules.check(enrolment.password, personal, minimum=services.settings.password_minimum)
    return services.passwords.hash(enrolment.password)


def _make(services: Services, enrolment: Enrolment, hashed: str, invited: Invitation) -> str:
    now = services.clock()
    new = NewAccount(
        enrolment.name,
        kind="official",
        identity_level=2,
        personal_number=enrolment.personal_number,
        email=enrolment.email,
        agency=invited.agency,
        roles=invited.roles,
    )
    with services.database.write() as connection:
        account_id = accounts.create(connection, services.sealer, new, at=now, actor=("operator", "invitation"))
        passwords_kept.keep(connection, services.sealer, account_id, hashed, at=int(now))
        who, what = ("account", account_id), (KIND, invited.reference)
        audit.record(connection, audit.entry(Action.ADMIN_ENROLLED, now, actor=who, object=what, account_id=account_id))
    return account_id


def _keep(services: Services, token: str, invited: Invitation) -> None:
    value = {**asdict(invited), "roles": list(invited.roles)}
    services.ephemeral.put(KIND, token, value, invited.until - services.clock())


def _read(kept: dict[str, Any] | None) -> Invitation | None:
    return None if kept is None else Invitation(**{**kept, "roles": tuple(kept["roles"])})


def _gone() -> NotFound:
    return NotFound(mark("This link was used already or is too old. Please ask for a new one."))
