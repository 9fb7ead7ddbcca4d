"""Starts processes on the servers' core, each of which ends with the benchmark however that ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from bench.load import SERVER_CORE
from tests.support.processes import die_with_parent

AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def pinned(command: Sequence[str], **options: object) -> Iterator["subprocess.Popen[str]"]:
    """Run a command on the servers' core."""
    process = subprocess.Popen(  # type: ignore[call-overload]
        ["taskset", "-c", SERVER_CORE, *command],
        text=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - a prctl call takes no lock a thread could hold
        **options,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def wait_for(address: str) -> None:
    """Wait until an address answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urlopen(address, timeout=2) as answer:
                answer.read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def listening_pid(port: int) -> int:
    """Give the process that listens on a port of loopback (its parent where several share it)."""
    said = subprocess.run(["ss", "-ltnpH", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    return int(said.partition("pid=")[2].partition(",")[0])


def until_listens(port: int) -> None:
    """Wait until somebody listens on a port of loopback."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


def pin(pid: int) -> None:
    """Keep a process that runs already, with its threads, on the servers' core; its later children stay there too."""
    subprocess.run(["taskset", "-a", "-cp", SERVER_CORE, str(pid)], check=True, capture_output=True)


@contextmanager
def scheduled_alike() -> Iterator[None]:
    """Keep Linux from weighing sessions instead of processes, where we may say so.

    PostgreSQL gives each of its processes a session of its own; on one core, shared with a busy server, such a session's
    weight falls so low that a connection waits for a tenth of a second, at times for seconds (``sched(7)``, autogroup).
    """
    before = AUTOGROUP.read_text() if AUTOGROUP.exists() and os.access(AUTOGROUP, os.W_OK) else ""
    if before:
        AUTOGROUP.write_text("0")
    try:
        yield
    finally:
        if before:
            AUTOGROUP.write_text(before)


def end_in_good_order(minutes: float = 0) -> None:
    """Let SIGTERM unwind like an interruption, so that every server is stopped and every folder removed.

    :param minutes: after which this ends in the same way, whatever it waits for; 0 for never.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"stopped: it took longer than {minutes:g} minutes"))
    signal.alarm(round(60 * minutes))
