"""``/step-up``: asks for what is missing and nothing else, by the ways that the person owns; or leads to get one.

For a waiting request (OpenID Connect Core §5.5.1.1, RFC 9470): where the portal insists, giving up is told to it; where
it only wishes, the person may go on without. For a page of one's own (``idp.http.fresh``): the way back to it.
"""

from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.assurance import ONE_FACTOR, PHISHING_RESISTANT, Assurance
from idp.domain.authenticators import ways
from idp.domain.authenticators.ways import Way
from idp.domain.sessions import Session
from idp.http.entry import onwards, way
from idp.http.fresh import MAX_AGE, fresh_factors, is_enough
from idp.http.interaction import Interaction, session_here, step_in_hand
from idp.http.pages.views import WayView
from idp.protocol.authorization.decision import StepUp
from idp.services import Services


def step_up_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("step_up", __name__)

    @blueprint.get("/step-up")
    def step_up() -> ResponseReturnValue:
        if "pending" not in request.args and "next" in request.args:
            session = session_here(services)
            return _for_own_page(services, session) if session else redirect(_signin(), 303)
        found = step_in_hand(services, StepUp)
        return _for_portal(services, *found) if isinstance(found, tuple) else found

    @blueprint.post("/step-up")
    def answer() -> ResponseReturnValue:
        found = step_in_hand(services, StepUp)
        if not isinstance(found, tuple):
            return found
        here, step = found
        if request.form.get("answer") == "go_on" and not step.essential and here.session is not None:
            return here.note(went_on_without=here.session.account_id)
        return here.note(gave_up=True)

    return blueprint


def _for_portal(services: Services, here: Interaction, step: StepUp) -> ResponseReturnValue:
    """Show what the portal asks for, the ways to it, and those who have none how to get one."""
    views = _views([found for kind in step.ways if (found := ways.way(kind)) is not None])
    enrol = [] if views or not _by_strength(step) else _enrol_views(services, step)
    return here.page(
        "idp/step_up.html",
        reason=reason(step.needed, step.have),
        ways=views,
        enrol=enrol,
        lost_address=_lost_address(step),
        advice=advice(step.needed, step.have, enrol=bool(enrol or views)),
        essential=step.essential,
        other_account_address=url_for("signin.signin", pending=here.pending.id, other=1),
    )


def _for_own_page(services: Services, session: Session) -> ResponseReturnValue:
    """Lead on to the one way there is, or let the person choose."""
    strength, max_age = _number("strength", 1, 3), _number("max_age", MAX_AGE, 3600)
    recovery = request.args.get("recovery") == "1"
    fresh = fresh_factors(services, session, max_age)
    if is_enough(fresh, strength, recovery=recovery):
        return onwards(None)
    with services.database.read() as connection:
        owned = ways.owned(connection, session.account_id, services.now()) - ways.NOT_FOR_CHANGES
    found = ways.helping(fresh, owned, strength, services.settings)
    if strength == ONE_FACTOR:
        # What is fresh is not enough here, so it is nothing: any one way has to be shown again.
        found = ways.any_of(owned, services.settings)
    lost = ways.recovering(fresh, owned) if recovery and strength > ONE_FACTOR else ()
    if any(factor["kind"] == ways.RECOVERY for factor in fresh) and lost:
        found, lost = lost, ()  # begun with a code on paper: what is missing of that is asked for
    views, instead = _views(found), _views([each for each in lost if each not in found])
    if len(views) == 1 and not instead:
        return redirect(views[0].address, 303)
    return make_response(render_template("idp/step_up_own.html", ways=views, instead=instead))


def _lost_address(step: StepUp) -> str:
    """Give the page on which what the person owns is replaced, or nothing where there is none."""
    onward: dict[str, Any] = way()
    found = [each.enrols for kind in step.ways if (each := ways.way(kind)) and each.enrol_words]
    return next((url_for(endpoint, **onward) for endpoint in found if _exists(endpoint)), "")


def _by_strength(step: StepUp) -> bool:
    return step.have.identity >= step.needed.identity


def _enrol_views(services: Services, step: StepUp) -> list[WayView]:
    onward: dict[str, Any] = way()
    found = ways.enrolling(step.used, step.needed.strength, services.settings)
    return [
        WayView(gettext(each.enrol_words), url_for(each.enrols, **onward)) for each in found if _exists(each.enrols)
    ]


def _views(found: "list[Way] | tuple[Way, ...]") -> list[WayView]:
    onward: dict[str, Any] = way()
    views = [WayView(gettext(each.words), url_for(each.endpoint, **onward)) for each in found if _exists(each.endpoint)]
    return list(dict.fromkeys(views))  # two kinds may be used on one page


def _exists(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _signin() -> str:
    onward: dict[str, Any] = way()
    return url_for("signin.signin", **onward)


def _number(name: str, otherwise: int, most: int) -> int:
    """Give a number of the address; what it says only leads there: the page that is wanted asks by itself."""
    text = request.args.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


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


def advice(needed: Assurance, have: Assurance, *, enrol: bool) -> list[str]:
    """Say what else can be done, where the page itself leads to nothing."""
    found = []
    if have.identity < needed.identity:
        found.append(gettext("Bring your identity card to an office that proofs accounts; then try again."))
    elif not enrol:
        found.append(gettext("Add a second factor or a passkey to your account, or sign in with the one you have."))
    return [*found, gettext("Sign in with another account that has what is asked for.")]
