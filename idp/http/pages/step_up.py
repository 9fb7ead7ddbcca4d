"""``/step-up``: a service asks for more than this sign-in has reached; the page says what is missing and how to get it.

OpenID Connect Core §5.5.1.1 and Unmet Authentication Requirements: where the portal insists, giving up is told to it;
where it only wishes, the person may go on without.
"""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.assurance import PHISHING_RESISTANT, Assurance
from idp.http.interaction import step_in_hand
from idp.protocol.authorization.decision import StepUp
from idp.services import Services


def step_up_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("step_up", __name__)

    @blueprint.get("/step-up")
    def step_up() -> ResponseReturnValue:
        found = step_in_hand(services, StepUp)
        if not isinstance(found, tuple):
            return found
        here, step = found
        return here.page(
            "idp/unmet.html",
            reason=reason(step.needed, step.have),
            ways=ways(step.needed, step.have),
            essential=step.essential,
            other_account_address=url_for("signin.signin", pending=here.pending.id, other=1),
        )

    @blueprint.post("/step-up")
    def answer() -> ResponseReturnValue:
        found = step_in_hand(services, StepUp)
        if not isinstance(found, tuple):
            return found
        here, step = found
        if request.form.get("answer") == "go_on" and not step.essential:
            return here.note(went_on_without=True)
        return here.note(gave_up=True)

    return blueprint


def reason(needed: Assurance, have: Assurance) -> str:
    """Say what the service asks for and what there is."""
    if have.identity < needed.identity:
        return str(
            gettext(
                "This service asks for an account of identity level %(needed)s. Yours is at level %(have)s.",
                needed=needed.identity,
                have=have.identity,
            )
        )
    if needed.strength >= PHISHING_RESISTANT:
        return str(gettext("This service asks for a sign-in with a passkey or a certificate."))
    return str(gettext("This service asks for a second factor besides the password."))


def ways(needed: Assurance, have: Assurance) -> list[str]:
    """Say how to get there."""
    found = []
    if have.identity < needed.identity:
        found.append(gettext("Bring your identity card to an office that proofs accounts; then try again."))
    if have.strength < needed.strength:
        found.append(gettext("Add a second factor or a passkey to your account, or sign in with the one you have."))
    return [*found, gettext("Sign in with another account that has what is asked for.")]
