"""``@requires``: lets a page be opened only by somebody who is signed in strongly and recently enough.

Whoever is not is sent to the provider and comes back to the same page (step-up, RFC 9470).
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import request

from clients.kit import assurance
from clients.kit.clock import SKEW
from clients.kit.errors import NotForYou
from clients.kit.extension import relying_party
from clients.kit.person import Person
from clients.kit.protocol.authorization import Wish
from clients.kit.web.sessions import signed_in
from clients.kit.web.signing_in import begin
from templates.addresses import here

P = ParamSpec("P")
R = TypeVar("R")


def requires(acr: str = "", max_age: int | None = None, role: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Ask for a signed-in person.

    :param acr: level they must have reached; higher is enough.
    :param max_age: seconds since they last proved who they are.
    :param role: of an official; who lacks it is told so, since no other sign-in would help.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            person = signed_in()
            if person is None or not is_enough(person, acr, max_age):
                wish = Wish(acr_values=(acr,) if acr else (), max_age=max_age)
                form = request.form.to_dict(flat=False) if request.method == "POST" else None
                return cast("R", begin(wish, here(), form))
            if role and role not in person.roles:
                raise NotForYou(f"needs role {role}")
            return view(*args, **kwargs)

        return guarded

    return decorate


def is_enough(person: Person, acr: str, max_age: int | None) -> bool:
    """Tell whether a sign-in is strong and recent enough."""
    if acr and not assurance.satisfies(person.acr, acr):
        return False
    return max_age is None or person.auth_time >= relying_party().now - max_age - SKEW
