"""Reads a certification request (PKCS #10, RFC 2986): a public key, and the proof that its sender has the private one.

Nothing else of it is believed: subject, purposes and extensions come from the account and the profile.
"""

import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.authority.key_quality import WeakKey, check

LONGEST = 4096
"""Octets of the longest request that is read; one with a P-256 key has about 250."""


class BadRequest(Exception):
    """The request is malformed, its key is not good enough, or its signature is not that key's."""


def read(der: bytes) -> ec.EllipticCurvePublicKey:
    """Give the public key of a request whose sender has the private key (proof of possession, RFC 2986 §3).

    :raises BadRequest: whatever is wrong with it.
    """
    if len(der) > LONGEST:
        raise BadRequest("the request is too long")
    try:
        request = x509.load_der_x509_csr(der)
        key = check(request.public_key())
        proven = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        raise BadRequest("this is no certification request (PKCS #10)") from None
    except WeakKey as weakness:
        raise BadRequest(str(weakness)) from None
    if not proven:
        raise BadRequest("the signature of the request is not its own key's")
    return key


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """Give the SHA-256 of the key's SubjectPublicKeyInfo in hex: one key, one certificate."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
