"""Ties a process to its parent, so that nothing is left running when the parent is killed (prctl(2), Linux)."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(end: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process ``end`` when its parent ends, however that ends; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(end))
