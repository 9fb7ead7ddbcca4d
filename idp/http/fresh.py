"""``needs_fresh``: a sensitive act of one's own is done only by who has just proved who they are, strongly enough.

Sends whoever has not to ``/signin`` or ``/step-up`` and back to the same address, so a page that is guarded answers GET
too. Which ways there are is ``idp.domain.authenticators.ways``' affair; OWASP ASVS 4.0.3 §3.7.1.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from idp.domain.assurance import Factor, strength_of
from idp.domain.authenticators import ways
from idp.domain.sessions import Session
from idp.http.interaction import session_here
from idp.services import Services
from templates.addresses import here

MAX_AGE = 300
"""Seconds that a proof is fresh for."""
View = Callable[..., ResponseReturnValue]


def needs_fresh(
    services: Services, *, strength: int | None = None, max_age: int = MAX_AGE, recovery: bool = False
) -> Callable[[View], View]:
    """Guard a view; within it ``g.session`` is the session, and ``g.fresh`` the factors that are fresh.

    :param strength: of the factors used within ``max_age`` seconds together; None for all that the account can reach.
    :param recovery: whether a password and a recovery code do as well, for who replaces what they lost.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            session = session_here(services)
            if session is None:
                return redirect(url_for("signin.signin", next=here()), 303)
            needed = strength or _strength_owned(services, session.account_id)
            fresh = fresh_factors(services, session, max_age)
            if not is_enough(fresh, needed, recovery=recovery):
                wanted: dict[str, Any] = {"strength": needed, "max_age": max_age, "recovery": int(recovery)}
                return redirect(url_for("step_up.step_up", next=here(), **wanted), 303)
            g.session, g.fresh = session, fresh
            return view(*args, **kwargs)

        return guarded

    return decorate


def fresh_factors(services: Services, session: Session, max_age: int) -> tuple[Factor, ...]:
    """Give the factors of a session that were used within ``max_age`` seconds and may change authenticators."""
    recent = session.since(services.now() - max_age).row.factors
    return tuple(factor for factor in recent if factor["kind"] not in ways.NOT_FOR_CHANGES)


def is_enough(fresh: tuple[Factor, ...], strength: int, *, recovery: bool = False) -> bool:
    """Tell whether fresh factors allow an act. A recovery code is none by itself: it helps whoever has the password too."""
    counting = [factor for factor in fresh if factor["kind"] != ways.RECOVERY]
    return bool(counting) and (strength_of(counting) >= strength or (recovery and ways.recovers(fresh)))


def _strength_owned(services: Services, account_id: str) -> int:
    with services.database.read() as connection:
        return ways.strength_owned(ways.guarding(connection, account_id, services.now()))
