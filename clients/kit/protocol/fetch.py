"""Every outbound request of a relying party, held to what a hostile address could make of it.

Resolves once, checks every address, connects to one that was checked, follows no redirect, and keeps time and size
within bounds. What an answer means is the callers' affair; which addresses may be reached is ``addresses``'.
"""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from clients.kit.protocol.addresses import Network, is_allowed
from clients.kit.protocol.deadline import DeadlineSocket

TIMEOUT = 2.0
LIMIT = 64 * 1024

_resolvers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")


class Unreachable(Exception):
    """No usable answer came: refused address, no connection, too slow, too large or not HTTP. Nothing is said of
    whether the other side acted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """Give the body's JSON object.

        :raises Unreachable: when it is not one.
        """
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreachable("the answer is not JSON") from None
        if not isinstance(content, dict):
            raise Unreachable("the answer is not a JSON object")
        return content


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Makes outbound requests.

    :param demo: lets http and loopback through.
    :param allowed_networks: private networks that may be reached besides public addresses.
    :param timeout: seconds for the whole exchange, name resolution included.
    """

    demo: bool = False
    allowed_networks: tuple[Network, ...] = ()
    timeout: float = TIMEOUT

    def get(self, url: str, headers: Mapping[str, str] | None = None, limit: int = LIMIT) -> Answer:
        """GET ``url``."""
        return self.send("GET", url, headers or {}, None, limit)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """POST ``form`` as ``application/x-www-form-urlencoded``."""
        typed = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.send("POST", url, typed, urlencode(form).encode())

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, limit: int = LIMIT
    ) -> Answer:
        """Make one request and give its answer, whatever its status.

        :raises Unreachable: when there is none within ``timeout`` seconds and ``limit`` bytes.
        """
        deadline = time.monotonic() + self.timeout
        parts = self._checked(url)
        try:
            with self._connect(parts, deadline) as connected:
                return _exchange(connected, parts, method, {"Accept": "application/json", **headers}, body, limit)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{parts.hostname}: {type(error).__name__}") from error

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            usable = parts.hostname is not None and (parts.port or 1) > 0
        except ValueError:
            raise Unreachable("not an address") from None
        if not usable or parts.username is not None or parts.scheme not in ("http", "https"):
            raise Unreachable("not an http address")
        if parts.scheme == "http" and not self.demo:
            raise Unreachable("only https is fetched outside the demo")
        return parts

    def _connect(self, parts: SplitResult, deadline: float) -> DeadlineSocket:
        """Connect to the first answering address; one address that may not be reached refuses them all."""
        host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
        addresses = self._resolve(host, port, deadline)
        failure: OSError = TimeoutError("no address answered")
        for address in addresses:
            try:
                plain = socket.create_connection((address, port), timeout=_left(deadline))
            except OSError as error:
                failure = error
                continue
            return DeadlineSocket(_secured(plain, host, deadline) if parts.scheme == "https" else plain, deadline)
        raise failure

    def _resolve(self, host: str, port: int, deadline: float) -> list[str]:
        asked = _resolvers.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = [str(entry[4][0]) for entry in asked.result(timeout=_left(deadline))]
        for address in found:
            if not is_allowed(address, self.allowed_networks, loopback=self.demo):
                raise Unreachable(f"{host} resolves to {address}, which may not be fetched from")
        return found


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("out of time")
    return left


def _secured(plain: socket.socket, host: str, deadline: float) -> ssl.SSLSocket:
    """Put TLS on a connection. The handshake as a whole keeps to the socket's time-out, so it is given what is left."""
    try:
        plain.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _exchange(
    connected: DeadlineSocket,
    parts: SplitResult,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
    limit: int,
) -> Answer:
    connection = http.client.HTTPConnection(parts.netloc)
    connection.sock = connected
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, body, {**headers, "Connection": "close", "User-Agent": "motcua"})
    response = connection.getresponse()
    content = response.read(limit + 1)
    if len(content) > limit:
        raise Unreachable(f"{parts.hostname}: the answer is larger than {limit} bytes")
    if response.length:  # http.client gives a body that was cut off without a word when it is asked for an amount
        raise Unreachable(f"{parts.hostname}: the answer was cut off")
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
