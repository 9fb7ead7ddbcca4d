"""Who really called: ``X-Forwarded-For`` and ``X-Request-ID``, believed from trusted proxies and from nobody else.

Owns the caller's address (``REMOTE_ADDR``). The provider's own address is never read from a request at all; see
``issuer_address``.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Networks = Sequence[IPv4Network | IPv6Network]

_NEVER_READ = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_REAL_IP")
_LONGEST_CHAIN = 20
_THIS_MACHINE = ("127.0.0.1", "::1", "")

NEAR = "motcua.near"
"""Key in the environment: whether the peer is a trusted proxy or on this machine, and not a stranger from afar."""


def proxy_headers(application: WSGIApplication, trusted: Networks) -> WSGIApplication:
    """Set ``REMOTE_ADDR`` to the nearest address that is no trusted proxy, and drop what strangers claim."""

    @lru_cache(maxsize=1024)
    def is_trusted(address: str) -> bool:
        try:
            caller = ip_address(address)
        except ValueError:
            return False
        return any(caller in network for network in trusted)

    def application_behind_proxies(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for name in _NEVER_READ:
            environ.pop(name, None)
        caller = environ.get("REMOTE_ADDR", "")
        trusted_peer = is_trusted(caller)
        environ[NEAR] = trusted_peer or caller in _THIS_MACHINE
        if trusted_peer:
            hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")[-_LONGEST_CHAIN:]
            while hops and is_trusted(caller) and _is_address(hops[-1].strip()):
                caller = hops.pop().strip()
            environ["REMOTE_ADDR"] = caller
        else:
            environ.pop("HTTP_X_REQUEST_ID", None)
        return application(environ, start_response)

    return application_behind_proxies


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
