"""What a reading process may not do, laid over it in layers, so that each kernel gives as much as it has.

Owns the order: limits, privileges, Landlock, system calls. The limits alone already leave no file and no socket to open;
which layers hold on this machine is told to ``motcua doctor``.
"""

import contextlib
import ctypes
import os
import resource
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keys.validation.sandbox import landlock, seccomp

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_NOBODY: Final = 65534
_OWN_DESCRIPTORS: Final = 4
"""Three standard streams, which lead nowhere, and the socket."""
_LOOKED_AT: Final = 4096
"""Descriptors are given from the lowest number up."""


@dataclass(frozen=True)
class Limits:
    """What one document may cost."""

    memory: int = 300_000_000
    """Octets of memory beside the libraries."""
    cpu_seconds: int = 20
    wall_seconds: int = 30


@dataclass(frozen=True)
class Confinement:
    """Which layers hold in a reading process; the refusals were tried out from inside."""

    other_user: bool
    """It runs as nobody, which only a parent that is root can arrange."""
    no_new_privileges: bool
    landlock: int
    """The version of Landlock applied, 0 for none."""
    seccomp: bool
    files_refused: bool
    sockets_refused: bool
    processes_refused: bool
    environment_empty: bool
    descriptors_closed: bool
    """Nothing is open but the socket that the answer goes through, and nothing where standard streams were."""

    @property
    def is_sound(self) -> bool:
        """Whether what must hold on every kernel holds."""
        refused = self.files_refused and self.sockets_refused and self.processes_refused
        return refused and self.environment_empty and self.descriptors_closed


def drop_user() -> None:
    """Become nobody, where this process is root and may; a container can forbid it, and ``Confinement`` tells."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def confine(limits: Limits) -> tuple[bool, int, bool]:
    """Give up everything but computing and answering; tells no-new-privileges, Landlock's version, call filter."""
    libc, mapped = ctypes.CDLL(None, use_errno=True), _mapped()
    _prctl(libc, _PR_SET_PDEATHSIG, int(signal.SIGKILL))
    _prctl(libc, _PR_SET_DUMPABLE, 0)
    privileges = _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1)
    # The kernel ends a process that sits too long, whatever it is doing then.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits.wall_seconds)
    files = landlock.confine() if privileges else 0
    _limit(limits, mapped)
    return privileges, files, privileges and seccomp.confine()


def confine_and_probe(limits: Limits, was_root: bool) -> Confinement:
    """Confine this process and try what it can still do."""
    other_user = was_root and os.getuid() == _NOBODY
    descriptors = sum(map(_is_open, range(_LOOKED_AT)))
    privileges, files, calls = confine(limits)
    return Confinement(
        other_user=other_user,
        no_new_privileges=privileges,
        landlock=files,
        seccomp=calls,
        files_refused=_is_refused(lambda: os.open("/", os.O_RDONLY)),
        sockets_refused=_is_refused(lambda: socket.socket(socket.AF_INET)),
        processes_refused=_is_refused(os.fork),
        environment_empty=not os.environ,
        descriptors_closed=descriptors <= _OWN_DESCRIPTORS,
    )


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _limit(limits: Limits, mapped: int) -> None:
    for kind, limit in {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_DATA: limits.memory,
        resource.RLIMIT_AS: mapped + limits.memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
        # Descriptors that are open stay; none can be had any more.
        resource.RLIMIT_NOFILE: 0,
    }.items():
        resource.setrlimit(kind, (limit, limit))


def _mapped() -> int:
    """Octets of address space in use already, libraries above all; generous where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        result = attempt()
    except OSError:
        return True
    if attempt is os.fork and result == 0:
        os._exit(0)
    return False


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> bool:
    zeros = (ctypes.c_ulong(0),) * 3
    return bool(libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), *zeros) == 0)
