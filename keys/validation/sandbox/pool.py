"""The asking side of the wall: hands documents to confined children and believes only well-formed answers.

One warm process per pool; every document has a child of its own, so a hostile one costs its own request only. The other
side is ``reader``; what crosses is ``wire``.
"""

import atexit
import contextlib
import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import keys
from keys.validation.model import Content, ParsedDocument
from keys.validation.sandbox import reader, wire
from keys.validation.sandbox.layers import Confinement, Limits

START_SECONDS: Final = 60
"""How long loading the parsers may take."""
_GRACE: Final = 2
_log = logging.getLogger(__name__)
_BOOTSTRAP: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[3]); from keys.validation.sandbox.reader import main; main()"
)


class Unavailable(Exception):
    """No reading process could be had."""


class Pool:
    """Reads documents in confined processes, at most ``children`` at a time; safe for threads."""

    def __init__(self, *, children: int = 4, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._places = threading.BoundedSemaphore(children)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def parse(self, data: bytes, name: str | None = None, detached: Sequence[Content] = ()) -> ParsedDocument:
        """As ``intake.parse``, in a process of its own. Never raises for anything that a document holds or does."""
        if not self._places.acquire(timeout=self.limits.wall_seconds):
            return _problem("too many documents are being read at the moment; try again in a minute")
        try:
            answer = self._ask(reader.READ, wire.pack_request(data, name or "", detached))
            return wire.unpack_document(answer)
        except TimeoutError:
            return _problem(f"reading the document takes longer than {self.limits.wall_seconds} seconds")
        except (wire.BrokenWire, OSError) as error:
            _log.warning("a reading process ended without an answer: %s", error)
            return _problem("the document needs more time or memory than one document may take")
        except Unavailable:
            _log.exception("no reading process")
            return _problem("documents cannot be read at the moment")
        finally:
            self._places.release()

    def confinement(self) -> Confinement:
        """Which layers hold, asked of a child that has tried them; Unavailable if there is none."""
        try:
            return Confinement(**json.loads(self._ask(reader.PROBE, None)))
        except (wire.BrokenWire, OSError, ValueError, TypeError) as error:
            raise Unavailable("the reading process gives no account of itself") from error

    def close(self) -> None:
        """End the warm process; the next document starts another."""
        with self._lock:
            self._stop()

    def _ask(self, kind: bytes, request: bytes | None) -> bytearray:
        peer = self._child(kind)
        try:
            peer.settimeout(self.limits.wall_seconds + _GRACE)
            if request is not None:
                wire.send(peer, request)
            return wire.receive(peer, wire.MAX_ANSWER)
        finally:
            peer.close()

    def _child(self, kind: bytes) -> socket.socket:
        """A socket to a new child; the warm process is started again once if it is gone."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._hand_over(kind, theirs.fileno())
        except BaseException:
            ours.close()
            raise
        return ours

    def _hand_over(self, kind: bytes, descriptor: int) -> None:
        try:
            socket.send_fds(self._warm(), [kind], [descriptor])
        except OSError:
            self.close()
            try:
                socket.send_fds(self._warm(), [kind], [descriptor])
            except OSError as error:
                raise Unavailable("the reading process is gone") from error

    def _warm(self) -> socket.socket:
        with self._lock:
            if self._control is None or self._process is None or self._process.poll() is not None:
                self._stop()
                self._start()
            assert self._control is not None
            return self._control

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            where = [str(Path(next(iter(keys.__path__))).parent), *sys.path]
            limits = json.dumps(asdict(self.limits))
            # Isolated mode and an empty environment: nothing of the parent's settings or secrets goes along.
            arguments = [sys.executable, "-I", "-B", "-c", _BOOTSTRAP, str(theirs.fileno()), limits, json.dumps(where)]
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no word of a stranger's in it
                arguments,
                env={},
                cwd="/",
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.settimeout(START_SECONDS)
        try:
            said = ours.recv(len(reader.READY))
        except OSError:
            said = b""
        if said != reader.READY:
            ours.close()
            self._stop()
            raise Unavailable("the reading process does not start")
        ours.settimeout(None)
        self._control = ours
        atexit.register(self.close)

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=_GRACE)
        self._process = self._control = None


def _problem(sentence: str) -> ParsedDocument:
    return ParsedDocument(None, problems=(sentence,))
