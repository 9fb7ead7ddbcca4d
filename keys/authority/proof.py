"""Reads the proof that somebody has a certificate's private key: a compact JWS over a challenge (RFC 7515, RFC 8725).

The certificate's key decides the algorithm, never the header: ES256 on P-256 and nothing else. Only the header members
listed here are taken (``crit`` is none of them), so nothing is ignored that was meant to count. Whether the certificate
is one of ours and in good standing is the caller's to check, and so is every claim.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from keys import jose
from keys.jose import TokenInvalid, VerifyingKey

TYPE = "certificate-sign-in+jwt"
ALGORITHM: Final = "ES256"
LONGEST = 16384
CHAIN = 4
_REQUIRED, _OPTIONAL = frozenset({"alg", "typ", "x5c"}), frozenset({"x5t#S256"})


class ProofInvalid(Exception):
    """The proof is malformed, or asks to be verified in a way that is not taken here."""


class WrongKey(ProofInvalid):
    """The signature is not that of the certificate's key."""


@dataclass(frozen=True)
class Proof:
    """A proof whose signature is the certificate's key's; neither the certificate nor a claim is believed yet."""

    certificate: x509.Certificate
    der: bytes
    claims: Mapping[str, Any]


def read(token: str) -> Proof:
    """Give the certificate and the claims of a proof.

    :raises WrongKey: when the signature does not verify under the certificate's key.
    :raises ProofInvalid: whatever else is wrong with it.
    """
    if len(token) > LONGEST:
        raise ProofInvalid("too long")
    try:
        parsed = jose.parse(token)
    except TokenInvalid as reason:
        raise ProofInvalid(str(reason)) from None
    _check_header(parsed.header)
    certificate, der = _leaf(parsed.header)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ProofInvalid("the certificate's key is not on P-256")
    if not VerifyingKey("", ALGORITHM, key).verifies(parsed.signature, parsed.signing_input):
        raise WrongKey("the signature is not the certificate's key's")
    return Proof(certificate, der, parsed.claims)


def _check_header(header: Mapping[str, Any]) -> None:
    if not header.keys() >= _REQUIRED or header.keys() - _REQUIRED - _OPTIONAL:
        raise ProofInvalid("the header has other members than alg, typ, x5c and x5t#S256")
    if header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise ProofInvalid("alg or typ is another")


def _leaf(header: Mapping[str, Any]) -> tuple[x509.Certificate, bytes]:
    """Give the first certificate of ``x5c``, which holds the key (RFC 7515 §4.1.6); it is base64, not base64url."""
    chain = header["x5c"]
    if not isinstance(chain, list) or not 1 <= len(chain) <= CHAIN or not all(isinstance(each, str) for each in chain):
        raise ProofInvalid("x5c is not a list of certificates")
    try:
        der = base64.b64decode(chain[0], validate=True)
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.public_key(), certificate.extensions
    except (binascii.Error, ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise ProofInvalid("x5c does not begin with a certificate") from None
    digest = jose.b64url(hashlib.sha256(der).digest())
    if header.get("x5t#S256", digest) != digest:
        raise ProofInvalid("x5t#S256 is another certificate's")
    return certificate, der


def encode_header(der: bytes) -> bytes:
    """Give the header of a proof, for programs that sign one: base64url, without its dot."""
    header = {"alg": ALGORITHM, "typ": TYPE, "x5c": [base64.b64encode(der).decode()]}
    return jose.b64url(json.dumps(header, separators=(",", ":")).encode()).encode()
