"""Signs and verifies our own compact JWTs (RFC 7515, RFC 7519) with keys imported once.

Private keys are ``cryptography`` objects, so a signature costs what the algorithm costs. Tokens of strangers
(client assertions, software statements) are verified with joserfc where they are accepted; which key signs when is
``signing_keys``' affair.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

Algorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "EdDSA")
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

RSA_BITS = 2048
ES256_HALF = 32
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SHA256.digest_size)
_SHA256 = SHA256()
_ECDSA = ec.ECDSA(_SHA256)


class TokenInvalid(Exception):
    """The compact serialisation is malformed, its key or algorithm is not one of ours, or its signature is wrong."""


def b64url(raw: bytes) -> str:
    """Encode as base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def b64url_decode(text: str | bytes) -> bytes:
    """Decode base64url without padding, strictly: one text for each value, so a token has no second spelling.

    :raises TokenInvalid: for characters outside the alphabet, padding, or bits that stand for nothing (RFC 4648 §3.5).
    """
    encoded = text.encode("ascii", "replace") if isinstance(text, str) else text
    try:
        raw = base64.b64decode(encoded + b"=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenInvalid("not base64url") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != encoded:
        raise TokenInvalid("not base64url")
    return raw


@dataclass(frozen=True)
class SigningKey:
    """One of our private keys, ready to sign. ``kid`` is its RFC 7638 thumbprint."""

    kid: str
    algorithm: Algorithm
    private: PrivateKey

    @cached_property
    def public(self) -> "VerifyingKey":
        """The half that verifies."""
        return VerifyingKey(self.kid, self.algorithm, self.private.public_key())

    @cached_property
    def _headers(self) -> dict[str, bytes]:
        return {}

    def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        """Give ``claims`` as a compact JWT whose header has ``alg``, ``typ`` and ``kid``."""
        header = self._headers.get(typ)
        if header is None:
            encoded = orjson.dumps({"alg": self.algorithm, "typ": typ, "kid": self.kid})
            header = self._headers[typ] = b64url(encoded).encode()
        signing_input = header + b"." + base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=")
        signature = base64.urlsafe_b64encode(self.sign_bytes(signing_input)).rstrip(b"=")
        return (signing_input + b"." + signature).decode("ascii")

    def seal(self, payload: bytes, typ: str, content_type: str) -> str:
        """Give any bytes as a compact JWS whose header has ``alg``, ``typ``, ``cty`` and ``kid`` (RFC 7515 §7.1)."""
        header = {"alg": self.algorithm, "typ": typ, "cty": content_type, "kid": self.kid}
        signing_input = f"{b64url(orjson.dumps(header))}.{b64url(payload)}"
        return f"{signing_input}.{b64url(self.sign_bytes(signing_input.encode()))}"

    def sign_bytes(self, data: bytes) -> bytes:
        """Give the JWS signature value of ``data`` (RFC 7518 §3)."""
        key = self.private
        if isinstance(key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(key.sign(data, _ECDSA))
            return r.to_bytes(ES256_HALF) + s.to_bytes(ES256_HALF)
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(data)
        return key.sign(data, _PSS if self.algorithm == "PS256" else padding.PKCS1v15(), _SHA256)

    def private_bytes(self) -> bytes:
        """Give the private key as unencrypted PKCS #8 DER, to be sealed at once."""
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class VerifyingKey:
    """The public half of one of our keys."""

    kid: str
    algorithm: Algorithm
    public: PublicKey

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether ``signature`` is this key's over ``data``."""
        key = self.public
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                if len(signature) != 2 * ES256_HALF:
                    return False
                r, s = int.from_bytes(signature[:ES256_HALF]), int.from_bytes(signature[ES256_HALF:])
                key.verify(encode_dss_signature(r, s), data, _ECDSA)
            elif isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, data)
            else:
                key.verify(signature, data, _PSS if self.algorithm == "PS256" else padding.PKCS1v15(), _SHA256)
        except InvalidSignature:
            return False
        return True

    def jwk(self) -> dict[str, str]:
        """Give the key as a public JWK for the key set (RFC 7517)."""
        return {**_public_members(self.public), "kid": self.kid, "use": "sig", "alg": self.algorithm}


def _public_members(key: PublicKey) -> dict[str, str]:
    """The members that a thumbprint covers, in the order RFC 7638 §3.2 asks for."""
    if isinstance(key, rsa.RSAPublicKey):
        n, e = key.public_numbers().n, key.public_numbers().e
        return {"e": _b64url_int(e), "kty": "RSA", "n": _b64url_int(n)}
    if isinstance(key, ec.EllipticCurvePublicKey):
        numbers = key.public_numbers()
        x, y = (b64url(v.to_bytes(ES256_HALF)) for v in (numbers.x, numbers.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    return {"crv": "Ed25519", "kty": "OKP", "x": b64url(key.public_bytes_raw())}


def _b64url_int(value: int) -> str:
    return b64url(value.to_bytes((value.bit_length() + 7) // 8))


def generate(algorithm: Algorithm) -> SigningKey:
    """Make a new key for ``algorithm``: RSA 2048, P-256 or Ed25519."""
    private: PrivateKey
    if algorithm == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
    elif algorithm == "EdDSA":
        private = ed25519.Ed25519PrivateKey.generate()
    else:
        private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return _signing_key(algorithm, private)


def load(algorithm: Algorithm, pkcs8: bytes) -> SigningKey:
    """Import a PKCS #8 DER private key; done once per process, since RSA costs 30 ms."""
    return _signing_key(algorithm, cast("PrivateKey", load_der_private_key(pkcs8, None)))


def _signing_key(algorithm: Algorithm, private: PrivateKey) -> SigningKey:
    thumbprint = hashlib.sha256(orjson.dumps(_public_members(private.public_key())))
    return SigningKey(b64url(thumbprint.digest()), algorithm, private)


def public_key_from_jwk(jwk: Mapping[str, str]) -> VerifyingKey:
    """Import one of our published public keys."""
    decode = {name: b64url_decode(jwk[name]) for name in ("n", "e", "x", "y") if name in jwk}
    public: PublicKey
    if jwk["kty"] == "RSA":
        public = rsa.RSAPublicNumbers(int.from_bytes(decode["e"]), int.from_bytes(decode["n"])).public_key()
    elif jwk["kty"] == "EC":
        x, y = int.from_bytes(decode["x"]), int.from_bytes(decode["y"])
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    else:
        public = ed25519.Ed25519PublicKey.from_public_bytes(decode["x"])
    return VerifyingKey(jwk["kid"], cast("Algorithm", jwk["alg"]), public)


@dataclass(frozen=True)
class Parsed:
    """A compact JWT taken apart, not yet believed."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes


def parse(token: str) -> Parsed:
    """Take a compact JWT apart without believing any of it.

    :raises TokenInvalid: when it is not three base64url parts of which two are JSON objects.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenInvalid("a compact JWT has three parts")
    try:
        header, claims = (orjson.loads(b64url_decode(part)) for part in parts[:2])
    except ValueError:
        raise TokenInvalid("header or claims are not JSON") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenInvalid("header and claims must be JSON objects")
    return Parsed(header, claims, f"{parts[0]}.{parts[1]}".encode(), b64url_decode(parts[2]))


def opened(sealed: str, keys: Mapping[str, VerifyingKey], typ: str) -> bytes:
    """Give the payload of a compact JWS that ``SigningKey.seal`` made with one of ``keys``, under the rules of ``verify``.

    :raises TokenInvalid: whatever is wrong with it.
    """
    parts = sealed.split(".")
    if len(parts) != 3:
        raise TokenInvalid("a compact JWS has three parts")
    try:
        header = orjson.loads(b64url_decode(parts[0]))
    except ValueError:
        raise TokenInvalid("the header is not JSON") from None
    if not isinstance(header, dict):
        raise TokenInvalid("the header must be a JSON object")
    _believe(header, keys, typ, b64url_decode(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    return b64url_decode(parts[1])


def verify(token: str, keys: Mapping[str, VerifyingKey], typ: str) -> dict[str, Any]:
    """Give the claims of one of our own tokens. Times, issuer and audience are the caller's to check.

    The key decides the algorithm, never the token (RFC 8725 §3.1); ``typ`` must match (§3.11); ``crit`` is refused.

    :raises TokenInvalid: whatever is wrong with it.
    """
    parsed = parse(token)
    _believe(parsed.header, keys, typ, parsed.signature, parsed.signing_input)
    return parsed.claims


def _believe(
    header: Mapping[str, Any], keys: Mapping[str, VerifyingKey], typ: str, signature: bytes, signing_input: bytes
) -> None:
    kid = header.get("kid")
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None or header.get("alg") != key.algorithm or "crit" in header:
        raise TokenInvalid("not signed with a key of ours")
    if str(header.get("typ", "")).lower().removeprefix("application/") != typ.lower():
        raise TokenInvalid(f"typ is not {typ}")
    if not key.verifies(signature, signing_input):
        raise TokenInvalid("the signature does not verify")
