"""Where the authorities' private keys lie: sealed in the database under a key-encryption key of their own.

Whoever opens one can issue, so the key-encryption key is read by the worker and the command line alone (design, tokens,
keys and state). A root's key is opened at the ceremony and at no other time.
"""

from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from sqlalchemy import Connection

from keys.authority.certificate import Authority, Issuer
from keys.sealing import Sealer
from keys.store import authorities as store
from keys.store.authorities import AuthorityRow


class NoAuthority(Exception):
    """There is no authority of that name."""


class Vault:
    """Seals and opens authorities' keys.

    :param sealer: of the key-encryption key that web processes do not have.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal(self, name: str, key: ec.EllipticCurvePrivateKey) -> bytes:
        """Seal an authority's key for the authority's name alone."""
        return self._sealer.seal(private_bytes(key), _purpose(name))

    def issuer(self, connection: Connection, name: str) -> Issuer:
        """Give an authority with its key.

        :raises NoAuthority: when there is none of that name.
        :raises keys.sealing.SealBroken: when this is not the key-encryption key that it was sealed under.
        """
        row = store.find(connection, name)
        if row is None:
            raise NoAuthority(name)
        return Issuer(authority(row), private_key(self._sealer.open(row.key_sealed, _purpose(name))))


def authority(row: AuthorityRow) -> Authority:
    """Give an authority as everybody may know it."""
    return Authority(row.name, row.hierarchy, x509.load_der_x509_certificate(row.certificate))


def private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Give a key as unencrypted PKCS #8 DER, to be sealed at once."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def private_key(pkcs8: bytes) -> ec.EllipticCurvePrivateKey:
    """Import a key that ``private_bytes`` gave."""
    return cast("ec.EllipticCurvePrivateKey", load_der_private_key(pkcs8, None))


def _purpose(name: str) -> str:
    return f"authority key {name}"
