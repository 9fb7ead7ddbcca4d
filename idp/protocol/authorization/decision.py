"""What comes next for an authorization request: one question at a time, answered from stored state alone.

Sign-in, step-up and consent each come back here; "where am I?" has this one answer. Nothing here shows a page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from idp.domain import assurance, consents, release
from idp.domain.assurance import Assurance, Factor
from idp.domain.authenticators import ways
from idp.domain.clients import Client
from idp.domain.sessions import Session, has_left
from idp.errors import (
    AccessDenied,
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    ProtocolError,
    UnmetAuthenticationRequirements,
)
from idp.protocol import id_token_hint
from idp.protocol.authorization.parameters import AuthorizationRequest, values_of
from idp.services import Services


@dataclass(frozen=True)
class Progress:
    """What has happened for this request so far, kept with it between the steps.

    ``signed_in`` is the session that a sign-in for this very request opened or renewed. ``consented`` and
    ``went_on_without`` name the account that passed that page: nobody else who signs in meanwhile has answered it.
    """

    signed_in: str | None = None
    consented: str | None = None
    denied: bool = False
    went_on_without: str | None = None
    gave_up: bool = False
    began: int | None = None
    """When the request came, Unix seconds; None while it is looked at for the first time."""


ANEW = frozenset({"login", "select_account"})
"""The prompts that ask for a sign-in of the request's own (OpenID Connect Core §3.1.2.1)."""


class Reason(StrEnum):
    """Why the sign-in page is shown; the page says so in words."""

    NOBODY = "nobody"
    ASKED = "asked"
    TOO_LONG_AGO = "too_long_ago"
    SOMEBODY_ELSE = "somebody_else"
    NOT_BY_PHONE = "not_by_phone"


@dataclass(frozen=True)
class SignIn:
    """Next is the sign-in page."""

    reason: Reason
    hint: str | None = None


@dataclass(frozen=True)
class StepUp:
    """Next is a page that asks for what is missing. ``needed`` is the least of what was requested.

    ``have`` and ``used`` are what counts for this request; ``ways`` the kinds of authenticator that this person owns
    and may go on by.
    """

    needed: Assurance
    have: Assurance
    used: tuple[Factor, ...]
    essential: bool
    ways: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        """Whether this person can reach it now with what they own."""
        return bool(self.ways)


@dataclass(frozen=True)
class Consent:
    """Next is the consent page, for these scopes and single claims."""

    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Issue:
    """Nothing is missing: the client gets its answer."""

    acr: str
    amr: tuple[str, ...]
    auth_time: int
    refused_claims: tuple[str, ...]


Next = SignIn | StepUp | Consent | Issue


def decide(services: Services, request: AuthorizationRequest, session: Session | None, progress: Progress) -> Next:
    """Give the next step.

    :raises idp.errors.ProtocolError: when the request is over: refused by the person, or ``prompt=none`` and a page
        would have to be shown (OpenID Connect Core §3.1.2.6).
    """
    if progress.denied:
        raise AccessDenied("the person refused")
    if session is not None and administers(request.client):
        # Neither the strength nor the time of what another browser vouched for.
        session = session.here_only()
    sign_in = _sign_in(services, request, session, progress)
    if sign_in is not None:
        return _unless_silent(request, sign_in, lambda: LoginRequired("a sign-in would be needed, and prompt is none"))
    if session is None:
        raise LoginRequired("a sign-in would be needed")
    counting = _counting(services, request, session, progress)
    acr = assurance.returned(request.requested_acr, counting.assurance)
    if acr is None:
        step_up = _step_up(services, request, counting, progress)
        if step_up is not None:
            return _unless_silent(request, step_up, lambda: _silent_step_up(step_up))
        acr = assurance.highest(counting.assurance)
    client, read = request.client, session.agreed_with(request.client.client_id)
    agreement = consents.agreement(services, session.account_id, client, request.to_agree, read)
    asked_again = "consent" in request.prompts and progress.consented != session.account_id
    if agreement.missing or asked_again:
        consent = Consent(request.to_agree)
        return _unless_silent(request, consent, lambda: ConsentRequired("consent would be needed, and prompt is none"))
    if "none" in request.prompts and has_left(services, session, request.client.client_id):
        # Or a portal that was sent away would know the person again at the next page, unasked.
        raise LoginRequired("the person signed out of this portal; a sign-in that they see brings them back")
    return Issue(acr, tuple(counting.amr), counting.auth_time, agreement.refused_claims)


