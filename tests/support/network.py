"""Only loopback is open: a test that reaches for the outside fails at once instead of waiting for it.

An audit hook sees every socket of this process, whichever library opened it. Other processes (Chromium, nginx) are
kept home by how they are started.
"""

import ipaddress
import sys
from typing import Any


class OutsideNetwork(Exception):
    """A test tried to resolve or reach something that is not this machine."""


def close() -> None:
    """Refuse every address but loopback, until the process ends."""
    sys.addaudithook(_inspect)


def _inspect(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        _refuse_outside(arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _refuse_outside((arguments[0],))


def _refuse_outside(address: object) -> None:
    if isinstance(address, tuple) and not _is_this_machine(address[0]):
        raise OutsideNetwork(f"only loopback is open to tests, not {address[0]!r}")


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "0.0.0.0", "::") or str(name).endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False
