"""An interactive step in hand: who is at the browser, which request waits, and the way back to the dispatcher.

Owns what sign-in, step-up and consent have in common. What the next step is, only ``/authorize`` decides; a step that
is not due sends the browser back there.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.clients import Client
from idp.domain.sessions import Session, read_session
from idp.errors import ProtocolError
from idp.http.browser import browser_id, sign_on_cookie
from idp.http.middleware.security_headers import content_security_policy
from idp.http.pages.agency_words import agency_name
from idp.http.pages.asking import Asking
from idp.protocol.authorization import dispatcher, pending
from idp.protocol.authorization.decision import Next, decide
from idp.protocol.authorization.parameters import AuthorizationRequest
from idp.protocol.authorization.pending import Pending
from idp.services import Services
from templates.addresses import address_of, as_query
from templates.language import current_language


@dataclass(frozen=True)
class Interaction:
    """One step for one waiting request."""

    services: Services
    pending: Pending
    request: AuthorizationRequest

    @cached_property
    def session(self) -> Session | None:
        """The sign-on session of this browser."""
        return session_here(self.services)

    @cached_property
    def asking(self) -> Asking:
        """The portal that waits, in words."""
        return asking(self.services, self.request.client, self.request.redirect_uri)

    def due(self) -> Next | None:
        """Give the step that is due now; None when the request is over and only its answer is missing."""
        try:
            return decide(self.services, self.request, self.session, self.pending.progress)
        except ProtocolError:
            return None

    def note(self, **done: Any) -> AnyResponse:
        """Note what was done for the request, and go back to the dispatcher."""
        pending.note(self.services, self.pending, **done)
        return self.go_on()

    def go_on(self) -> AnyResponse:
        """Go back to the dispatcher."""
        return redirect(address_of("authorize.authorize", as_query({"pending": self.pending.id})), 303)

    def page(self, template: str, status: int = 200, **given: Any) -> Response:
        """Give a page of this step: its forms may end at the portal's checked redirect URI, and nowhere else."""
        return self.leading_on(make_response(render_template(template, asking=self.asking, **given), status))

    def leading_on(self, response: Response) -> Response:
        """Let the forms of a page end at the portal too; without it a browser stops on the way (Chromium, form-action)."""
        policy = content_security_policy((origin_of(self.request.redirect_uri),))
        response.headers["Content-Security-Policy"] = policy
        return response


def session_here(services: Services) -> Session | None:
    """Give the sign-on session of this browser."""
    return read_session(services, sign_on_cookie())


def interaction(services: Services) -> Interaction | None:
    """Give the interaction that ``?pending=`` names; None when the address names none.

    :raises idp.protocol.authorization.pending.PendingLost: when it is over, or another browser's.
    """
    pending_id = request.args.get("pending", "")
    if not pending_id:
        return None
    found = pending.find(services, pending_id[:100], browser_id())
    return Interaction(services, found, dispatcher.read(services, found.parameters))


def step_in_hand(services: Services, kind: type[Next]) -> tuple[Interaction, Any] | AnyResponse:
    """Give the interaction and its step if that step is due, else the way to where the person belongs."""
    found = interaction(services)
    if found is None:
        return redirect(url_for("account.home"), 303)
    step = found.due()
    return (found, step) if isinstance(step, kind) else found.go_on()


def asking(services: Services, client: Client, address: str) -> Asking:
    """Give a portal in words; ``address`` is one that it registered."""
    parts = urlsplit(address)
    agency = agency_name(services, client.agency)
    return Asking(client.name(current_language()), parts.netloc or parts.scheme, agency)


def origin_of(address: str) -> str:
    """Give what ``form-action`` needs to let a form lead to a checked address: its origin, or its own scheme."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"
