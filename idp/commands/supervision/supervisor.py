"""Starts the demo's processes, waits until each answers, starts again what falls over, and ends all together."""

import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from idp.commands.supervision.child import Child
from idp.commands.supervision.forking import Run
from idp.commands.supervision.plan import Process

SECONDS_TO_START = 60.0
SECONDS_TO_END = 12.0
"""A little longer than a web process may take to finish what it has in hand."""
SECONDS_TO_GIVE_UP = 1.0
"""The same before everything runs, when nobody has anything in hand yet."""
RESTARTS = 3
RESTART_WINDOW = 60.0
"""Who falls over more often than ``RESTARTS`` times within these seconds will not get up by itself."""
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Runs processes until a signal, or until one of them cannot be kept running.

    :param run: runs ``motcua`` with the arguments of a process.
    :param say: is handed each line for whoever started it.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        run: Run,
        environment: Mapping[str, str],
        logs: Path,
        say: Callable[[str], None],
    ) -> None:
        self._processes = processes
        self._run = run
        self._environment = environment
        self._logs = logs
        self._say = say
        self._selector = selectors.DefaultSelector()
        self._children: dict[str, Child] = {}
        self._falls: dict[str, list[float]] = {}
        self._asked_to_end = 0
        self._kept: list[str] | None = []

    def run(self, when_ready: Callable[[], None]) -> int:
        """Run everything; give the exit status, 0 when somebody asked for the end."""
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._listen_to_signals()
        try:
            for process in self._processes:
                self._start(process)
            if not self._wait_until_all_answer():
                return 0 if self._asked_to_end else 1
            when_ready()
            self._say_what_was_kept()
            return self._watch()
        finally:
            self._end_all()

    def _listen_to_signals(self) -> None:
        """Wake the loop on a signal: an end that was asked for, or a child that ended."""
        self._waker, wake = socket.socketpair()
        self._waker.setblocking(False)
        wake.setblocking(False)
        self._wake = wake
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        for end in ENDS:
            signal.signal(end, self._on_end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._waker, selectors.EVENT_READ)

    def _on_end(self, *_: object) -> None:
        self._asked_to_end += 1

    def _say_or_keep(self, line: str) -> None:
        """Keep what children say until all answer: if one does not, its last lines are told, and told once."""
        if self._kept is None:
            self._say(line)
        else:
            self._kept.append(line)

    def _say_what_was_kept(self) -> None:
        kept, self._kept = self._kept, None
        for line in kept or ():
            self._say(line)

    def _start(self, process: Process) -> None:
        log = self._logs / f"{process.name}.log"
        child = Child(process, self._run, self._environment, log, self._say_or_keep)
        self._children[process.name] = child
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _wait_until_all_answer(self) -> bool:
        deadline = time.monotonic() + SECONDS_TO_START
        waiting = list(self._children.values())
        while waiting and not self._asked_to_end:
            self._listen(0.05)
            if fallen := [child for child in self._children.values() if child.status is not None]:
                self._tell_of_fall(fallen[0], "ended before it answered")
                return False
            waiting = [child for child in waiting if not child.answers()]
            if waiting and time.monotonic() > deadline:
                self._tell_of_fall(waiting[0], f"did not answer within {SECONDS_TO_START:.0f} seconds")
                return False
        return not self._asked_to_end

    def _watch(self) -> int:
        while not self._asked_to_end:
            self._listen(5.0)
            for child in [child for child in self._children.values() if child.status is not None]:
                if not self._may_start_again(child.process.name):
                    self._tell_of_fall(child, "keeps ending, so everything is stopped")
                    return 1
                self._say(f"{child.process.name} ended (status {child.status}) and is started again.")
                self._let_go(child)
                self._start(child.process)
        return 0

    def _may_start_again(self, name: str) -> bool:
        now = time.monotonic()
        self._falls[name] = [fall for fall in self._falls.get(name, []) if fall > now - RESTART_WINDOW] + [now]
        return len(self._falls[name]) <= RESTARTS

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._waker.recv(4096)
            elif not key.data.collect():
                self._selector.unregister(key.fileobj)

    def _tell_of_fall(self, child: Child, what: str) -> None:
        status = "" if child.status is None else f" (status {child.status})"
        log = self._logs / f"{child.process.name}.log"
        self._listen(0)
        self._say(f"{child.process.name} {what}{status}. Its last lines, from {log}:\n{child.last_lines()}")

    def _let_go(self, child: Child) -> None:
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        child.kill()
        child.close()

    def _end_all(self) -> None:
        """Ask every child to end, and kill those that do not; a second signal kills at once."""
        asked_before = self._asked_to_end
        for child in reversed(self._children.values()):
            child.ask_to_end()
        deadline = time.monotonic() + (SECONDS_TO_END if self._kept is None else SECONDS_TO_GIVE_UP)
        while any(child.status is None for child in self._children.values()):
            if time.monotonic() > deadline or self._asked_to_end > max(asked_before, 1):
                break
            self._listen(0.2)
        for child in self._children.values():
            self._let_go(child)
        self._selector.close()
        signal.set_wakeup_fd(-1)
        self._waker.close()
        self._wake.close()
