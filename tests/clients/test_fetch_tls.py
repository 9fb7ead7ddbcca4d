"""Over https a certificate must be good and be for the name that was asked for."""

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

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
