"""A private nginx that ends TLS before the demo's processes, with certificates of an authority made for the run.

Each process has a loopback address of its own behind one port, so to a browser they are different hosts. The settings
are those that ``docs/operating`` recommends.
"""

import datetime
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.processes import HelperProcess, listens
from tests.support.services import lacking, temporary_folder

CONFIGURATION = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 1m;
    client_body_timeout 10s;
    underscores_in_headers off;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Host "";
    {servers}
}}
"""
SERVER = """
    server {{
        listen {address}:{port} ssl;
        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
    }}
"""
ASKING_SERVER = """
    server {{
        listen {address}:{port} ssl;
        ssl_verify_client optional_no_ca;
        ssl_client_certificate {folder}/clients.pem;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Client-Certificate $ssl_client_escaped_cert;
            proxy_set_header X-Motcua-Mtls-Secret {secret};
        }}
    }}
"""
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that lives as long as the run."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls) -> "Authority":
        """Make one."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Motcua test authority")])
        builder = _certificate(name, name, key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()))

    def issue(self, folder: Path, names: list[str], addresses: list[str]) -> None:
        """Write ``ca.pem``, ``server.pem`` and ``server.key`` for a server of these names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        known = [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(address)) for address in addresses)]
        builder = _certificate(subject, self.certificate.subject, key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName(known), critical=False)
        pem = serialization.Encoding.PEM
        (folder / "ca.pem").write_bytes(self.certificate.public_bytes(pem))
        (folder / "server.pem").write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(pem))
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "server.key").write_bytes(private)


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )


@contextmanager
def tls_folder(hosts: list[str]) -> Iterator[Path]:
    """Give a folder with an authority's certificate and a server's for ``hosts``, names and addresses."""
    addresses = [host for host in hosts if host[0].isdigit()]
    with temporary_folder("tls") as folder:
        Authority.make().issue(folder, [host for host in hosts if host not in addresses], addresses)
        yield folder


def asking_server(folder: Path, address: str, port: int, upstream: int, secret: str, authorities: bytes) -> str:
    """Give a further server of ``nginx`` that asks browsers for a certificate and hands on what they show.

    :param authorities: certificates (PEM) from which browsers learn which of their own to offer.
    """
    (folder / "clients.pem").write_bytes(authorities)
    return ASKING_SERVER.format(folder=folder, address=address, port=port, upstream=upstream, secret=secret)


@contextmanager
def nginx(folder: Path, port: int, upstreams: Mapping[str, int], *, more: str = "") -> Iterator[None]:
    """Run nginx on ``port`` of each address, before the process on each upstream port.

    :param folder: one of ``tls_folder``.
    :param more: further servers, as nginx writes them.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        lacking("nginx", "nginx-light")
    servers = [SERVER.format(address=address, port=port, upstream=at) for address, at in upstreams.items()]
    user = "user root;" if os.geteuid() == 0 else ""
    text = CONFIGURATION.format(user=user, folder=folder, servers="".join([*servers, more]))
    (folder / "nginx.conf").write_text(text)
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    server = HelperProcess(command, folder / "log")
    try:
        server.wait_until(lambda: all(listens(port, address) for address in upstreams))
        yield
    finally:
        server.stop()
