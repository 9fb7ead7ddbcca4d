"""Watches several doors at once and notes when each begins to refuse, in milliseconds after an act."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field

PAUSE = 0.005
LONGEST = 30.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


@dataclass(frozen=True)
class Door:
    """An address that answers 200 to whoever holds these headers, until it refuses."""

    name: str
    address: str
    headers: Mapping[str, str]

    def knock(self) -> int:
        """Give the status of one answer."""
        try:
            with _opener.open(urllib.request.Request(self.address, headers=dict(self.headers)), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code


@dataclass
class Watch:
    """Knocks at every door, each from a thread of its own, until it refuses.

    A refusal counts from when its answer came, so that what is measured is never less than what a person would see.
    """

    doors: list[Door]
    refused: dict[str, tuple[float, int]] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Begin to knock; every door must be open first."""
        for door in self.doors:
            assert door.knock() == 200, f"{door.name} is not open"
            self._threads.append(threading.Thread(target=self._knock, args=(door,), daemon=True))
        for thread in self._threads:
            thread.start()

    def _knock(self, door: Door) -> None:
        until, pause = time.perf_counter() + LONGEST, threading.Event()
        while time.perf_counter() < until:
            status = door.knock()
            if status != 200:
                self.refused[door.name] = (time.perf_counter(), status)
                return
            pause.wait(PAUSE)

    def milliseconds_since(self, moment: float) -> dict[str, float]:
        """Wait until every door refuses; gives how long each took since ``moment`` (``time.perf_counter``)."""
        for thread in self._threads:
            thread.join(LONGEST)
        still_open = [door.name for door in self.doors if door.name not in self.refused]
        assert not still_open, f"still open: {still_open}"
        return {door.name: (self.refused[door.name][0] - moment) * 1000 for door in self.doors}
