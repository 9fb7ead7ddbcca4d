"""The clock that tests hand in: it stands still until the story moves it."""

MONDAY_MORNING = 1_772_416_800.0
"""2026-03-02 09:00 in Hà Nội, a working day."""


class StoppedClock:
    """A clock that shows what it was set to; hand it wherever a ``Clock`` is asked for.

    :param now: Unix time in seconds.
    """

    def __init__(self, now: float = MONDAY_MORNING) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
