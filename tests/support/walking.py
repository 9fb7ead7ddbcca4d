"""A real provider and real portals on loopback, and a person without a browser who walks between them."""

import threading
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import make_server
from werkzeug.test import Client as HttpClient
from werkzeug.test import TestResponse

from clients.kit.extension import EXTENSION
from tests.support.browser import NAVIGATION
from tests.support.provider import Provider


class Serving:
    """An application served on a free port of loopback."""

    def __init__(self) -> None:
        self.app: Any = None
        self.server = make_server("127.0.0.1", 0, self, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Person:
    """Somebody who is signed in at the provider and walks between portals."""

    def __init__(self, real: Provider, *factors: str, **columns: Any) -> None:
        self.real = real
        self.account = real.person(**columns)
        self.at_provider = real.signed_in(self.account, *factors)
        self.at_portals: dict[str, HttpClient] = {}

    def enter(self, app: Flask) -> None:
        """Take a browser's cookies to a portal."""
        self.at_portals[app.extensions[EXTENSION].settings.url] = app.test_client()

    def open(self, address: str) -> TestResponse:
        """Open an address and follow wherever the browser is sent."""
        for _ in range(10):
            answer = self.step(address)
            if answer.status_code not in (302, 303):
                return answer
            address = answer.location if "://" in answer.location else f"{origin(address)}{answer.location}"
        raise AssertionError("the browser is sent in circles")

    def step(self, address: str) -> TestResponse:
        parts = urlsplit(address)
        client = self.at_portals.get(origin(address), self.at_provider)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        base = None if client is not self.at_provider else "http://localhost"
        return client.get(path, headers=NAVIGATION, base_url=base)


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
