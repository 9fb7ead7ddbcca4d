"""Stands for ``motcua`` where only its being a process matters: answers ``/healthz`` on its port, or misbehaves.

``FAKE`` in the environment is JSON: process name to what it does instead (``die``, ``silent``, ``deaf``, ``grumble``).
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Healthy(BaseHTTPRequestHandler):
    """Answers everything with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main(arguments: Sequence[str]) -> None:
    """Be the process that the arguments name."""
    name = "-".join(argument for argument in arguments[: arguments.index("--host") if "--host" in arguments else None])
    behaviour = json.loads(os.environ.get("FAKE", "{}")).get(name.removeprefix("serve-"))
    with Path(os.environ["FAKE_LOG"]).open("a") as log:
        log.write(f"{name} {os.getpid()} {os.environ.get('MOTCUA_DEMO')} {os.environ.get('MOTCUA_HOME')}\n")
    if behaviour == "die":
        sys.exit("the database is on fire")
    if behaviour == "grumble":
        print('{"event": "all is well", "level": "info"}')
        print('{"event": "a message was lost", "level": "error", "request": "r-7"}', flush=True)
    if behaviour == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "--port" in arguments and behaviour != "silent":
        HTTPServer(("127.0.0.1", int(arguments[arguments.index("--port") + 1])), Healthy).serve_forever()
    while True:
        time.sleep(60)
