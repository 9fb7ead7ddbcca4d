"""Lets a caller in: a live access token for this API alone, with the scope, from a strong and recent enough sign-in.

RFC 6750, RFC 9068 §4 and RFC 9470 §3. The account's state, roles and agency are read now, whatever the token was given for; a
token with a second audience is refused, or that audience could act here with it.
"""

from collections.abc import Mapping
from typing import Any

from idp.clock import SKEW
from idp.domain import assurance
from idp.domain.administration.administrator import ADMINISTRATOR
from idp.domain.counter.official import ROLE as AT_COUNTER
from idp.errors import InsufficientScope, InsufficientUserAuthentication, InvalidToken
from idp.http.api.operation import Caller, Operation
from idp.protocol.bearer import presented_token, unexpired_claims
from idp.protocol.exchange import MachineRequest
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import live

TRUSTED_WITH = (ADMINISTRATOR, AT_COUNTER)
"""Roles whose rights over others no application may use that registered itself."""


def let_in(services: Services, operation: Operation, request: MachineRequest) -> Caller:
    """Give who calls.

    :raises InvalidToken: without a token, or for one that has ended or is not for this API.
    :raises InsufficientScope: for a token without the scope, or a person without the role.
    :raises InsufficientUserAuthentication: for a sign-in that is too weak or too old.
    """
    claims = unexpired_claims(services, presented_token(request))
    if claims is None:
        raise InvalidToken("the access token has expired, was revoked, or is not ours (RFC 6750 §3.1)")
    if claims["aud"] not in (services.settings.api, [services.settings.api]):
        raise InvalidToken(f"ask for a token with resource={services.settings.api} alone (RFC 8707 §2)")
    caller = _person(services, claims) if "sid" in claims else _machine(services, claims)
    if operation.scope not in caller.scopes:
        raise InsufficientScope("the access token lacks a scope", scope=operation.scope)
    if operation.role is not None:
        _check_role(caller, operation.role)
    if caller.account_id is not None:
        _check_sign_in(services, operation, claims)
    return caller


def _person(services: Services, claims: Mapping[str, Any]) -> Caller:
    """Give the caller behind a token that came from a sign-in, whose session, grant and account still live."""
    account_id, client = live.account_of_token(services.direct, claims), services.clients.get(claims["client_id"])
    if account_id is None or client is None:
        raise InvalidToken("the access token was revoked, or what it rests on has ended (RFC 6750 §3.1)")
    with services.database.read() as connection:
        account = accounts_store.find(connection, account_id)
    if account is None:
        raise InvalidToken("the access token was revoked, or what it rests on has ended (RFC 6750 §3.1)")
    return Caller(client, claims, account_id, account.roles, account.agency)


def _machine(services: Services, claims: Mapping[str, Any]) -> Caller:
    """Give a client that acts for itself (RFC 6749 §4.4)."""
    client = services.clients.get(claims["client_id"])
    if client is None or live.has_ended(services.direct, claims):
        raise InvalidToken("the access token was revoked (RFC 6750 §3.1)")
    return Caller(client, claims, agency=client.agency)


def _check_role(caller: Caller, role: str) -> None:
    """A right to administer needs the person's role and a client that an administrator registered: no other is trusted with it."""
    if role not in caller.roles:
        raise InsufficientScope(f"whoever is behind the access token has not the role {role}")
    if role in TRUSTED_WITH and caller.client.row.registered_by != "administrator":
        raise InsufficientScope("this client may not administer: it registered itself")


def _check_sign_in(services: Services, operation: Operation, claims: Mapping[str, Any]) -> None:
    needed = assurance.needed_for(operation.acr)
    reached = assurance.needed_for(str(claims["acr"]))
    strong = needed is None or (reached is not None and reached.satisfies(needed))
    recent = operation.max_age is None or claims["auth_time"] >= services.now() - operation.max_age - SKEW
    if strong and recent:
        return
    asked = {"acr_values": operation.acr} if operation.acr else {}
    if operation.max_age is not None:
        asked["max_age"] = str(operation.max_age)
    raise InsufficientUserAuthentication("a stronger or more recent sign-in is needed (RFC 9470 §3)", **asked)
