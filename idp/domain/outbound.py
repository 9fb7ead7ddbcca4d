"""Fetches what a client's registration points to, safely: resolved once, every address checked, no redirects, bounded.

https outside the demo, public addresses unless a setting allows a network, 64 KiB, 2 seconds in all (design §10). It
is the only place from which the provider calls out.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlencode, urlsplit

from idp.settings import Settings

TIMEOUT = 2.0
MAX_BYTES = 64 * 1024


class FetchFailed(Exception):
    """The fetch was refused or did not succeed; the message names the rule and holds nothing of the answer."""


@dataclass(frozen=True)
class Fetched:
    """An answer: its status, body (at most 64 KiB) and headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(settings: Settings, address: str) -> Fetched:
    """Give what ``address`` answers to GET with status 200.

    :raises FetchFailed: for an address that may not be asked, and for every other answer.
    """
    answer = _ask(settings, "GET", address, None)
    if answer.status != 200:
        raise FetchFailed(f"it answered {answer.status}")
    return answer


def post_form(settings: Settings, address: str, form: Mapping[str, str]) -> Fetched:
    """Send a form and give the answer, whatever its status.

    :raises FetchFailed: for an address that may not be asked, or no answer in time.
    """
    return _ask(settings, "POST", address, urlencode(form).encode("ascii"))


def _ask(settings: Settings, method: str, address: str, body: bytes | None) -> Fetched:
    parts = urlsplit(address)
    deadline = time.monotonic() + TIMEOUT
    ip, port = _resolve(settings, parts)
    headers = {"Host": parts.netloc, "Accept": "application/json", "User-Agent": "motcua", "Connection": "close"}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = _connection(parts, ip, port)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers)
        response = connection.getresponse()
        content = _read(response, connection.sock, deadline)
        return Fetched(response.status, content, {name.lower(): value for name, value in response.getheaders()})
    except (OSError, HTTPException, ValueError) as error:
        raise FetchFailed(f"no answer ({type(error).__name__})") from None
    finally:
        connection.close()


def _resolve(settings: Settings, parts: SplitResult) -> tuple[str, int]:
    """Resolve once and check every address, so that a second answer of the name server cannot lead elsewhere."""
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
        raise FetchFailed("only http and https addresses without a user can be fetched")
    if parts.scheme == "http" and not settings.demo:
        raise FetchFailed("only https can be fetched")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = _addresses(parts.hostname, port)
    except (OSError, ValueError, UnicodeError):
        raise FetchFailed("the host cannot be resolved") from None
    if not addresses or not all(_may_reach(settings, address) for address in addresses):
        raise FetchFailed("the host is not on a network that may be reached")
    return addresses[0], port


def _addresses(host: str, port: int) -> list[str]:
    """Give the addresses of a host; one that is an address itself needs no name server."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _may_reach(settings: Settings, address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    allowed = any(ip in network for network in settings.allowed_fetch_networks if network.version == ip.version)
    return allowed or (settings.demo and ip.is_loopback) or (ip.is_global and not ip.is_multicast)


def _connection(parts: SplitResult, ip: str, port: int) -> HTTPConnection:
    """A connection to the checked address; under TLS the certificate must still be the name's."""
    if parts.scheme == "http":
        return HTTPConnection(ip, port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    connection = HTTPSConnection(ip, port, timeout=TIMEOUT, context=context)
    raw = socket.create_connection((ip, port), timeout=TIMEOUT)
    connection.sock = context.wrap_socket(raw, server_hostname=parts.hostname)
    return connection


def _read(response: "object", sock: socket.socket | None, deadline: float) -> bytes:
    """Read at most the limit, and no longer than the deadline however slowly the bytes drip."""
    content = b""
    while chunk := response.read1(8192):  # type: ignore[attr-defined]
        content += chunk
        if len(content) > MAX_BYTES:
            raise FetchFailed(f"more than {MAX_BYTES} bytes")
        left = deadline - time.monotonic()
        if left <= 0:
            raise FetchFailed(f"more than {TIMEOUT:g} s")
        if sock is not None:
            sock.settimeout(left)
    return content
