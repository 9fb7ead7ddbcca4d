"""The limit: what a server in front of nothing costs. A WSGI callable and a Flask view that give ready bytes, no more."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.peers import Peer
from bench.processes import free_port, pinned, wait_for
from bench.provider import ROOT

DOCUMENT = b'{"issuer":"https://dangnhap.example","padding":"' + b"x" * 3000 + b'"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(DOCUMENT)))]


def wsgi(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer everything with the document."""
    start_response("200 OK", HEADERS)
    return (DOCUMENT,)


def flask() -> Any:
    """Make a Flask application whose one view gives the document."""
    from flask import Flask, Response

    application = Flask(__name__)

    @application.get("/<path:_any>")
    def document(_any: str) -> Response:
        return Response(DOCUMENT, headers=HEADERS)

    return application


@contextmanager
def bare(folder: Path, name: str, target: str, *options: str) -> Iterator[Peer]:
    """Serve one of them as ours is served: granian, one process of two threads."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "2", "--log-level", "error", *options, target]
    with (folder / f"{name}.log").open("w") as log:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with pinned(command, env=environment, stdout=log, stderr=log, cwd=ROOT) as process:
            wait_for(f"http://127.0.0.1:{port}/ready")
            yield Peer(name, port, [process.pid])


LIMITS = {"bare WSGI callable": ("bench.bare:wsgi",), "bare Flask view": ("bench.bare:flask", "--factory")}
