"""Which processes the demo runs, where each listens and what environment it is given.

An address is what people type. A process listens there itself when the address is plain http on this machine;
otherwise a proxy stands before it, and it listens on the demo's own host and port.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from idp.settings import Settings


@dataclass(frozen=True, slots=True)
class Process:
    """One child: ``motcua`` with these arguments.

    :param name: names its log file and the lines about it.
    :param address: what people type, empty for a process without pages.
    :param host: where it listens, empty for a process that does not.
    """

    name: str
    arguments: tuple[str, ...]
    address: str = ""
    host: str = ""
    port: int = 0

    @property
    def health(self) -> str:
        """Where it says that it is alive, asked behind any proxy."""
        return f"{urlsplit(self.address).path}/healthz" if self.port else ""


def processes(settings: Settings) -> tuple[Process, ...]:
    """Give every process of the demo in the order in which they are started."""
    sites = settings.site_urls
    return (
        _web("idp", ("serve", "idp"), settings.issuer, settings, 0),
        Process("worker", ("worker",)),
        *(
            _web(f"portal-{name}", ("serve", "portal", name), url, settings, offset)
            for offset, (name, url) in enumerate(sites.items(), start=1)
        ),
        _web("console", ("serve", "console"), settings.console_url, settings, 9),
    )


def _web(name: str, arguments: tuple[str, ...], address: str, settings: Settings, offset: int) -> Process:
    parts = urlsplit(address)
    if parts.scheme == "http" and _is_here(parts.hostname or ""):
        host, port = parts.hostname or "", parts.port or 80
    else:
        host, port = settings.host, settings.port + offset
    if host.endswith(".localhost"):  # every name under localhost is loopback (RFC 6761 §6.3), not every resolver knows
        host = "localhost"
    return Process(name, (*arguments, "--host", host, "--port", str(port)), address, host, port)


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def environment(settings: Settings, surroundings: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of every child: the surroundings, and what makes this a demo."""
    return {
        **surroundings,
        "MOTCUA_DEMO": "true",
        "MOTCUA_HOME": str(settings.home.absolute()),
        "MOTCUA_MESSAGE_SENDER": settings.message_sender,
        "PYTHONUNBUFFERED": "1",
    }
