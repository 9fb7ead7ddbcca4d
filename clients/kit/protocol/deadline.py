"""A socket that keeps one deadline for everything sent and received, so that nobody can answer a byte at a time."""

import io
import socket
import time
from types import TracebackType
from typing import Any, Self


class DeadlineSocket:
    """The part of a socket that ``http.client`` uses; every wait counts against the same deadline.

    :param deadline: in seconds of ``time.monotonic``.
    """

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send all of ``data`` before the deadline."""
        self._arm()
        self._socket.sendall(data)

    def makefile(self, mode: str = "rb", *_: Any) -> io.BufferedReader:
        """Give the receiving side as a file."""
        return io.BufferedReader(_Reader(self))

    def receive(self, buffer: Any) -> int:
        """Fill ``buffer`` with what comes before the deadline."""
        self._arm()
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        """Nothing: ``http.client`` closes before the body is read; the ``with`` block does it after."""

    def _arm(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("out of time")
        self._socket.settimeout(left)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()


class _Reader(io.RawIOBase):
    def __init__(self, owner: DeadlineSocket) -> None:
        self._owner = owner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._owner.receive(buffer)
