"""One web process under granian: its threads, limits and how it ends.

granian has no limit of its own on a body and none on how long one may take, so a buffering proxy stands before it
where strangers reach it, the middleware limits bodies, and a worker that does not finish is ended after a while.
"""

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing.util import Finalize
from tempfile import TemporaryDirectory
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from idp.commands.supervision.lifeline import die_with_parent
from idp.logging import configure_logging, flush_requests
from idp.request_lines import WINDOW

SECONDS_TO_FINISH = 10
"""How long a request in hand may still take after the process was asked to end."""
HEADER_BYTES = 16384
HEADER_MILLISECONDS = 5000
BACKPRESSURE_PER_THREAD = 16
"""Requests a worker accepts beyond those its threads are answering; further connections wait in the kernel's queue."""

LOGGING = {"handlers": {}, "formatters": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""granian's own lines go the way of all others."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how widely a process answers."""

    host: str
    port: int
    workers: int
    threads: int
    waiting: int = BACKPRESSURE_PER_THREAD
    """Requests for each thread that a worker accepts beyond those being answered."""
    keep_alive: bool = True
    header_bytes: int = HEADER_BYTES
    seconds_to_finish: int = SECONDS_TO_FINISH


def serve(target: str, arguments: tuple[str, ...], listening: Listening) -> None:
    """Answer requests until SIGTERM or SIGINT; on SIGHUP new workers take over, and the old ones finish what they have.

    :param target: ``module:function`` that gives the application when called with ``arguments``, in each worker.
    """
    configure_logging()
    server = Granian(
        target,
        address=_address(listening.host, listening.port),
        port=listening.port,
        interface=Interfaces.WSGI,
        workers=listening.workers,
        blocking_threads=listening.threads,
        backpressure=listening.threads * listening.waiting,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_MILLISECONDS,
            max_buffer_size=listening.header_bytes,
            keep_alive=listening.keep_alive,
        ),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=listening.seconds_to_finish,
        log_dictconfig=LOGGING,
        log_level=LogLevels.warning,
    )
    with counting_together(listening.workers):
        server.serve(target_loader=partial(_load, arguments=arguments))


@contextmanager
def counting_together(workers: int) -> Iterator[None]:
    """Give the workers one folder for what they count, so that whichever is asked for metrics tells of all."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="motcua-metrics-") as folder:
        # The metrics library reads this when a worker first imports it, and only then.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def _load(target: str, arguments: tuple[str, ...]) -> WSGIApplication:
    """Make the application; runs in the worker, which ends when the process that started it does."""
    die_with_parent(signal.SIGKILL)
    work_in_batches()
    configure_logging(gathered=WINDOW)
    Finalize(None, flush_requests, exitpriority=1)
    module, _, attribute = target.partition(":")
    make: Callable[..., WSGIApplication] = getattr(import_module(module), attribute)
    application = _unnamed(make(*arguments))
    gc.freeze()  # what lives as long as the process is never searched for garbage again: that would hold up a request
    return application


def work_in_batches() -> None:
    """Let whoever is woken, in this thread and those that it starts, wait for the one at work (SCHED_BATCH, sched(7)).

    Otherwise the thread that sends an answer interrupts the one that computes the next, once for each request: two
    changes of thread where many answers could leave together. Does nothing where the system has no such class or forbids it.
    """
    with suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _unnamed(application: WSGIApplication) -> WSGIApplication:
    """Keep the server's name and version to ourselves; granian writes its own where an answer has none."""

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("Server", "Motcua")], exc_info)

        return application(environ, start)

    return answered


def _address(host: str, port: int) -> str:
    """granian takes addresses only."""
    return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
