"""The ways to prove who one is: one row for each kind of authenticator, read by sign-in, step-up and one's own pages.

Owns which of them help somebody who has to prove more, given what they own and have used. How strong a kind is, the
data behind ``assurance`` says; proving itself is each kind's own module and page.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from idp.domain.assurance import Factor, categories, remote, strength_of
from idp.domain.authenticators.passkeys.relying_party import obstacle
from idp.settings import Settings
from idp.store import accounts as store
from idp.store import authenticators
from idp.store.accounts import AuthenticatorRow
from idp.words import mark
from keys.store.certificates import ON_HOLD

RECOVERY = "recovery_code"
COPIED = "copied"
"""The state of an authenticator that is not accepted any more, because there seems to be a second one of it."""
STOPPED = (COPIED, ON_HOLD)
"""States in which an authenticator is not accepted and may be again, or was stopped because somebody else may have it."""
NOT_FOR_CHANGES = remote()
"""Kinds that can be relayed by somebody who looks on, so that no authenticator is changed by them (design, issue of
factors): they sign in, and that is all."""


def _everywhere(_settings: Settings) -> bool:
    return True


@dataclass(frozen=True)
class Way:
    """One kind of authenticator.

    ``endpoint`` names the page where it is used, ``words`` what leads there; ``enrols`` the page that adds one, or is
    empty, and ``enrol_words`` what leads there. ``signs_in`` tells whether it opens a session by itself, ``steps_up``
    whether it adds to one; ``removable`` whether its owner takes it away on the common page; ``offered`` whether an
    installation has it.
    """

    kind: str
    endpoint: str
    words: str
    enrols: str = ""
    enrol_words: str = ""
    signs_in: bool = False
    steps_up: bool = True
    removable: bool = True
    offered: Callable[[Settings], bool] = _everywhere


WAYS: tuple[Way, ...] = (
    Way(
        "password",
        "step_up_password.prove",
        mark("Enter the password"),
        "change_password.change",
        signs_in=True,
        removable=False,
    ),
    Way(
        "passkey",
        "passkeys.ask_for",
        mark("Use a passkey"),
        "own_passkeys.listed",
        mark("Add a passkey"),
        signs_in=True,
        removable=False,
        offered=lambda settings: obstacle(settings) is None,
    ),
    Way("phone", "phone.ask", mark("Use a phone that is signed in"), signs_in=True, steps_up=False, removable=False),
    Way(
        "totp",
        "step_up_code.code",
        mark("Enter a code from the application"),
        "totp.enrol",
        mark("Add an application that shows codes"),
    ),
    Way(
        "recovery_code",
        "step_up_code.recovery",
        mark("Use a recovery code"),
        "recovery_codes.codes",
        mark("Make recovery codes"),
        steps_up=False,
        removable=False,
    ),
    Way(
        "browser_key",
        "certificate_sign_in.ask",
        mark("Use a certificate"),
        "own_certificates.listed",
        mark("Get a certificate"),
        signs_in=True,
        removable=False,
        offered=lambda settings: settings.has_authority,
    ),
    Way(
        "software_key",
        "certificate_sign_in.ask",
        mark("Use a certificate"),
        "own_certificates.listed",
        signs_in=True,
        removable=False,
        offered=lambda settings: settings.has_authority,
    ),
    Way(
        "certificate",
        "mutual_tls.begin",
        mark("Use a certificate of this device"),
        signs_in=True,
        steps_up=False,
        removable=False,
        offered=lambda settings: bool(settings.mtls_url),
    ),
)
"""Every way, in the order in which they are offered. A new kind adds its row here and its page in ``idp.http.pages``."""


def way(kind: str) -> Way | None:
    """Give the way of a kind, or None."""
    return next((each for each in WAYS if each.kind == kind), None)


def signs_in(kind: str) -> bool:
    """Tell whether a kind opens a session by itself."""
    found = way(kind)
    return found is not None and found.signs_in


def in_force(row: AuthenticatorRow, now: int) -> bool:
    """Tell whether an authenticator can still be shown: a certificate for as long as it is valid, all others for ever.

    Nobody can show an expired one, so to ask for it would shut its owner out, from getting the next one too.
    """
    return int(json.loads(row.details).get("not_after", now)) >= now


def is_way_in(row: AuthenticatorRow, now: int) -> bool:
    """Tell whether an active authenticator opens a session by itself, so that its owner has a way in with it alone."""
    return signs_in(row.kind) and in_force(row, now)


def owned(connection: Connection, account_id: str, now: int) -> frozenset[str]:
    """Give the kinds of authenticator that an account has and can use (``now`` in Unix seconds)."""
    return frozenset(row.kind for row in store.authenticators_of(connection, account_id) if in_force(row, now))


def guarding(connection: Connection, account_id: str, now: int) -> frozenset[str]:
    """Give the kinds that guard an account: what it has, and what was stopped: seemingly copied, or suspended.

    Or whoever holds a copy would only have to be noticed for a password to be enough to change everything, and to have
    what was suspended released.
    """
    stopped = [row for state in STOPPED for row in authenticators.in_state(connection, account_id, state)]
    return owned(connection, account_id, now) | {row.kind for row in stopped if in_force(row, now)}


def strength_owned(kinds: Iterable[str]) -> int:
    """Give the strength that these kinds reach together: what a change of any of them asks for."""
    return strength_of([{"kind": kind} for kind in kinds if kind not in NOT_FOR_CHANGES])


def helping(used: Sequence[Factor], kinds: Iterable[str], strength: int, settings: Settings) -> tuple[Way, ...]:
    """Give the ways that somebody who owns ``kinds`` and has used ``used`` may go on by, to reach a strength.

    Those that reach it alone, and those that bring something new where several of them reach it together.
    """
    if strength_of(used) >= strength:
        return ()
    open_ways = [each for each in WAYS if each.kind in frozenset(kinds) and each.steps_up and each.offered(settings)]
    finishing = [each for each in open_ways if strength_of([*used, {"kind": each.kind}]) >= strength]
    others = [each for each in open_ways if each not in finishing]
    if strength_of([*used, *({"kind": each.kind} for each in others)]) < strength:
        return tuple(finishing)
    have = categories(factor["kind"] for factor in used)
    return (*finishing, *(each for each in others if not categories([each.kind]) <= have))


def enrolling(used: Sequence[Factor], strength: int, settings: Settings) -> tuple[Way, ...]:
    """Give the ways that would reach a strength if somebody who has used ``used`` and a password enrolled them."""
    base = [*used, {"kind": "password"}]
    return tuple(
        each
        for each in WAYS
        if each.enrol_words and each.offered(settings) and strength_of([*base, {"kind": each.kind}]) >= strength
    )


def recovers(used: Sequence[Factor]) -> bool:
    """Tell whether a password and a recovery code were used: a lost authenticator may be replaced then, no more."""
    return {"password", RECOVERY} <= {factor["kind"] for factor in used}


def recovering(used: Sequence[Factor], kinds: Iterable[str]) -> tuple[Way, ...]:
    """Give the ways by which somebody who lost an authenticator may go on to replace it."""
    owned_kinds, used_kinds = frozenset(kinds), {factor["kind"] for factor in used}
    found = [way(kind) for kind in (RECOVERY, "password") if kind in owned_kinds and kind not in used_kinds]
    return tuple(each for each in found if each is not None) if RECOVERY in owned_kinds | used_kinds else ()


def any_of(kinds: Iterable[str], settings: Settings) -> tuple[Way, ...]:
    """Give every way by which somebody who owns ``kinds`` may prove who they are once more."""
    owned_kinds = frozenset(kinds)
    return tuple(each for each in WAYS if each.kind in owned_kinds and each.steps_up and each.offered(settings))
