"""A portal of a test's own: registered like any other, it asks for what the story needs and reads the ID token it gets."""

import base64
import hashlib
import json
import secrets
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.support.chromium import Visitor
from tests.support.demo import IN_THE_CLONE, Demo

PAGE = (
    '<!doctype html><html lang=vi><link rel=icon href="data:,"><title>Cổng</title><main><h1>Cổng thử</h1></main></html>'
)
"""Its icon is empty, so that no browser asks for one when the story is over and nobody listens."""


class _Callback(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class PortalByHand:
    """A confidential client with a callback that only shows that it was reached.

    :param options: more of ``motcua client add``.
    """

    def __init__(self, demo: Demo, address: str, options: Sequence[str] = ()) -> None:
        self.demo = demo
        self.callback = f"{address}/callback"
        command = [
            "client",
            "add",
            "--name",
            "Cổng thử nghiệm",
            "--redirect-uri",
            self.callback,
            "--first-party",
            "--json",
            *options,
        ]
        added = subprocess.run(
            [*IN_THE_CLONE, *command], env=demo.environment, capture_output=True, check=True, timeout=60
        )
        self.registered: dict[str, Any] = json.loads(added.stdout)
        self.verifier = secrets.token_urlsafe(48)
        self.tokens: dict[str, Any] = {}

    def asks_for(self, acr: str, *, essential: bool = True, **more: str) -> str:
        """Give the address of an authorization request that demands, or wishes for, an ``acr``."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        wish = {"claims": json.dumps({"id_token": {"acr": {"essential": True, "value": acr}}})}
        parameters = {
            "client_id": self.registered["client_id"],
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": "openid",
            "state": "s",
            "nonce": "n",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **(wish if essential else {"acr_values": acr}),
            **more,
        }
        return f"{self.demo.issuer}/authorize?{urlencode(parameters)}"

    def learns(self, visitor: Visitor) -> dict[str, Any]:
        """Wait until the visitor is sent back; give the ID token's claims, or the error."""
        visitor.page.wait_for_url(f"{self.callback}?**")
        answer = dict(parse_qsl(urlsplit(visitor.page.url).query))
        return self._redeem(answer["code"]) if "code" in answer else answer

    def _redeem(self, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
        }
        pair = f"{self.registered['client_id']}:{self.registered['client_secret']}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        request = urllib.request.Request(f"{self.demo.issuer}/token", urlencode(form).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            self.tokens = json.load(response)
        body = self.tokens["id_token"].split(".")[1]
        return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


@contextmanager
def portal_by_hand(demo: Demo, *options: str) -> Iterator[PortalByHand]:
    """Register a portal and listen at its callback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Callback)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield PortalByHand(demo, f"http://127.0.0.1:{server.server_port}", options)
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
