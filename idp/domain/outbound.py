"""Fetches what a client's registration points to, safely: resolved once, every address checked, no redirects, bounded.

https outside the demo, public addresses unless a setting allows a network, 64 KiB, 2 seconds in all (design §10) unless
``Bounds`` give more. It is the only place from which the provider calls out.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urlencode, urlsplit

from idp.settings import Settings

TIMEOUT = 2.0
MAX_BYTES = 64 * 1024
_TRANSLATED = tuple(ipaddress.ip_network(network) for network in ("::/96", "64:ff9b::/96", "::ffff:0:0:0/96"))
"""IPv6 networks whose last four bytes are an IPv4 address (RFC 4291 §2.5.5.1, RFC 6052 §2.1, RFC 2765 §2.1)."""
_resolvers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")


class FetchFailed(Exception):
    """The fetch was refused or did not succeed; the message names the rule and holds nothing of the answer."""


@dataclass(frozen=True)
class Fetched:
    """An answer: its status, body (at most 64 KiB) and headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bounds:
    """What one fetch may cost.

    :param plain_http: also for what is signed itself and so needs no channel that is (RFC 5280 §8, RFC 6960 appendix A.1).
    """

    seconds: float = TIMEOUT
    octets: int = MAX_BYTES
    plain_http: bool = False
    accept: str = "application/json"


USUAL = Bounds()


def fetch(settings: Settings, address: str, bounds: Bounds = USUAL) -> Fetched:
    """Give what ``address`` answers to GET with status 200.

    :raises FetchFailed: for an address that may not be asked, and for every other answer.
    """
    return _good(_ask(settings, "GET", address, None, bounds=bounds))


def post(settings: Settings, address: str, body: bytes, content_type: str, bounds: Bounds = USUAL) -> Fetched:
    """Send ``body`` and give the answer with status 200.

    :raises FetchFailed: for an address that may not be asked, and for every other answer.
    """
    return _good(_ask(settings, "POST", address, body, content_type, bounds))


def _good(answer: Fetched) -> Fetched:
    if answer.status != 200:
        raise FetchFailed(f"it answered {answer.status}")
    return answer


def post_form(settings: Settings, address: str, form: Mapping[str, str]) -> Fetched:
    """Send a form and give the answer, whatever its status.

    :raises FetchFailed: for an address that may not be asked, or no answer in time.
    """
    return _ask(settings, "POST", address, urlencode(form).encode("ascii"))


_FORM = "application/x-www-form-urlencoded"


def _ask(
    settings: Settings, method: str, address: str, body: bytes | None, kind: str = _FORM, bounds: Bounds = USUAL
) -> Fetched:
    deadline = time.monotonic() + bounds.seconds
    try:
        parts = urlsplit(address)
        ip, port = _resolve(settings, parts, deadline, bounds)
        with socket.create_connection((ip, port), timeout=_left(deadline)) as plain, _cut_off(plain, deadline):
            return _exchange(plain, parts, _Message(method, body, kind), deadline, bounds)
    except (OSError, HTTPException, ValueError) as error:
        raise FetchFailed(f"no answer ({type(error).__name__})") from None


@dataclass(frozen=True)
class _Message:
    method: str
    body: bytes | None
    kind: str


def _exchange(plain: socket.socket, parts: SplitResult, message: _Message, deadline: float, bounds: Bounds) -> Fetched:
    """Ask and read on a connection to the checked address; under TLS the certificate must still be the name's."""
    headers = {"Host": parts.netloc, "Accept": bounds.accept, "User-Agent": "motcua", "Connection": "close"}
    if message.body is not None:
        headers["Content-Type"] = message.kind
    connection = HTTPConnection(str(parts.hostname))
    try:
        connection.sock = _secured(plain, str(parts.hostname)) if parts.scheme == "https" else plain
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(message.method, target, body=message.body, headers=headers)
        response = connection.getresponse()
        content = _read(response, deadline, bounds.octets)
        return Fetched(response.status, content, {name.lower(): value for name, value in response.getheaders()})
    finally:
        connection.close()


@contextmanager
def _cut_off(plain: socket.socket, deadline: float) -> Iterator[None]:
    """End the connection at the deadline, whether handshake, headers or body are dripping then (slow loris).

    A time-out of the socket counts anew for every byte. The twin shares the connection and outlives a TLS wrapper.
    """
    with plain.dup() as twin:
        timer = threading.Timer(_left(deadline), _shut, (twin,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _shut(twin: socket.socket) -> None:
    with suppress(OSError):
        twin.shutdown(socket.SHUT_RDWR)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchFailed("it takes too long")
    return left


def _resolve(settings: Settings, parts: SplitResult, deadline: float, bounds: Bounds) -> tuple[str, int]:
    """Resolve once and check every address, so that a second answer of the name server cannot lead elsewhere."""
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
        raise FetchFailed("only http and https addresses without a user can be fetched")
    if parts.scheme == "http" and not (settings.demo or bounds.plain_http):
        raise FetchFailed("only https can be fetched")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = _addresses(parts.hostname, port, deadline)
    except (OSError, ValueError, UnicodeError):
        raise FetchFailed("the host cannot be resolved") from None
    if not addresses or not all(_may_reach(settings, address) for address in addresses):
        raise FetchFailed("the host is not on a network that may be reached")
    return addresses[0], port


def _addresses(host: str, port: int, deadline: float) -> list[str]:
    """Give the addresses of a host; one that is an address itself needs no name server, and a slow one is not awaited."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        asked = _resolvers.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        return [str(entry[4][0]) for entry in asked.result(timeout=_left(deadline))]


def _may_reach(settings: Settings, address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = _carried(ip) or ip
    allowed = any(ip in network for network in settings.allowed_fetch_networks if network.version == ip.version)
    return allowed or (settings.demo and ip.is_loopback) or (ip.is_global and not ip.is_multicast)


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Give the IPv4 address that an IPv6 one stands for: a gateway would lead there. ``::1`` stands for itself."""
    if any(ip in network for network in _TRANSLATED) and int(ip) > 1:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _read(response: HTTPResponse, deadline: float, octets: int) -> bytes:
    """Read at most the limit; what the deadline cut off is no answer."""
    content = bytearray()
    while chunk := response.read1(65536):
        content += chunk
        if len(content) > octets:
            raise FetchFailed(f"more than {octets} bytes")
    _left(deadline)
    return bytes(content)
