"""Who passkeys are made for: the issuer's host (RP ID) and its origin, Web Authentication §5.1.3 and §7.

Owns whether they are offered at all. The address itself is ``idp.settings``' affair.
"""

from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from idp.settings import Settings

DEFAULT_PORTS = {"https": 443, "http": 80}
Obstacle = Literal["address", "insecure"]
"""Why browsers make no passkey: the host is an IP address, or the page is no secure context."""


@dataclass(frozen=True)
class RelyingParty:
    """What a credential is scoped to, and the one origin from which it may be used."""

    id: str
    origin: str


def obstacle(settings: Settings) -> Obstacle | None:
    """Say what keeps browsers from making passkeys for this issuer; None where they do."""
    return _obstacle(settings.issuer, settings.secure)


def relying_party(settings: Settings) -> RelyingParty | None:
    """Give the relying party; None where passkeys are not offered."""
    return None if obstacle(settings) else _party(settings.issuer)


@cache
def _obstacle(issuer: str, secure: bool) -> Obstacle | None:
    host = _host(issuer)
    if _is_address(host):
        return "address"
    if not secure and host != "localhost" and not host.endswith(".localhost"):
        return "insecure"
    return None


@cache
def _party(issuer: str) -> RelyingParty:
    return RelyingParty(_host(issuer), _origin(issuer))


def _host(issuer: str) -> str:
    return urlsplit(issuer).hostname or ""


def _origin(issuer: str) -> str:
    """Give the origin as browsers serialise it: lower case, without the scheme's own port (HTML §7.1.1)."""
    parts = urlsplit(issuer)
    port = f":{parts.port}" if parts.port and parts.port != DEFAULT_PORTS[parts.scheme] else ""
    return f"{parts.scheme}://{_host(issuer)}{port}"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
