"""Starts a command as a child by forking: what the supervisor has loaded already, the child need not load again.

Owns the first and the last instant of the child. It leaves the supervisor's stack behind for good: its own session and
environment, no descriptor but its output, signals as in a new process, and no way back but the exit.
"""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from idp.commands.supervision.lifeline import die_with_parent, name_process

Run = Callable[[Sequence[str]], object]
"""Runs ``motcua`` with these arguments; ends by returning or by ``SystemExit``."""

HIGHEST_DESCRIPTOR = 1024


class Forked:
    """A child process; its standard output and error come out of ``output``, which never blocks."""

    def __init__(self, run: Run, arguments: Sequence[str], environment: Mapping[str, str], name: str) -> None:
        self.output, write = os.pipe()
        self._status: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.process_id = os.fork()
        if self.process_id == 0:
            _become(run, arguments, environment, name, write)
        os.close(write)
        os.set_blocking(self.output, False)

    def poll(self) -> int | None:
        """Give the exit status once it has ended, negative for the signal that ended it."""
        if self._status is None:
            ended, raw = os.waitpid(self.process_id, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(raw) if ended else None
        return self._status

    def end(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.process_id, signal.SIGTERM)

    def kill(self) -> None:
        """End it and whatever it started, and wait until it has."""
        with suppress(ProcessLookupError):
            os.killpg(self.process_id, signal.SIGKILL)
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.process_id, 0)[1])


def _become(run: Run, arguments: Sequence[str], environment: Mapping[str, str], name: str, output: int) -> NoReturn:
    """Be the command from here on."""
    status = 1
    try:
        _leave_the_parent_behind(environment, output)
        die_with_parent()
        name_process(name)
        sys.argv = [sys.argv[0], *arguments]
        run(arguments)
        status = 0
    except SystemExit as end:
        status = _status(end)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _status(end: SystemExit) -> int:
    """Give the status that the interpreter would give, saying the reason as it would (``sys.exit``)."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _leave_the_parent_behind(environment: Mapping[str, str], output: int) -> None:
    os.setsid()  # Ctrl-C reaches the supervisor alone, which ends the children in order
    signal.set_wakeup_fd(-1)
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(each, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, descriptor)
    os.closerange(3, HIGHEST_DESCRIPTOR)
    os.environ.clear()
    os.environ.update(environment)
    gc.freeze()  # what came from the parent stays as it is, and so stays shared
