"""``/account``: what a person sees of their own account, its sessions and the portals that know it, and what they end.

Everything here needs a sign-on session. What is shown and ended is ``idp.domain.own_account``'s affair.
"""

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, flash, g, get_flashed_messages, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from idp.domain import consents, own_account
from idp.domain.own_account import ConnectedPortal, OpenSession
from idp.domain.profile import Profile
from idp.domain.release import facts_of
from idp.domain.sessions import Session
from idp.errors import NotFound
from idp.http.interaction import session_here
from idp.http.pages.agency_words import agency_name, with_agency_name
from idp.http.pages.claim_words import SHOWN, claim_words, scope_words
from idp.http.pages.device_words import device_words, factor_words
from idp.http.pages.views import AccountView, PortalView, SessionView
from idp.protocol import initiate_login
from idp.services import Services
from idp.words import mark
from templates.addresses import here
from templates.language import current_language

View = Callable[..., ResponseReturnValue]


def account_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("account", __name__, url_prefix="/account")
    signed_in = needs_sign_in(services)

    @blueprint.get("", strict_slashes=False)
    @signed_in
    def home() -> ResponseReturnValue:
        return account_page("idp/account.html", "home", account=_account_view(services, g.session.account_id))

    @blueprint.get("/sessions")
    @signed_in
    def sessions() -> ResponseReturnValue:
        found = own_account.open_sessions(services, g.session.account_id)
        shown = [_session_view(services, each, g.session) for each in found]
        return account_page("idp/sessions.html", "sessions", sessions=sorted(shown, key=lambda each: not each.this))

    @blueprint.post("/sessions/end")
    @signed_in
    def end_session() -> ResponseReturnValue:
        own_account.end_own_session(services, g.session.account_id, request.form.get("sid", ""))
        flash(gettext("The session has ended, and its portals are being told."))
        return redirect(url_for("account.sessions"), 303)

    @blueprint.post("/sessions/end-others")
    @signed_in
    def end_other_sessions() -> ResponseReturnValue:
        number = own_account.end_other_sessions(services, g.session.account_id, g.session.sid)
        flash(ngettext("%(num)s other session has ended.", "%(num)s other sessions have ended.", number))
        return redirect(url_for("account.sessions"), 303)

    @blueprint.get("/portals")
    @signed_in
    def portals() -> ResponseReturnValue:
        found = own_account.connected_portals(services, g.session.account_id)
        shown = [view for each in found if (view := _portal_view(services, each)) is not None]
        return account_page("idp/portals.html", "portals", portals=shown)

    @blueprint.post("/portals/withdraw")
    @signed_in
    def withdraw() -> ResponseReturnValue:
        if not consents.withdraw(services, g.session.account_id, request.form.get("client_id", "")[:200]):
            raise NotFound(mark("This portal is not connected any more."))
        flash(gettext("The portal is not connected any more, and you are signed out there."))
        return redirect(url_for("account.portals"), 303)

    return blueprint


def needs_sign_in(services: Services) -> Callable[[View], View]:
    """Make a view that sends whoever is not signed in to do so first, and comes back where that is safe."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**of_address: str) -> ResponseReturnValue:
            g.session = session_here(services)
            if g.session is None:
                back = here() if request.method == "GET" else url_for("account.home")
                return redirect(url_for("signin.signin", next=back), 303)
            return view(**of_address)

        return guarded

    return decorate


def account_page(template: str, current: str, **given: object) -> str:
    """Give a page of one's own account.

    :param current: its name in the navigation.
    """
    done = " ".join(str(words) for words in get_flashed_messages())
    return render_template(template, current=current, done=done, **given)


def _account_view(services: Services, account_id: str) -> AccountView:
    profile = own_account.profile_of(services, account_id)
    return AccountView(
        name=profile.name,
        identity_level=profile.identity_level,
        facts=_facts(services, profile),
        open_sessions=len(own_account.open_sessions(services, account_id)),
        connected_portals=len(own_account.connected_portals(services, account_id)),
    )


def _facts(services: Services, profile: Profile) -> tuple[tuple[str, str], ...]:
    facts = with_agency_name(services, facts_of(profile))
    shown = (claim_words(claim, facts[claim]) for claim in SHOWN if facts.get(claim))
    return tuple((words.label, words.value) for words in shown)


def _session_view(services: Services, found: OpenSession, current: Session) -> SessionView:
    row = found.row
    clients = (services.clients.get(client_id) for client_id in found.client_ids)
    return SessionView(
        sid=row.sid,
        device=device_words(row.device),
        place=row.place,
        began=row.created_at,
        seen=row.seen_at,
        method=", ".join(factor_words(str(factor["kind"])) for factor in row.factors),
        this=row.sid == current.sid,
        portals=tuple(client.name(current_language()) for client in clients if client is not None),
        new_device=row.new_device,
    )


def _portal_view(services: Services, found: ConnectedPortal) -> PortalView | None:
    client = services.clients.get(found.client_id)
    if client is None:
        return None
    agreement = found.agreement
    knows = (agreement.scopes if agreement else found.released) or ("openid",)
    return PortalView(
        client_id=found.client_id,
        name=client.name(current_language()),
        agency=agency_name(services, client.agency),
        knows=tuple(scope_words(name) for name in knows if name != "openid" or len(knows) == 1),
        granted_at=agreement.granted_at if agreement else None,
        expires_at=agreement.expires_at if agreement else None,
        signed_in=found.signed_in,
        enter_address=initiate_login.address(client, services.settings.issuer),
    )
