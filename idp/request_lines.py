"""The access log's lines on their way out: written at once, or many together.

A write of its own for each line costs a system call, and lets another thread in at the worst moment. What a line says is
``idp.http.middleware.access_log``'s affair, the shape of all others ``idp.logging``'s.
"""

import threading
from collections import deque
from typing import TextIO

WINDOW = 0.1
"""Seconds that a line waits at most; a process that is killed loses the lines of that time."""
TOGETHER = 64
"""Lines after which nobody waits."""


class RequestLines:
    """Where lines go: nowhere until it is opened. Its thread starts with the first line that waits, so after any fork."""

    def __init__(self) -> None:
        self._stream: TextIO | None = None
        self._window = 0.0
        self._waiting: deque[str] = deque()
        self._writing = threading.Lock()
        self._something = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, stream: TextIO | None, window: float = 0) -> None:
        """Say where lines go.

        :param window: seconds that a line may wait; 0 writes each at once.
        """
        self.flush()
        self._stream, self._window = stream, window

    def write(self, line: str) -> None:
        """Take one line, its end included."""
        if self._stream is None:
            return
        self._waiting.append(line)
        if not self._window or len(self._waiting) >= TOGETHER:
            self.flush()
        elif not self._something.is_set():
            self._wake()

    def flush(self) -> None:
        """Write what waits."""
        with self._writing:
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if lines and self._stream is not None:
                self._stream.write("".join(lines))
                self._stream.flush()

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep_flushing, name="request lines", daemon=True)
            self._thread.start()
        self._something.set()

    def _keep_flushing(self) -> None:
        pause = threading.Event()
        while True:
            self._something.wait()
            self._something.clear()
            pause.wait(self._window)
            self.flush()
