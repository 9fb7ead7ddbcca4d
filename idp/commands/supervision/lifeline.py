"""What a process tells Linux of itself: to end with its parent, and what it is called (prctl(2))."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
LONGEST_NAME = 15


def die_with_parent(end: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process ``end`` when its parent ends, however that ends; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(end))


def name_process(name: str) -> None:
    """Say what ``ps`` and ``top`` should call this process; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:LONGEST_NAME] + b"\0")
