"""Key files of two people of the demo, a citizen and an official, so that signing in with one can be tried.

Only the demo makes keys for others: elsewhere a key is made by its owner (design, certificates). The official's is
protected by the demo's password, as a key file should be.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from idp.data import read_json
from idp.domain import accounts
from idp.domain.certificates.finding import opened
from idp.domain.certificates.issuing import issue
from idp.services import Services
from keys.authority.vault import Vault
from keys.store import certificates as store

ACTOR = ("system", "demo")
FOLDER = "demo-keys"


@dataclass(frozen=True)
class DemoKey:
    """The two files of one person; ``passphrase`` is empty for a key that has none."""

    name: str
    key_file: Path
    certificate_file: Path
    passphrase: str


def demo_keys(home: Path) -> Sequence[DemoKey]:
    """Give where the key files are."""
    content = read_json("demo_people.json")
    return [
        DemoKey(
            row["name"],
            home / FOLDER / f"{row['key']}.key.pem",
            home / FOLDER / f"{row['key']}.cer.pem",
            content["password"] if row["key_file"] == "protected" else "",
        )
        for row in content["people"]
        if "key_file" in row
    ]


def write_demo_keys(services: Services, vault: Vault) -> int:
    """Make the files that are not there yet, or belong to another database; gives how many people got some."""
    people = [row for row in read_json("demo_people.json")["people"] if "key_file" in row]
    made = 0
    for row, files in zip(people, demo_keys(services.settings.home), strict=True):
        if _is_ours(services, files):
            continue
        with services.database.read() as connection:
            account = accounts.find_by_name(connection, services.sealer, row[row["sign_in"]])
        if account is not None and account.demo:
            _make(services, vault, account.id, files)
            made += 1
    return made


def _is_ours(services: Services, files: DemoKey) -> bool:
    if not files.key_file.exists() or not files.certificate_file.exists():
        return False
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate_file.read_bytes())
    except ValueError:
        return False
    fingerprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    with services.database.read() as connection:
        return store.by_fingerprint(connection, fingerprint) is not None


def _make(services: Services, vault: Vault, account_id: str, files: DemoKey) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    content = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    row = issue(services, vault, account_id, content.public_bytes(Encoding.DER), key_place="file", actor=ACTOR)
    with services.database.read() as connection:
        found = opened(connection, services.sealer, row.serial)
    protection: KeySerializationEncryption = NoEncryption()
    if files.passphrase:
        protection = BestAvailableEncryption(files.passphrase.encode())
    files.key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(files.key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    _write(files.certificate_file, found.certificate.public_bytes(Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