def _unless_silent(request: AuthorizationRequest, step: Next, error: Callable[[], Exception]) -> Next:
    if "none" in request.prompts:
        raise error()
    return step


def asks_anew(request: AuthorizationRequest) -> bool:
    """Tell whether a request may ask for a sign-in of its own, so that it matters which one was made for it."""
    return bool(request.prompts & ANEW) or request.max_age is not None


def _counting(services: Services, request: AuthorizationRequest, session: Session, progress: Progress) -> Session:
    """Give the session as far as it counts for this request.

    Where a request says how recent a sign-in must be, an older factor does not count: or whoever finds a browser open
    would need the password alone to be taken for somebody with two factors (RFC 9470 §5).
    """
    moment = counts_from(services, request, progress)
    return session if moment is None else session.since(moment)


def counts_from(services: Services, request: AuthorizationRequest, progress: Progress) -> int | None:
    """Give since when a factor must have been used to count for a request, Unix seconds; None for any."""
    began = services.now() if progress.began is None else progress.began
    if request.prompts & {"login"}:
        return began
    if request.max_age is not None:
        return min(services.now() - request.max_age, began)
    return None


def administers(client: Client) -> bool:
    """Tell whether a client is one through which somebody administers: what another browser vouches for is not enough."""
    return bool(release.administration_scopes() & set(client.scopes))


def _silent_step_up(step: StepUp) -> ProtocolError:
    """Say honestly what a page would have been needed for, or that none would help (Core §3.1.2.6, §5.5.1.1)."""
    if step.essential and not step.reachable:
        return UnmetAuthenticationRequirements("this account cannot reach the requested acr with what it has")
    return InteractionRequired("a step-up would be needed, and prompt is none")


def _sign_in(
    services: Services, request: AuthorizationRequest, session: Session | None, progress: Progress
) -> SignIn | None:
    """Say whether a sign-in is needed: nobody there, asked for, too long ago, or somebody else was meant."""
    hint = request.get("login_hint")
    if session is None:
        return SignIn(Reason.NOBODY, hint)
    if administers(request.client) and not session.row.factors:
        return SignIn(Reason.NOT_BY_PHONE, hint)
    fresh = progress.signed_in == session.sid
    if request.prompts & ANEW and not fresh:
        return SignIn(Reason.ASKED, hint)
    max_age = request.max_age
    if max_age is not None and not fresh and services.now() - session.auth_time >= max_age:
        return SignIn(Reason.TOO_LONG_AGO, hint)
    if _somebody_else_was_meant(services, request, session):
        return SignIn(Reason.SOMEBODY_ELSE, hint)
    return None


def _somebody_else_was_meant(services: Services, request: AuthorizationRequest, session: Session) -> bool:
    """``id_token_hint`` or a requested ``sub`` names a person (OpenID Connect Core §3.1.2.1, §3.1.2.2, §5.5.1)."""
    wishes = [(request.claims.get(member) or {}).get("sub") or {} for member in ("id_token", "userinfo")]
    meant = [values for wish in wishes if (values := values_of(wish))]
    if hint := request.get("id_token_hint"):
        meant.append([id_token_hint.read(services, hint)["sub"]])
    if not meant:
        return False
    sub = services.subjects.of(session.account_id, request.client.subject_sector)
    return not all(sub in values for values in meant)


def _step_up(services: Services, request: AuthorizationRequest, session: Session, progress: Progress) -> StepUp | None:
    """Say what is missing for the least demanding of the requested values, or that the person may go on without."""
    if progress.gave_up:
        raise UnmetAuthenticationRequirements("the requested acr could not be reached")
    known = [needed for acr in request.requested_acr if (needed := assurance.needed_for(acr)) is not None]
    essential = bool(request.essential_acr)
    if not known or (progress.went_on_without == session.account_id and not essential):
        return None
    needed = min(known, key=lambda value: (value.identity, value.strength))
    return StepUp(needed, session.assurance, tuple(session.row.factors), essential, _ways(services, session, needed))


def _ways(services: Services, session: Session, needed: Assurance) -> tuple[str, ...]:
    """Identity is raised only by proofing, strength by authenticators that the account has."""
    if session.assurance.identity < needed.identity:
        return ()
    with services.database.read() as connection:
        owned = ways.owned(connection, session.account_id, services.now())
    return tuple(each.kind for each in ways.helping(session.row.factors, owned, needed.strength, services.settings))
