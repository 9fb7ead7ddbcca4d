"""Reads ``scope`` (RFC 6749 §3.3) and ``resource`` (RFC 8707), and holds them against what a client may have."""

import re
from collections.abc import Iterable, Sequence

from idp.domain.clients import Client
from idp.domain.release import in_need_of_legal_basis
from idp.errors import InvalidScope, InvalidTarget
from idp.services import Services

_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
MAX_SCOPES = 50
MAX_RESOURCES = 10


def parse_scope(text: str | None) -> tuple[str, ...]:
    """Give the scope tokens in order, each once.

    :raises InvalidScope: for characters that RFC 6749 §3.3 does not allow.
    """
    names = tuple(dict.fromkeys((text or "").split(" "))) if text else ()
    if len(names) > MAX_SCOPES or not all(_TOKEN.fullmatch(name) for name in names):
        raise InvalidScope("scope is a list of tokens, one space between two (RFC 6749 §3.3)")
    return names


def check_scope(client: Client, names: Sequence[str]) -> None:
    """Check that a client may ask for these scopes.

    :raises InvalidScope: naming those it may not.
    """
    excess = [name for name in names if name not in client.scopes]
    if excess:
        raise InvalidScope(f"not registered for this client: {' '.join(excess)}")
    if (unfounded := in_need_of_legal_basis(names)) and not client.metadata.get("legal_basis"):
        raise InvalidScope(f"no legal basis is recorded for this client, and this needs one: {' '.join(unfounded)}")


def narrower(granted: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Give the scopes of a refreshed token: those asked for, none that was not granted (RFC 6749 §6).

    :raises InvalidScope: when more is asked than was granted.
    """
    excess = [name for name in asked if name not in granted]
    if excess:
        raise InvalidScope(f"not granted originally: {' '.join(excess)} (RFC 6749 §6)")
    return tuple(asked or granted)


def asked_resources(services: Services, asked: str | None) -> tuple[str, ...] | None:
    """Give the audiences that a token request names, None when it names none.

    :raises InvalidTarget: for an unknown one, or audiences of two sectors.
    """
    return None if asked is None else check_resources(services, asked.split())


def narrower_resources(client: Client, granted: Sequence[str], asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """Give the audiences of one token: those asked for at the token endpoint, out of those granted (RFC 8707 §2.2).

    Where the authorization request named none, out of those that the client is allowed: an administrator's list, or
    any resource for a first-party client without one.

    :raises InvalidTarget: when one was not part of the authorization request, or is not allowed.
    """
    if asked is None:
        return tuple(granted)
    if granted and (excess := [resource for resource in asked if resource not in granted]):
        raise InvalidTarget(f"not part of the authorization request: {excess[0]} (RFC 8707 §2.2)")
    if not granted and (excess := [resource for resource in asked if not client.may_ask_for(resource)]):
        raise InvalidTarget(f"name {excess[0]} in the authorization request, or have it allowed (RFC 8707 §2.2)")
    return asked


def check_resources(services: Services, resources: Iterable[str]) -> tuple[str, ...]:
    """Check the audiences that a token is asked for: each served by someone, all of one sector (design §5).

    :raises InvalidTarget: for an unknown one, or audiences of two sectors.
    """
    asked = tuple(dict.fromkeys(resources))
    if len(asked) > MAX_RESOURCES:
        raise InvalidTarget(f"at most {MAX_RESOURCES} resources")
    if services.settings.api in asked:
        return _own_api(services, asked)
    sectors = set()
    for resource in asked:
        server = services.clients.serving(resource)
        if server is None:
            raise InvalidTarget(f"no resource server is registered for {resource} (RFC 8707 §2)")
        sectors.add(server.subject_sector)
    if len(sectors) > 1:
        raise InvalidTarget("one token has audiences of one sector only; ask for a token each")
    return asked


def _own_api(services: Services, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The provider's API is served by the provider itself; beside another audience, that one could act here with the token."""
    if len(asked) > 1:
        raise InvalidTarget(f"ask for a token for {services.settings.api} alone")
    return asked
