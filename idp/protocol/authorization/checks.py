"""The ordered list of checks that an authorization request passes before anybody is asked anything.

Adding a rule is adding one line to ``CHECKS`` and one function. The first two decide where errors go and are not in the
list: before client and redirect URI are known, an error may not travel to any address in the request (RFC 6749
§4.1.2.1).
"""

from collections.abc import Callable, Mapping

from idp.domain import assurance
from idp.domain.clients import Client
from idp.errors import (
    InvalidRequest,
    InvalidScope,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedResponseType,
)
from idp.protocol import id_token_hint, pkce, redirect_uri
from idp.protocol.authorization.parameters import AuthorizationRequest
from idp.protocol.scope import check_resources, check_scope
from idp.services import Services

RESPONSE_TYPES = ("code", "id_token", "code id_token")
RESPONSE_MODES = ("query", "fragment", "form_post")
MAX_STATE = 2048

Check = Callable[[Services, AuthorizationRequest], None]


def find_client(services: Services, parameters: Mapping[str, str]) -> Client:
    """Give the client that a request names; its absence is told on a page, never by redirect.

    :raises InvalidRequest: when it is missing or unknown.
    """
    client_id = parameters.get("client_id")
    if not client_id:
        raise InvalidRequest("client_id is missing (RFC 6749 §4.1.1)")
    client = services.clients.get(client_id)
    if client is None:
        raise InvalidRequest("client_id names no registered client (RFC 6749 §4.1.2.1)")
    return client


def find_redirect_uri(client: Client, parameters: Mapping[str, str]) -> str:
    """Give the redirect URI to answer to, exactly one that was registered.

    :raises InvalidRequest: when it is missing or not registered; told on a page (RFC 6749 §4.1.2.1).
    """
    requested = parameters.get("redirect_uri")
    if not requested:
        raise InvalidRequest("redirect_uri is missing (OpenID Connect Core §3.1.2.1)")
    if not redirect_uri.matches(requested, client.redirect_uris):
        raise InvalidRequest("redirect_uri is not one that this client registered, compared exactly (RFC 9700 §2.1)")
    return requested


def _no_request_object(services: Services, request: AuthorizationRequest) -> None:
    """OpenID Connect Core §6.1 and §6.2, §7.2.1: each has its own error."""
    if request.get("request"):
        raise RequestNotSupported("request objects are not supported")
    if request.get("request_uri"):
        raise RequestUriNotSupported("request_uri is not supported")
    if request.get("registration"):
        raise RegistrationNotSupported("registration in the request is not supported; register first")


def _response_type(services: Services, request: AuthorizationRequest) -> None:
    """RFC 6749 §3.1.1: known, and one that this client registered."""
    if not request.response_type:
        raise InvalidRequest("response_type is missing (RFC 6749 §4.1.1)")
    if request.response_type not in RESPONSE_TYPES:
        raise UnsupportedResponseType(f"response_type is one of: {', '.join(RESPONSE_TYPES)}")
    if request.response_type not in request.client.response_types:
        raise UnauthorizedClient(f"this client is not registered for response_type {request.response_type}")


def _response_mode(services: Services, request: AuthorizationRequest) -> None:
    """OAuth Multiple Response Types §2.1; a token never travels in a query (§3.0)."""
    if request.response_mode not in RESPONSE_MODES:
        raise InvalidRequest(f"response_mode is one of: {', '.join(RESPONSE_MODES)}")
    if request.response_mode == "query" and request.response_type != "code":
        raise InvalidRequest("response_mode query is for response_type code alone (Multiple Response Types §3.0)")


def _grant(services: Services, request: AuthorizationRequest) -> None:
    """The client is registered for the grant that the response type begins (RFC 7591 §2.1)."""
    needed = {"implicit"} if request.response_type == "id_token" else {"authorization_code"}
    if request.response_type == "code id_token":
        needed.add("implicit")
    if missing := needed - request.client.grant_types:
        raise UnauthorizedClient(f"this client is not registered for grant_type {' '.join(sorted(missing))}")


