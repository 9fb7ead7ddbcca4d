"""People with keys of their own, and the provider's authority at work: what stories about certificates share."""

import base64
import hashlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.commands import worker
from idp.domain import accounts, certificates, outbox
from idp.domain.accounts import NewAccount
from idp.domain.certificates import CertificateRow
from idp.domain.certificates.authorities import hold_ceremony, open_vault
from idp.services import Services
from keys import jose
from keys.authority.vault import Vault

OPERATOR = ("operator", "test")
CERTIFICATE_KINDS = ("issue_certificate", "publish_revocation_list")


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key that never leaves its owner."""
    return ec.generate_private_key(ec.SECP256R1())


def request_for(key: ec.EllipticCurvePrivateKey, name: str = "Anybody") -> bytes:
    """A certification request (PKCS #10, DER); whatever name it holds is to be ignored."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    return made.public_bytes(Encoding.DER)


@dataclass
class Owner:
    """Somebody with an account, a key and a certificate for it."""

    account_id: str
    key: ec.EllipticCurvePrivateKey
    row: CertificateRow
    certificate: x509.Certificate

    @property
    def serial(self) -> str:
        return self.row.serial

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


class Office:
    """The authority of one provider, with the vault that only its worker has."""

    def __init__(self, services: Services) -> None:
        self.services = services
        vault = open_vault(services.settings)
        assert vault is not None
        self.vault: Vault = vault
        hold_ceremony(services, self.vault, actor=OPERATOR)

    def account(self, name: str = "Nguyễn Thị Minh Khai", number: str = "001185012345", **members: object) -> str:
        """An account of level 2; gives its identifier."""
        usual = {"identity_level": 2, "personal_number": number, "birthdate": "1985-11-20", "gender": "female"}
        services = self.services
        new = NewAccount(name, **{**usual, **members})  # type: ignore[arg-type]
        with services.database.write() as connection:
            return accounts.create(connection, services.sealer, new, at=services.clock(), actor=OPERATOR)

    def official(self, name: str = "Hoàng Đức Thắng", number: str = "031079056789") -> str:
        """An official's account of the ministry G02."""
        return self.account(name, number, kind="official", agency="G02", gender="male", roles=["signer"])

    def owner(self, account_id: str = "", *, profile: str = "", key_place: str = "browser") -> Owner:
        """Somebody who was issued a certificate."""
        account_id, key = account_id or self.account(), new_key()
        place = "browser" if key_place == "browser" else "file"
        row = certificates.issue(
            self.services, self.vault, account_id, request_for(key), key_place=place, profile=profile, actor=OPERATOR
        )
        with self.services.database.read() as connection:
            found = certificates.opened(connection, self.services.sealer, row.serial)
        return Owner(account_id, key, row, found.certificate)

    def at_work(self) -> int:
        """Let the worker do what waits for certificates; gives how many messages it delivered."""
        handlers = {
            kind: handler for kind, handler in worker.handlers(self.services).items() if kind in CERTIFICATE_KINDS
        }
        return outbox.drain(self.services.database, handlers, self.services.clock)


class RealClock:
    """The present, for stories in which another program looks at its own clock."""

    def __call__(self) -> float:
        return time.time()


def openssl(*arguments: str | Path, status: int = 0, given: bytes = b"") -> str:
    """Run the command line of OpenSSL; gives what it said."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True, timeout=20, check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == status, said
    return said


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's own output is enough."""


@contextmanager
def listening(application: Any) -> Iterator[str]:
    """Serve an application on loopback, one request after the other; gives its address."""
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def signed(key: ec.EllipticCurvePrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A compact JWS with any header and any claims."""
    encoded = [jose.b64url(json.dumps(part).encode()) for part in (header, claims)]
    r, s = decode_dss_signature(key.sign(".".join(encoded).encode(), ec.ECDSA(SHA256())))
    return ".".join([*encoded, jose.b64url(r.to_bytes(32) + s.to_bytes(32))])


def header_of(certificate: x509.Certificate, **changed: Any) -> dict[str, Any]:
    """The header of a proof as the page's script writes it, with changes; None leaves a member out."""
    der = certificate.public_bytes(Encoding.DER)
    usual = {
        "alg": "ES256",
        "typ": "certificate-sign-in+jwt",
        "x5c": [base64.b64encode(der).decode()],
        "x5t#S256": jose.b64url(hashlib.sha256(der).digest()),
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def prove(owner: Owner, claims: dict[str, Any]) -> str:
    """The proof that the owner's browser makes of a challenge."""
    return signed(owner.key, header_of(owner.certificate), claims)
