"""The guard of a resource server: APIs that only a good access token opens (RFC 6750, RFC 9068, RFC 9470).

Deny by default: every address of a guarded blueprint needs a token, and every view says which scope. Cookies are never looked
at, so forms of other sites cannot reach an API. A JWT is checked here and against the list of what has ended; an opaque
token, or any while that list is unread, by introspection; where that fails too, it is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from flask import Blueprint, Flask, current_app, g, jsonify, request
from werkzeug.wrappers import Response

from clients.kit import assurance
from clients.kit.clock import SKEW
from clients.kit.extension import RelyingParty, relying_party
from clients.kit.protocol.access_token import AccessToken, verify_access_token
from clients.kit.protocol.challenges import Challenge
from clients.kit.protocol.fetch import Unreachable
from clients.kit.protocol.key_set import TOKEN_LIMIT, TokenInvalid
from clients.kit.web.forms import csrf

log = structlog.get_logger(__name__)
View = TypeVar("View", bound=Callable[..., Any])
NEEDS = "motcua_needs"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a view of an API asks of a token."""

    scope: str
    acr: str = ""
    max_age: int | None = None


class TokenRefused(Exception):
    """The answer of RFC 6750 §3.1 or RFC 9470 §3 to a request without a good enough token."""

    def __init__(self, status: int, challenge: Challenge | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.challenge = challenge


def guarded_blueprint(name: str, import_name: str, url_prefix: str) -> Blueprint:
    """Give a blueprint under ``/api/`` that nothing opens but a token; each view is marked with ``needs``."""
    if not url_prefix.startswith("/api/"):
        raise ValueError("an API lives under /api/")
    blueprint = Blueprint(name, import_name, url_prefix=url_prefix)
    csrf.exempt(blueprint)
    blueprint.before_request(_check)
    return blueprint


def needs(scope: str, acr: str = "", max_age: int | None = None) -> Callable[[View], View]:
    """Mark a view of a guarded blueprint.

    :param scope: that the token must have.
    :param acr: level that the sign-in behind it must have reached (RFC 9470).
    :param max_age: seconds since the person last proved who they are.
    """

    def mark(view: View) -> View:
        setattr(view, NEEDS, Needs(scope, acr, max_age))
        return view

    return mark


def access_token() -> AccessToken:
    """Give the token of the request that a guarded view is answering."""
    token: AccessToken = g.access_token
    return token


def demand_level(acr: str, max_age: int | None = None) -> None:
    """Ask for a level that a view learns of only as it runs (RFC 9470 §3).

    :raises TokenRefused: when the sign-in behind the token is not that strong or recent.
    """
    _check_strength(relying_party(), access_token(), acr, max_age)


def _check() -> None:
    """Let a request through, or refuse it."""
    wanted = getattr(current_app.view_functions.get(request.endpoint or ""), NEEDS, None)
    if not isinstance(wanted, Needs):
        log.error("unmarked_view", endpoint=request.endpoint)
        raise TokenRefused(403, Challenge("insufficient_scope", "this address is open to nobody"))
    party = relying_party()
    try:
        token = _believed(party, _presented(wanted))
    except TokenInvalid as fault:
        log.info("access_refused", why=str(fault))
        raise TokenRefused(401, Challenge("invalid_token", "the access token is not valid here")) from fault
    except Unreachable as silence:
        log.warning("access_unchecked", why=str(silence))
        raise TokenRefused(503) from silence
    _check_enough(party, token, wanted)
    g.access_token = token


def _presented(wanted: Needs) -> str:
    """Give the token of the header; other ways are not taken (RFC 6750 §2, RFC 9700 §4.3.2)."""
    if "access_token" in request.args:
        raise TokenRefused(400, Challenge("invalid_request", "send the access token in the Authorization header"))
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused(401, Challenge(scope=wanted.scope))
    if len(token) > TOKEN_LIMIT or not token.strip().isascii():
        raise TokenInvalid("too long, or not ASCII")
    return token.strip()


def _believed(party: RelyingParty, token: str) -> AccessToken:
    resource = party.settings.url
    party.follower.start()
    if token.count(".") != 2:
        return party.introspection.ask(token, resource)
    believed = verify_access_token(token, party.keys, party.settings.issuer, resource, party.clock())
    if not party.ended.trusted:
        return party.introspection.ask(token, resource)
    if party.ended.has_ended(believed.claims):
        raise TokenInvalid("its session, its grant or itself has ended")
    return believed


def _check_enough(party: RelyingParty, token: AccessToken, wanted: Needs) -> None:
    if wanted.scope not in token.scopes:
        raise TokenRefused(403, Challenge("insufficient_scope", "the token lacks a scope", wanted.scope))
    _check_strength(party, token, wanted.acr, wanted.max_age)


def _check_strength(party: RelyingParty, token: AccessToken, acr: str, max_age: int | None) -> None:
    strong = not acr or assurance.satisfies(token.acr, acr)
    recent = max_age is None or token.auth_time >= party.now - max_age - SKEW
    if not (strong and recent):
        why = "a stronger or more recent sign-in is needed"
        raise TokenRefused(401, Challenge("insufficient_user_authentication", why, "", acr, max_age))


def _answer(refused: TokenRefused) -> Response:
    """Answer exactly as RFC 6750 §3 says: without a token there is no error code, only the challenge."""
    challenge = refused.challenge
    content = {"error": "temporarily_unavailable"} if challenge is None else _members(challenge)
    response = jsonify(content)
    response.status_code = refused.status
    if challenge is None:
        response.headers["Retry-After"] = "5"
    else:
        response.headers["WWW-Authenticate"] = challenge.header(relying_party().settings.application.name)
    return response


def _members(challenge: Challenge) -> dict[str, str]:
    named = {"error": challenge.error, "error_description": challenge.error_description}
    return {name: value for name, value in named.items() if value}


def install(app: Flask) -> None:
    """Let ``app`` answer as the guard says."""
    app.register_error_handler(TokenRefused, _answer)
