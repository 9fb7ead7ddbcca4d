"""Reads ``scope`` (RFC 6749 §3.3) and ``resource`` (RFC 8707), and holds them against what a client may have."""

import re
from collections.abc import Iterable, Sequence

from idp.domain.clients import Client
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


def narrower(granted: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Give the scopes of a refreshed token: those asked for, none that was not granted (RFC 6749 §6).

    :raises InvalidScope: when more is asked than was granted.
    """
    excess = [name for name in asked if name not in granted]
    if excess:
        raise InvalidScope(f"not granted originally: {' '.join(excess)} (RFC 6749 §6)")
    return tuple(asked or granted)


def narrower_resources(services: Services, granted: Sequence[str], asked: str | None) -> tuple[str, ...]:
    """Give the audiences of one token: those asked for at the token endpoint, out of those granted (RFC 8707 §2.2).

    :raises InvalidTarget: when one was not part of the authorization request.
    """
    if asked is None:
        return tuple(granted)
    wanted = asked.split()
    if granted and (excess := [resource for resource in wanted if resource not in granted]):
        raise InvalidTarget(f"not part of the authorization request: {excess[0]} (RFC 8707 §2.2)")
    return check_resources(services, wanted)


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
