"""An authority that publishes on loopback: a CRL to get and a responder to post to, both with an answer a story sets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.support import pki
from tests.support.stories import World, instant


@dataclass
class Publisher:
    """What is published: ``answers`` by path; an address without an answer is 404."""

    port: int
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Method, path and body of every request."""

    def address(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def serials_asked(self) -> list[int]:
        """The serial numbers that the responder was asked about."""
        return [ocsp.load_der_ocsp_request(body).serial_number for method, _, body in self.asked if method == "POST"]


@contextmanager
def publisher() -> Iterator[Publisher]:
    """Publish until the end of the story."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            known.asked.append((self.command, self.path, body))
            content = known.answers.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Publisher(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield known
    server.shutdown()
    thread.join(5)
    server.server_close()


@dataclass(frozen=True)
class PublishedWorld(World):
    """The good story, with a signer whose certificate says where its status is published."""

    list_at: str = ""
    responder_at: str = ""

    @cached_property
    def signer(self) -> pki.Issued:
        """The signer."""
        life = instant(self.story["not_before"]), instant(self.story["not_after"])
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(self.responder_at)
        )
        extensions = [(x509.AuthorityInformationAccess([access]), False)] if self.responder_at else []
        return self.issuing.issue(
            pki.person("Nguyễn Thị Hồng Ẩn", "001099012345"),
            between=life,
            crl_at=self.list_at or None,
            extensions=extensions,
        )
