"""A portal's back-channel logout address on loopback (Back-Channel Logout §2.5), which answers as it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from urllib.parse import parse_qs


class Receiver:
    """Takes logout tokens and keeps them in the order they came; ``status`` is what it answers."""

    def __init__(self) -> None:
        self.tokens: Queue[str] = Queue()
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.tokens.put(parse_qs(body)["logout_token"][0])
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/backchannel-logout"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Give a receiver that answers until the story is over."""
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()
