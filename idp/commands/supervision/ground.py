"""What must hold before the demo starts: its folder may be written, nobody else runs in it, its ports are free.

Each thing that does not hold is one sentence that says what to do.
"""

import fcntl
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from idp.commands.supervision.plan import Process


class NotReady(Exception):
    """The demo cannot start here; the message says why and what to do."""


@contextmanager
def folder_of_our_own(home: Path) -> Iterator[None]:
    """Make the folder when it is missing and keep it to ourselves for the length of the block.

    :raises NotReady: when it may not be written, or another demo runs in it.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(home / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise NotReady(
            f"{home.absolute()} may not be written ({error.strerror}): choose a folder of your own with MOTCUA_HOME."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise NotReady(
            f"A demo already runs in {home.absolute()}: stop it, or choose another MOTCUA_HOME and MOTCUA_PORT."
        ) from None
    try:
        yield
    finally:
        os.close(lock)


def check_ports(processes: Iterable[Process]) -> None:
    """Say which ports somebody else holds.

    :raises NotReady: naming all of them.
    """
    taken = [process.port for process in processes if process.port and not is_free(process.host, process.port)]
    if not taken:
        return
    ports, pronoun = ("Port", "it") if len(taken) == 1 else ("Ports", "them")
    raise NotReady(
        f"{ports} {', '.join(map(str, taken))} cannot be listened on: stop what holds {pronoun}, or start elsewhere, "
        "for example with MOTCUA_PORT=8100."
    )


def is_free(host: str, port: int) -> bool:
    """Say whether a process may listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError:
        return False
    return True
