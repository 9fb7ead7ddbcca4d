"""Private helper processes of a test run: free ports, waiting until they listen, and an end that is sure to come.

Owns starting and stopping; which servers there are is said in ``services``.
"""

import ctypes
import os
import pwd
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1


class DidNotStart(Exception):
    """A helper process ended, or stayed silent, before it listened; the message holds the end of its log."""


PORTS = range(10_240, 32_000)
"""Below the ports from which the kernel takes those of outgoing connections, so that no connection is in the way."""


def free_port() -> int:
    """Give a TCP port that nobody listens on at this moment; whoever starts on it must be ready to lose a race."""
    return free_ports(1, span=1)[0]


def free_ports(count: int, span: int = 10) -> list[int]:
    """Give ``count`` port numbers, each followed by ``span - 1`` further free ones, for families of processes."""
    found: list[int] = []
    while len(found) < count:
        first = random.choice(PORTS)
        if all(_is_free(port) for port in range(first, first + span)) and not _touches(found, first, span):
            found.append(first)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _touches(taken: list[int], first: int, span: int) -> bool:
    return any(abs(first - other) < span for other in taken)


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, however that ends; called in the child before exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def ended(process_id: int, seconds: float = 10.0) -> bool:
    """Say whether a process, not necessarily a child of ours, ends within ``seconds``."""
    deadline = time.monotonic() + seconds
    status = Path(f"/proc/{process_id}/stat")
    while time.monotonic() < deadline:
        try:
            if status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


class HelperProcess:
    """A server that lives as long as the ``with`` block, its output kept in a log file.

    :param command: the command line.
    :param log: the file that receives standard output and error.
    :param stop_signal: what ends it quickly and cleanly.
    """

    def __init__(
        self, command: Sequence[str], log: Path, stop_signal: signal.Signals = signal.SIGTERM, **options: Any
    ) -> None:
        self.log = log
        self.stop_signal = stop_signal
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - a prctl call takes no lock a thread could hold
                **options,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return as soon as ``ready()`` holds.

        :raises DidNotStart: when the process ends first, or ``seconds`` pass.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None:
                raise DidNotStart(f"{self.process.args!r} ended with {self.process.returncode}:\n{self.last_words()}")
            if time.monotonic() > deadline:
                self.stop()
                raise DidNotStart(f"{self.process.args!r} was not ready after {seconds:g} s:\n{self.last_words()}")
            time.sleep(0.01)

    def last_words(self, size: int = 4000) -> str:
        """Give the end of the log."""
        return self.log.read_bytes()[-size:].decode(errors="replace")

    def stop(self, seconds: float = 20.0) -> int:
        """End the process and give its exit status; it is killed when it has not ended by itself in time."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether somebody accepts connections on ``port``."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def tried_on_free_ports(start: Callable[[int], HelperProcess], attempts: int = 5) -> tuple[HelperProcess, int]:
    """Start a server on a free port, again on another when somebody was quicker to take it."""
    for attempt in range(attempts):
        port = free_port()
        helper = start(port)
        try:
            helper.wait_until(lambda port=port: listens(port))  # type: ignore[misc]
        except DidNotStart:
            if attempt == attempts - 1:
                raise
        else:
            return helper, port
    raise AssertionError("unreachable")


def as_user(name: str) -> dict[str, Any]:
    """Give the Popen options that run a process as ``name`` when we are root, and nothing otherwise."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
