"""Signing in: ``/login`` begins, the provider asks, ``/callback`` checks the answer and signs in.

The checks themselves are in ``protocol``; this file ties them to one browser and says what people see.
"""

import secrets
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from flask import Blueprint, Request, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from clients.kit.errors import LevelTooLow, ProviderSilent, SignInDeclined, SignInInvalid
from clients.kit.extension import RelyingParty, relying_party
from clients.kit.person import Person
from clients.kit.protocol.authorization import (
    AuthorizationRefused,
    ResponseInvalid,
    Secrets,
    Wish,
    authorization_address,
    read_response,
)
from clients.kit.protocol.fetch import Unreachable
from clients.kit.protocol.id_token import Expected, LevelNotReached, verify_id_token
from clients.kit.protocol.key_set import TokenInvalid
from clients.kit.protocol.token_request import TokenRefused, TokenSet
from clients.kit.protocol.user_info import user_info
from clients.kit.records import sign_ins
from clients.kit.records.database import writing
from clients.kit.sealing import digest, seal, unseal
from clients.kit.web.forms import csrf
from clients.kit.web.sessions import SILENT, SessionAlreadyEnded, drop_cookie, set_cookie, visit
from templates.addresses import local_path
from templates.language import current_language

log = structlog.get_logger(__name__)
blueprint = Blueprint("signing_in", __name__)
HINT_LIMIT = 200
ASKS_BY_ITSELF = "motcua_asks_by_itself"
"""Marks a view that sends whoever is not signed in to the provider, so that asking silently before is of no use; gives
what it asks for."""
SILENT_ANSWERS = ("login_required", "consent_required", "interaction_required", "account_selection_required")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in in flight, as it is kept until the response comes."""

    secret: Secrets
    wish: Wish
    next: str
    form: dict[str, Any] | None = None
    """The form that led here, to be sent on after a step-up (``step_up``); none where no form did."""

    @property
    def silent(self) -> bool:
        """Whether nobody was to be asked anything."""
        return self.wish.prompt == "none"

    def form_of(self, person: Person) -> dict[str, Any] | None:
        """Give the form to be sent on: never one that somebody else was signed in to fill in."""
        return self.form if self.form and self.form.get("of", "") in ("", person.subject) else None


def _front() -> str:
    return f"{request.script_root}/"


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> WerkzeugResponse:
    """Begin a sign-in; afterwards the browser goes to ``next``.

    Another site may ask for it, by link or by form (third-party initiated login, Core §4): with ``iss``, which must be
    our provider, ``login_hint``, which is handed on, and ``target_link_uri``, which must be a page of ours.

    :raises SignInInvalid: for another provider's ``iss``, or several.
    """
    asked = request.values
    issuers = asked.getlist("iss")
    if issuers and issuers != [relying_party().settings.issuer]:
        raise SignInInvalid("iss names another provider than ours (Core §4)")
    hint = asked.get("login_hint", "")[:HINT_LIMIT] if issuers else ""
    target = _own_page(asked.get("target_link_uri", "")) if issuers else asked.get("next", "")
    return begin(Wish(login_hint=hint), local_path(target, _front()))


def _own_page(address: str) -> str:
    """Give the path of a page of ours; what lies elsewhere is no place to end at (open redirect, Core §4)."""
    site = relying_party().settings.url
    if address != site and not address.startswith((f"{site}/", f"{site}?")):
        return ""
    return f"{request.script_root}/{address[len(site) :].removeprefix('/')}"


@blueprint.get("/silent")
def silent() -> WerkzeugResponse:
    """Ask the provider, without a page, whether it knows this browser; once per session."""
    target = local_path(request.args.get("next", ""), _front())
    if visit().signed_in is not None or SILENT in visit():
        return redirect(target, 303)
    return begin(Wish(prompt="none"), target)


def begin(wish: Wish, target: str, form: dict[str, Any] | None = None) -> WerkzeugResponse:
    """Send the browser to the provider.

    :param target: the local path to go to afterwards.
    :raises ProviderSilent: when it cannot be reached.
    """
    party = relying_party()
    attempt = Attempt(Secrets(), _spoken(wish), target, form)
    try:
        with party.slots.take():
            provider = party.discovery()
    except Unreachable as silence:
        raise ProviderSilent(str(silence)) from silence
    settings = party.settings
    address = authorization_address(
        provider, settings.client_id, party.address("/callback"), settings.scope, attempt.secret, attempt.wish
    )
    response = redirect(address, 303)
    _remember(party, attempt, response)
    log.info("sign_in_begun", silent=attempt.silent, acr_values=" ".join(wish.acr_values) or None)
    return response


def _spoken(wish: Wish) -> Wish:
    """Ask in the language of the page."""
    return wish if wish.ui_locales else Wish(**{**asdict(wish), "ui_locales": current_language()})


def _cookie_name(party: RelyingParty, state: str) -> str:
    """Each sign-in has a cookie of its own, so that several tabs may sign in at once."""
    return f"{party.cookie_name}-signin-{digest(state)[:8]}"


def _remember(party: RelyingParty, attempt: Attempt, response: WerkzeugResponse) -> None:
    """Tie the attempt to this browser: kept under ``state``, sealed under a cookie made for it."""
    key = secrets.token_urlsafe(32)
    state = attempt.secret.state
    with writing() as work:
        sign_ins.remember(work, digest(state), seal(key, "sign-in", asdict(attempt)), party.now)
    party.sweeper.now_and_then()
    _forget_old_attempts(party, request, response)
    set_cookie(response, _cookie_name(party, state), key, sign_ins.LIFETIME)


def _forget_old_attempts(party: RelyingParty, request: Request, response: WerkzeugResponse) -> None:
    """Keep a browser's cookies few."""
    prefix = f"{party.cookie_name}-signin-"
    for name in [name for name in request.cookies if name.startswith(prefix)][:-4]:
        drop_cookie(response, name)


