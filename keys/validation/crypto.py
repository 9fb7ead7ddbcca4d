"""Verifying one raw signature with one public key, and computing digests.

Owns RSA (RFC 8017), ECDSA and DSA (FIPS 186-5), EdDSA (RFC 8032) over bytes or over a digest, on the ``cryptography``
library. What was signed is the parsers' affair, how strong it is the decision process's.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm as LibraryUnsupported
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils

from keys.validation import asn1
from keys.validation.algorithms import (
    DIGEST_OIDS,
    DIGEST_SIZES,
    DSA,
    ECDSA,
    EDDSA,
    RSA_PKCS1,
    RSA_PSS,
    SignatureAlgorithm,
)

PublicKey = (
    rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
)
"""A key that can verify a document signature."""


class UnsupportedAlgorithm(Exception):
    """An algorithm, curve or parameter that this version cannot compute."""


class MalformedKey(ValueError):
    """The SubjectPublicKeyInfo holds no usable public key."""


class _Ripemd160(hashes.HashAlgorithm):
    """RIPEMD-160, which the library no longer names but OpenSSL may still compute; old German seals use it."""

    name = "ripemd160"
    digest_size = 20
    block_size = 64


_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "ripemd160": _Ripemd160,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha512-224": hashes.SHA512_224,
    "sha512-256": hashes.SHA512_256,
    "sha3-224": hashes.SHA3_224,
    "sha3-256": hashes.SHA3_256,
    "sha3-384": hashes.SHA3_384,
    "sha3-512": hashes.SHA3_512,
}


def digest(name: str, data: bytes) -> bytes:
    """The digest of ``data``; ``name`` as in ``DIGEST_SIZES``. UnsupportedAlgorithm for any other name."""
    if name not in DIGEST_SIZES:
        raise UnsupportedAlgorithm(f"digest {name}")
    try:
        if name == "shake256":
            return hashlib.shake_256(data).digest(DIGEST_SIZES[name])
        # The formats name weak digests; the decision process says what they are worth at a given time.
        return hashlib.new(name.replace("sha3-", "sha3_").replace("-", "_"), data, usedforsecurity=False).digest()
    except ValueError as error:
        raise UnsupportedAlgorithm(f"digest {name}") from error


def public_key(spki: bytes) -> PublicKey:
    """The key in a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7); MalformedKey or UnsupportedAlgorithm if none."""
    try:
        key = serialization.load_der_public_key(spki)
    except LibraryUnsupported as error:
        raise UnsupportedAlgorithm(f"public key: {error}") from error
    except (ValueError, TypeError) as error:
        return _lenient_rsa(spki, error)
    if not isinstance(key, PublicKey):
        raise UnsupportedAlgorithm("a key that cannot sign")
    return key


def verify(key: PublicKey, algorithm: SignatureAlgorithm, signature: bytes, data: bytes) -> bool:
    """Whether ``signature`` over ``data`` was made with the private half of ``key``.

    A key of another family than the algorithm's never verifies (algorithm confusion). UnsupportedAlgorithm where
    the digest, curve or parameters cannot be computed.
    """
    if algorithm.family == EDDSA:
        return _verify_eddsa(key, signature, data)
    if algorithm.digest is None:
        raise UnsupportedAlgorithm("a signature without digest")
    return verify_digest(key, algorithm, signature, digest(algorithm.digest, data))


def verify_digest(key: PublicKey, algorithm: SignatureAlgorithm, signature: bytes, hashed: bytes) -> bool:
    """As ``verify``, over a digest made before with ``algorithm.digest``; EdDSA has no such form (RFC 8032 §5.1)."""
    if algorithm.family == EDDSA or algorithm.digest is None:
        raise UnsupportedAlgorithm("this algorithm signs the content itself, not a digest of it")
    if algorithm.digest not in _HASHES:
        raise UnsupportedAlgorithm(f"digest {algorithm.digest}")
    if len(hashed) != DIGEST_SIZES[algorithm.digest]:
        return False
    try:
        return _verify_prehashed(key, algorithm, signature, hashed)
    except InvalidSignature:
        return False
    except (LibraryUnsupported, ValueError, OverflowError) as error:
        raise UnsupportedAlgorithm(str(error) or type(error).__name__) from error


def _verify_prehashed(key: PublicKey, algorithm: SignatureAlgorithm, signature: bytes, hashed: bytes) -> bool:
    hash_ = _HASHES[algorithm.digest or ""]()
    prehashed = utils.Prehashed(hash_)
    match algorithm.family, key:
        case ("RSA-PKCS1", rsa.RSAPublicKey()):
            recovered = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
            return recovered in _digest_infos(algorithm.digest or "", hashed)
        case ("RSA-PSS", rsa.RSAPublicKey()):
            key.verify(signature, hashed, _pss(algorithm), prehashed)
        case ("ECDSA", ec.EllipticCurvePublicKey()):
            if algorithm.curve not in {None, key.curve.name}:
                return False
            key.verify(_der_pair(algorithm, signature, (key.key_size + 7) // 8), hashed, ec.ECDSA(prehashed))
        case ("DSA", dsa.DSAPublicKey()):
            size = (key.parameters().parameter_numbers().q.bit_length() + 7) // 8
            key.verify(_der_pair(algorithm, signature, size), hashed, prehashed)
        case _:
            return False
    return True


def _verify_eddsa(key: PublicKey, signature: bytes, data: bytes) -> bool:
    if not isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return False
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _digest_infos(name: str, hashed: bytes) -> tuple[bytes, bytes]:
    """The two DigestInfo under an RSA signature: parameters NULL, or absent (RFC 8017 §9.2 note 1, A.2.4).

    The library's own verification knows the first only; whole encodings are compared, so nothing else can hide there.
    """
    oid = next(oid for oid, digest_ in DIGEST_OIDS.items() if digest_ == name)
    value = asn1.encode(asn1.OCTET_STRING, hashed)
    algorithm = asn1.encode(asn1.OID, asn1.oid_octets(oid))
    with_null, without = (
        asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, body, constructed=True) + value, constructed=True)
        for body in (algorithm + asn1.encode(asn1.NULL, b""), algorithm)
    )
    return with_null, without


def _pss(algorithm: SignatureAlgorithm) -> padding.PSS:
    mask = _HASHES.get(algorithm.mgf_digest or algorithm.digest or "")
    if mask is None:
        raise UnsupportedAlgorithm(f"mask digest {algorithm.mgf_digest}")
    salt = algorithm.salt_length if algorithm.salt_length is not None else DIGEST_SIZES[algorithm.digest or ""]
    return padding.PSS(padding.MGF1(mask()), salt)


def _der_pair(algorithm: SignatureAlgorithm, signature: bytes, size: int) -> bytes:
    if not algorithm.raw:
        return signature
    if len(signature) != 2 * size:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    return utils.encode_dss_signature(r, s)


def _lenient_rsa(spki: bytes, error: Exception) -> rsa.RSAPublicKey:
    """RSA keys of early national cards, whose modulus lacks its sign octet and so reads as a negative INTEGER.

    Taking the octets as an unsigned number can only name the modulus that the issuer signed.
    """
    try:
        algorithm, bits = asn1.read(spki).members()
        if algorithm.members(minimum=1)[0].oid != "1.2.840.113549.1.1.1":
            raise MalformedKey(str(error))
        modulus, exponent = asn1.read(bits.expect(asn1.BIT_STRING).contents[1:]).members()
        numbers = (int.from_bytes(part.expect(asn1.INTEGER).contents, "big") for part in (exponent, modulus))
        return rsa.RSAPublicNumbers(*numbers).public_key()
    except (ValueError, IndexError) as reason:
        raise MalformedKey(str(reason)) from error


__all__ = [
    "DSA",
    "ECDSA",
    "EDDSA",
    "RSA_PKCS1",
    "RSA_PSS",
    "MalformedKey",
    "PublicKey",
    "SignatureAlgorithm",
    "UnsupportedAlgorithm",
    "digest",
    "public_key",
    "verify",
    "verify_digest",
]
