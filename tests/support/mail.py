"""A mail server on loopback that keeps what it receives, for tests of what is sent by e-mail."""

import base64
import socketserver
import ssl
import threading
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self, cast


class FakeMailServer:
    """Listens on ``port`` while the ``with`` block lasts; speaks as much of RFC 5321 as ``smtplib`` asks for.

    :param host: a loopback address; 127.0.0.2 plays another machine.
    :param tls: makes it speak TLS from the first byte.
    """

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.received: list[EmailMessage] = []
        self.signed_in: list[str] = []
        """What AUTH PLAIN carried (RFC 4616)."""
        self.refuses = False
        """Whether every recipient is refused for the moment."""
        self._server = socketserver.ThreadingTCPServer((host, 0), self._handler())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        mail_server = self

        class Conversation(socketserver.StreamRequestHandler):
            timeout = 5

            def handle(self) -> None:
                with suppress(ssl.SSLError, ConnectionError):
                    self._converse()

            def _converse(self) -> None:
                self._say("220 mail.example")
                while line := self.rfile.readline():
                    verb, _, rest = line.decode().strip().partition(" ")
                    if verb.upper() == "DATA":
                        self._say("354 go on")
                        self._receive()
                    self._say(self._answer(verb.upper(), rest))
                    if verb.upper() == "QUIT":
                        return

            def _answer(self, verb: str, rest: str) -> str:
                if verb == "EHLO":
                    return "250-mail.example\r\n250 AUTH PLAIN"
                if verb == "AUTH":
                    mail_server.signed_in.append(base64.b64decode(rest.removeprefix("PLAIN ")).decode())
                    return "235 welcome"
                if verb == "RCPT" and mail_server.refuses:
                    return "450 try later"
                return "221 bye" if verb == "QUIT" else "250 well"

            def _receive(self) -> None:
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                message = message_from_bytes(b"".join(lines), policy=policy.default)
                mail_server.received.append(cast("EmailMessage", message))

            def _say(self, line: str) -> None:
                self.wfile.write(line.encode() + b"\r\n")

        return Conversation
