"""One child process: its lines kept in a file, the grave ones shown.

Owns the process and its log. When it is started again, and when everything ends, is the supervisor's affair.
"""

import http.client
import json
import os
import select
from collections.abc import Callable, Mapping
from pathlib import Path

from idp.commands.supervision.forking import Forked, Run
from idp.commands.supervision.plan import Process

LARGEST_LOG = 10_000_000
"""Bytes after which a log is put aside at the next start; one older log is kept."""
GRAVE = ("error", "critical", "fatal")


class Child:
    """A running process of the demo.

    :param run: runs ``motcua`` with the process's arguments.
    :param show: is handed each line that whoever started the demo must see.
    """

    def __init__(
        self, process: Process, run: Run, environment: Mapping[str, str], log: Path, show: Callable[[str], None]
    ) -> None:
        self.process = process
        self._show = show
        self._rest = b""
        self._recent: list[str] = []
        _put_aside(log)
        self._forked = Forked(run, process.arguments, environment, process.name)
        self._log = log.open("ab", buffering=0)

    @property
    def output(self) -> int:
        """The descriptor that what it writes is read from."""
        return self._forked.output

    @property
    def status(self) -> int | None:
        """The exit status, none while it runs; negative for the signal that ended it."""
        return self._forked.poll()

    def collect(self) -> bool:
        """Keep the lines it has written since; false when it has closed its output."""
        try:
            read = os.read(self.output, 65536)
        except BlockingIOError:
            return True
        self._log.write(read)
        *lines, self._rest = (self._rest + read).split(b"\n")
        for line in lines:
            self._look_at(line.decode(errors="replace"))
        return bool(read)

    def _look_at(self, line: str) -> None:
        self._recent = [*self._recent[-19:], line]
        if shown := what_to_show(line):
            self._show(f"{self.process.name}: {shown}")

    def last_lines(self) -> str:
        """Give the last lines it wrote."""
        return "\n".join(f"  {line}" for line in self._recent if line.strip())

    def answers(self) -> bool:
        """Say whether it serves: its ``/healthz`` answers 200, or, without an address, it runs."""
        if not self.process.port:
            return self.status is None
        connection = http.client.HTTPConnection(self.process.host, self.process.port, timeout=1)
        try:
            connection.request("GET", self.process.health)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def ask_to_end(self) -> None:
        """Ask it to finish what it has in hand and end."""
        self._forked.end()

    def kill(self) -> None:
        """End it and whatever it started."""
        self._forked.kill()

    def close(self) -> None:
        """Keep what it wrote last and let go of its output and its log; it has ended."""
        while select.select([self.output], [], [], 0)[0] and self.collect():
            pass
        os.close(self.output)
        self._log.close()


def what_to_show(line: str) -> str | None:
    """Give what of a log line belongs on the terminal: errors in words, and whatever is no log line at all."""
    if not line.strip():
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict):
        return line
    if str(entry.get("level", "")).lower() not in GRAVE:
        return None
    details = [f"{name}={entry[name]}" for name in ("component", "request", "exception") if name in entry]
    return " ".join([str(entry.get("event", "")), *details])


def _put_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
