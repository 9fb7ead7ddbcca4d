"""Time as an argument. Only the composition root reads the real clock; everything else is handed one.

Times are Unix times in UTC: whole seconds (``int``) wherever a specification speaks of seconds, and
``float`` seconds where the order of two events within one second matters (audit, deliveries).
"""

import time
from collections.abc import Callable

Clock = Callable[[], float]

SKEW = 30
"""Seconds by which the clocks of two honest machines may differ; the only such constant."""


def system_clock() -> float:
    """Give the present as Unix time in seconds."""
    return time.time()
