"""Time as an argument: Unix seconds, read from the machine's clock in one place only."""

import time
from collections.abc import Callable

Clock = Callable[[], float]

SKEW = 30
"""Seconds by which the clocks of two honest machines may differ; the only such constant."""


def system_clock() -> float:
    """Give the present as Unix time in seconds."""
    return time.time()
