"""Over https a certificate must be good and be for the name that was asked for."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from clients.kit.protocol import fetch
from clients.kit.protocol.fetch import Fetcher, Unreachable


def certificate(name: str, folder: Path) -> tuple[Path, Path]:
    """Make a certificate that is its own authority; gives it and its key."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Serves https on loopback with a certificate for a name; gives the address under ``localhost``."""
    stops: list[Callable[[], object]] = []

    def serve(name: str, *, trusted: bool) -> str:
        chain, key = certificate(name, tmp_path)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        server = make_server("localhost", 0, Response("{}"), threaded=True, ssl_context=context)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        stops.extend((server.shutdown, thread.join, server.server_close))
        return f"https://localhost:{server.port}/"

    yield serve
    for stop in stops:
        stop()


def test_a_good_certificate_is_believed(serving: Callable[..., str]) -> None:
    assert Fetcher(demo=True).get(serving("localhost", trusted=True)).json() == {}


def test_a_certificate_of_nobody_known_is_not(serving: Callable[..., str]) -> None:
    with pytest.raises(Unreachable, match="SSL"):
        Fetcher(demo=True).get(serving("localhost", trusted=False))


def test_a_certificate_for_another_name_is_not(serving: Callable[..., str]) -> None:
    with pytest.raises(Unreachable, match="SSL"):
        Fetcher(demo=True).get(serving("evil.example", trusted=True))


def test_loopback_is_refused_outside_the_demo_over_https_too(serving: Callable[..., str]) -> None:
    with pytest.raises(Unreachable, match="may not be fetched"):
        Fetcher().get(serving("localhost", trusted=True))


def test_the_handshake_is_within_the_one_deadline(serving: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What name and connection have used up is not given to the handshake again: there is one deadline for all."""
    address, given = serving("localhost", trusted=True), []
    really = ssl.SSLContext.wrap_socket
    present = {"now": 1000.0}
    monkeypatch.setattr(fetch, "time", SimpleNamespace(monotonic=lambda: present["now"]))

    def connect(*where: object, timeout: float) -> socket.socket:
        connected = socket.socket(socket.AF_INET)
        connected.settimeout(timeout)
        connected.connect(("127.0.0.1", urlsplit(address).port or 443))
        present["now"] += 19.5
        return connected

    def wrap(context: ssl.SSLContext, plain: socket.socket, **named: object) -> ssl.SSLSocket:
        if not named.get("server_side"):
            given.append(plain.gettimeout())
        return really(context, plain, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(fetch.socket, "create_connection", connect)
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    with pytest.raises(Unreachable):
        Fetcher(demo=True, timeout=10.0).get(address)
    assert given == [], "the time was over before the handshake began"

    with suppress(Unreachable):
        Fetcher(demo=True, timeout=20.0).get(address)
    assert given[:1] == [0.5]