def _recall(party: RelyingParty, state: str) -> Attempt | None:
    """Give this browser's attempt, once."""
    key = request.cookies.get(_cookie_name(party, state), "")
    if not key:
        return None
    with writing() as work:
        sealed = sign_ins.take(work, digest(state), party.now)
    kept = unseal(key, "sign-in", sealed)
    return _read_attempt(kept) if kept else None


def _read_attempt(kept: dict[str, Any]) -> Attempt:
    wish = {**kept["wish"], "acr_values": tuple(kept["wish"]["acr_values"])}
    return Attempt(Secrets(**kept["secret"]), Wish(**wish), kept["next"], kept["form"])


@blueprint.get("/callback")
def callback() -> WerkzeugResponse:
    """Take the provider's answer: check everything, then sign in under a new session name."""
    party = relying_party()
    state = request.args.get("state", "")
    attempt = _recall(party, state)
    if attempt is None:
        return _unknown_answer()
    try:
        response = _take_answer(party, attempt)
    except AuthorizationRefused as refusal:
        response = _declined(attempt, refusal)
    drop_cookie(response, _cookie_name(party, state))
    return response


def _take_answer(party: RelyingParty, attempt: Attempt) -> WerkzeugResponse:
    try:
        with party.slots.take():
            person = _check_answer(party, attempt)
        form = attempt.form_of(person)
        visit().sign_in(person, form)
    except Unreachable as silence:
        raise ProviderSilent(str(silence)) from silence
    except LevelNotReached as low:
        raise LevelTooLow(str(low)) from low
    except (ResponseInvalid, TokenInvalid) as fault:
        raise SignInInvalid(str(fault)) from fault
    except TokenRefused as refused:
        raise SignInInvalid(f"the token endpoint answers {refused.error}") from refused
    except SessionAlreadyEnded as over:
        raise SignInInvalid("the session was ended meanwhile") from over
    log.info("signed_in", sub=person.subject, acr=person.acr, silent=attempt.silent)
    if attempt.form is None:
        return redirect(attempt.next, 303)
    return redirect(_front() if form is None else f"{request.script_root}/continue", 303)


def _check_answer(party: RelyingParty, attempt: Attempt) -> Person:
    """Go through the whole answer; nothing of it is kept before the last check has passed."""
    provider = party.discovery()
    code = read_response(request.args.to_dict(flat=False), provider, attempt.secret.state)
    tokens = party.token_endpoint.exchange(code, attempt.secret.verifier, party.address("/callback"))
    claims = verify_id_token(tokens.id_token, party.keys, _expected(party, attempt, tokens))
    about = user_info(party.discovery, party.fetcher, tokens.access_token, claims["sub"])
    return Person({**about, **claims}, tokens, party.now)


def _expected(party: RelyingParty, attempt: Attempt, tokens: TokenSet) -> Expected:
    return Expected(
        issuer=party.settings.issuer,
        client_id=party.settings.client_id,
        now=party.clock(),
        nonce=attempt.secret.nonce,
        access_token=tokens.access_token,
        acr_values=attempt.wish.acr_values,
        max_age=attempt.wish.max_age,
    )


def _declined(attempt: Attempt, refusal: AuthorizationRefused) -> WerkzeugResponse:
    """Silent sign-on that finds nobody is no error; it is only not tried again."""
    if attempt.silent and refusal.error in SILENT_ANSWERS:
        visit()[SILENT] = True
        return redirect(attempt.next, 303)
    if refusal.error == "unmet_authentication_requirements":
        raise LevelTooLow(refusal.error)
    if refusal.error in ("temporarily_unavailable", "server_error"):
        raise ProviderSilent(refusal.error)
    raise SignInDeclined(refusal.error)


def _unknown_answer() -> WerkzeugResponse:
    """An answer that this browser did not ask for signs nobody in (login CSRF, RFC 9700 §4.7).

    A browser that is signed in already, or that keeps no cookies and was only asked silently, just goes on.
    """
    if visit().signed_in is not None or request.args.get("error") in SILENT_ANSWERS:
        return redirect(f"{_front()}?silent=off", 303)
    raise SignInInvalid("state is unknown to this browser, used or too old")


def install(app: Any) -> None:
    """Add these pages to ``app``."""
    csrf.exempt(login)
    app.register_blueprint(blueprint)