def _scope(services: Services, request: AuthorizationRequest) -> None:
    """RFC 6749 §3.3 and OpenID Connect Core §3.1.2.1."""
    if not request.scopes:
        raise InvalidScope("scope is missing; sign-in needs openid (RFC 6749 §3.3, OpenID Connect Core §3.1.2.1)")
    check_scope(request.client, request.scopes)
    if "openid" not in request.scopes and "id_token" in request.response_type:
        raise InvalidRequest("an ID token needs scope openid (OpenID Connect Core §3.1.2.1)")


def _state(services: Services, request: AuthorizationRequest) -> None:
    """``state`` and ``nonce`` come back as sent, so their size is bounded."""
    for name in ("state", "nonce"):
        if len(request.get(name) or "") > MAX_STATE:
            raise InvalidRequest(f"{name} is longer than {MAX_STATE} characters")


def _pkce(services: Services, request: AuthorizationRequest) -> None:
    """RFC 9700 §2.1.1: public clients must, confidential ones send PKCE or (OpenID Connect) ``nonce``."""
    challenge = request.get("code_challenge")
    pkce.check_challenge(challenge, request.get("code_challenge_method"))
    if challenge is not None or "code" not in request.response_type.split():
        return
    if request.client.requires_pkce or services.settings.require_pkce == "all":
        raise InvalidRequest("code_challenge is missing: PKCE with S256 is required here (RFC 9700 §2.1.1)")
    if not (request.get("nonce") and "openid" in request.scopes):
        raise InvalidRequest("send code_challenge (PKCE with S256), or nonce with scope openid: either would do")


def _nonce(services: Services, request: AuthorizationRequest) -> None:
    """OpenID Connect Core §3.2.2.1 and §3.3.2.11: required where the ID token comes through the browser."""
    if "id_token" in request.response_type.split() and not request.get("nonce"):
        raise InvalidRequest("nonce is required with response_type id_token (OpenID Connect Core §3.2.2.1)")


def _prompt(services: Services, request: AuthorizationRequest) -> None:
    """OpenID Connect Core §3.1.2.1: ``none`` stands alone."""
    if "none" in request.prompts and len((request.get("prompt") or "").split()) > 1:
        raise InvalidRequest("prompt=none cannot be combined with another value (OpenID Connect Core §3.1.2.1)")


def _numbers_and_objects(services: Services, request: AuthorizationRequest) -> None:
    """Read what has a form of its own, so that a malformed one is refused now."""
    _ = (request.max_age, request.claims)


def _acr(services: Services, request: AuthorizationRequest) -> None:
    """An essential ``acr`` of which we know no value could never be reached (OpenID Connect Core §5.5.1.1)."""
    if request.essential_acr and not any(assurance.needed_for(acr) for acr in request.essential_acr):
        raise UnmetAuthenticationRequirements("claims asks for an essential acr of which no value is known here")


def _id_token_hint(services: Services, request: AuthorizationRequest) -> None:
    """OpenID Connect Core §3.1.2.1: one of our own ID tokens, expired or not."""
    if hint := request.get("id_token_hint"):
        id_token_hint.read(services, hint)


def _resource(services: Services, request: AuthorizationRequest) -> None:
    """RFC 8707 §2.1."""
    check_resources(services, request.resources)


CHECKS: tuple[Check, ...] = (
    _no_request_object,
    _response_type,
    _response_mode,
    _grant,
    _scope,
    _state,
    _pkce,
    _nonce,
    _prompt,
    _numbers_and_objects,
    _acr,
    _id_token_hint,
    _resource,
)
"""In the order they run."""


def check(services: Services, request: AuthorizationRequest) -> None:
    """Run every check.

    :raises idp.errors.ProtocolError: the first rule that the request breaks.
    """
    for each in CHECKS:
        each(services, request)
