"""``@requires``: lets a page be opened only by somebody who is signed in strongly and recently enough.

Whoever is not is sent to the provider and comes back to the same page, what they filled in kept (RFC 9470 on the side of
the page). A form is sent on only when the person presses a button: signing in must not act for them.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, Flask, redirect, render_template, request
from werkzeug.wrappers import Response

from clients.kit import assurance
from clients.kit.clock import SKEW
from clients.kit.errors import NotForYou, SignInNeeded
from clients.kit.extension import relying_party
from clients.kit.person import Person
from clients.kit.protocol.authorization import Wish
from clients.kit.web.sessions import KEPT_FORM, signed_in, visit
from clients.kit.web.signing_in import ASKS_BY_ITSELF, begin
from templates.addresses import here

P = ParamSpec("P")
R = TypeVar("R")
blueprint = Blueprint("step_up", __name__)
NOT_KEPT = ("csrf_token",)


def requires(
    acr: str = "", max_age: int | None = None, role: str = "", scope: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Ask for a signed-in person.

    :param acr: level they must have reached; higher is enough.
    :param max_age: seconds since they last proved who they are.
    :param role: of an official; who lacks it is told so, since no other sign-in would help.
    :param scope: that this page needs and others of the portal do not, so that it is asked for here alone.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            person = demand(acr, max_age, scope)
            if role and role not in person.roles:
                raise NotForYou(f"needs role {role}")
            _forget_sent_form()
            return view(*args, **kwargs)

        setattr(guarded, ASKS_BY_ITSELF, partial(SignInNeeded, (acr,) if acr else (), max_age, scope=scope))
        return guarded

    return decorate


def demand(acr: str = "", max_age: int | None = None, scope: str = "") -> Person:
    """Give who is signed in, strongly and recently enough; for a page that learns only as it runs what it needs.

    :raises SignInNeeded: which leads there and back, a form kept on the way.
    """
    person = signed_in()
    granted = scope in person.tokens.scope.split() if person is not None and scope else True
    if person is None or not granted or not is_enough(person, acr, max_age):
        raise SignInNeeded((acr,) if acr else (), max_age, scope=scope)
    return person


def is_enough(person: Person, acr: str, max_age: int | None) -> bool:
    """Tell whether a sign-in is strong and recent enough."""
    if acr and not assurance.satisfies(person.acr, acr):
        return False
    return max_age is None or person.auth_time >= relying_party().now - max_age - SKEW


def to_sign_in(needed: SignInNeeded) -> Response:
    """Send the browser to the provider, and keep the form that led here."""
    usual = relying_party().settings.scope
    wish = Wish(needed.acr_values, needed.max_age, scope=f"{usual} {needed.scope}" if needed.scope else "")
    return begin(wish, here(), form_at_hand() if request.method == "POST" else None)


def form_at_hand() -> dict[str, Any]:
    """Give the form that led here, as it is kept: whose, where it goes, its fields, and whether files were with it."""
    person = signed_in()
    fields = {name: values for name, values in request.form.to_dict(flat=False).items() if name not in NOT_KEPT}
    files = any(file.filename for file in request.files.values())
    return {"of": person.subject if person else "", "action": here(), "fields": fields, "files": files}


@blueprint.get("/continue")
def go_on() -> str | Response:
    """Show the button that sends the kept form on."""
    kept = visit().get(KEPT_FORM)
    if kept is None:
        return redirect(f"{request.script_root}/", 303)
    return render_template("clients/kit/continue.html", form=kept)


def _forget_sent_form() -> None:
    """Once the form was sent on, it is kept no longer."""
    if request.method == "POST" and KEPT_FORM in visit() and visit()[KEPT_FORM]["action"] == here():
        del visit()[KEPT_FORM]


def install(app: Flask) -> None:
    """Add the page to ``app``, and let whoever must sign in be sent there."""
    app.register_error_handler(SignInNeeded, to_sign_in)
    app.register_blueprint(blueprint)
