"""The one table of signature and digest algorithms, by every name that a format gives them.

Object identifiers (RFC 3279, 4055, 5758, 8419, 9688, BSI TR-03111), XML identifiers (RFC 9231) and JOSE names
(RFC 7518, 8037) all lead to the same few records. Whether an algorithm is still strong enough at a given time is left
to the decision process; how to compute one is ``crypto``.
"""

from dataclasses import dataclass, replace
from typing import Final

RSA_PKCS1: Final = "RSA-PKCS1"
RSA_PSS: Final = "RSA-PSS"
ECDSA: Final = "ECDSA"
EDDSA: Final = "EdDSA"
DSA: Final = "DSA"


@dataclass(frozen=True)
class SignatureAlgorithm:
    """A signature algorithm with everything that verification needs beside the key."""

    family: str
    """``RSA-PKCS1``, ``RSA-PSS``, ``ECDSA``, ``EdDSA`` or ``DSA``."""
    digest: str | None = None
    """The digest by its name in ``DIGEST_SIZES``; None where the key or a neighbouring field decides."""
    mgf_digest: str | None = None
    """RSA-PSS: the digest of the mask generation function; None means the same as ``digest``."""
    salt_length: int | None = None
    """RSA-PSS: octets of salt; None means the length of the digest."""
    raw: bool = False
    """ECDSA and DSA: the value is r and s side by side (XML, JOSE, TR-03111 plain), not a DER SEQUENCE."""
    curve: str | None = None
    """ECDSA: the only curve that the identifier admits (RFC 7518 §3.4), by its cryptography name."""

    def with_digest(self, digest: str) -> "SignatureAlgorithm":
        """The same algorithm with the digest that a neighbouring field names, where it has none of its own."""
        return self if self.digest or self.family == EDDSA else replace(self, digest=digest)


DIGEST_SIZES: Final = {
    "md5": 16,
    "ripemd160": 20,
    "sha1": 20,
    "sha224": 28,
    "sha256": 32,
    "sha384": 48,
    "sha512": 64,
    "sha512-224": 28,
    "sha512-256": 32,
    "sha3-224": 28,
    "sha3-256": 32,
    "sha3-384": 48,
    "sha3-512": 64,
    "shake256": 64,
}
"""Every digest that can be computed: its name in this project, and its octets."""

_NIST = "2.16.840.1.101.3.4"
DIGEST_OIDS: Final = {
    "1.2.840.113549.2.5": "md5",
    "1.3.36.3.2.1": "ripemd160",
    "1.3.14.3.2.26": "sha1",
    f"{_NIST}.2.4": "sha224",
    f"{_NIST}.2.1": "sha256",
    f"{_NIST}.2.2": "sha384",
    f"{_NIST}.2.3": "sha512",
    f"{_NIST}.2.5": "sha512-224",
    f"{_NIST}.2.6": "sha512-256",
    f"{_NIST}.2.7": "sha3-224",
    f"{_NIST}.2.8": "sha3-256",
    f"{_NIST}.2.9": "sha3-384",
    f"{_NIST}.2.10": "sha3-512",
    f"{_NIST}.2.12": "shake256",
    f"{_NIST}.2.18": "shake256",
}
"""SHAKE256 in CMS gives 512 bits, under either name (RFC 8419 §2.3, RFC 8702 §3.1)."""

_DSIG, _MORE, _ENC = (
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.w3.org/2001/04/xmldsig-more#",
    "http://www.w3.org/2001/04/xmlenc#",
)
_NEWER = "http://www.w3.org/2007/05/xmldsig-more#"
DIGEST_URIS: Final = {
    f"{_MORE}md5": "md5",
    f"{_ENC}ripemd160": "ripemd160",
    f"{_DSIG}sha1": "sha1",
    f"{_MORE}sha224": "sha224",
    f"{_ENC}sha256": "sha256",
    f"{_MORE}sha384": "sha384",
    f"{_ENC}sha512": "sha512",
} | {f"{_NEWER}sha3-{size}": f"sha3-{size}" for size in (224, 256, 384, 512)}

_RSA, _X962, _PLAIN = "1.2.840.113549.1.1", "1.2.840.10045.4", "0.4.0.127.0.7.1.1.4.1"
PSS_OID: Final = f"{_RSA}.10"
"""RSASSA-PSS: its digest, mask and salt stand in parameters (RFC 4055 §3.1), read by ``signed_data``."""

_RSA_OIDS = {
    f"{_RSA}.1": None,
    f"{_RSA}.4": "md5",
    f"{_RSA}.5": "sha1",
    "1.3.14.3.2.29": "sha1",
    "1.3.36.3.3.1.2": "ripemd160",
    f"{_RSA}.14": "sha224",
    f"{_RSA}.11": "sha256",
    f"{_RSA}.12": "sha384",
    f"{_RSA}.13": "sha512",
    f"{_RSA}.15": "sha512-224",
    f"{_RSA}.16": "sha512-256",
    f"{_NIST}.3.13": "sha3-224",
    f"{_NIST}.3.14": "sha3-256",
    f"{_NIST}.3.15": "sha3-384",
    f"{_NIST}.3.16": "sha3-512",
}
_ECDSA_OIDS = {
    "1.2.840.10045.2.1": None,
    _X962: None,
    f"{_X962}.1": "sha1",
    f"{_X962}.3.1": "sha224",
    f"{_X962}.3.2": "sha256",
    f"{_X962}.3.3": "sha384",
    f"{_X962}.3.4": "sha512",
    f"{_NIST}.3.9": "sha3-224",
    f"{_NIST}.3.10": "sha3-256",
    f"{_NIST}.3.11": "sha3-384",
    f"{_NIST}.3.12": "sha3-512",
}
_PLAIN_OIDS = {
    f"{_PLAIN}.{arc}": digest
    for arc, digest in enumerate(
        (
            "sha1",
            "sha224",
            "sha256",
            "sha384",
            "sha512",
            "ripemd160",
            None,
            "sha3-224",
            "sha3-256",
            "sha3-384",
            "sha3-512",
        ),
        start=1,
    )
    if digest
}
_DSA_OIDS = {
    "1.2.840.10040.4.1": None,
    "1.2.840.10040.4.3": "sha1",
    f"{_NIST}.3.1": "sha224",
    f"{_NIST}.3.2": "sha256",
    f"{_NIST}.3.3": "sha384",
    f"{_NIST}.3.4": "sha512",
    f"{_NIST}.3.5": "sha3-224",
    f"{_NIST}.3.6": "sha3-256",
    f"{_NIST}.3.7": "sha3-384",
    f"{_NIST}.3.8": "sha3-512",
}

SIGNATURE_OIDS: Final[dict[str, SignatureAlgorithm]] = (
    {oid: SignatureAlgorithm(RSA_PKCS1, digest) for oid, digest in _RSA_OIDS.items()}
    | {oid: SignatureAlgorithm(ECDSA, digest) for oid, digest in _ECDSA_OIDS.items()}
    | {oid: SignatureAlgorithm(ECDSA, digest, raw=True) for oid, digest in _PLAIN_OIDS.items()}
    | {oid: SignatureAlgorithm(DSA, digest) for oid, digest in _DSA_OIDS.items()}
    | {oid: SignatureAlgorithm(EDDSA) for oid in ("1.3.101.112", "1.3.101.113")}
    | {PSS_OID: SignatureAlgorithm(RSA_PSS)}
)

_SHA2 = ("sha224", "sha256", "sha384", "sha512")
_SHA3 = ("sha3-224", "sha3-256", "sha3-384", "sha3-512")
SIGNATURE_URIS: Final[dict[str, SignatureAlgorithm]] = (
    {f"{_DSIG}rsa-sha1": SignatureAlgorithm(RSA_PKCS1, "sha1")}
    | {f"{_MORE}rsa-{digest}": SignatureAlgorithm(RSA_PKCS1, digest) for digest in ("md5", "ripemd160", *_SHA2)}
    | {f"{_NEWER}{d}-rsa-MGF1": SignatureAlgorithm(RSA_PSS, d) for d in ("md5", "ripemd160", "sha1", *_SHA2, *_SHA3)}
    | {f"{_NEWER}rsa-pss": SignatureAlgorithm(RSA_PSS)}
    | {f"{_MORE}ecdsa-{d}": SignatureAlgorithm(ECDSA, d, raw=True) for d in ("sha1", *_SHA2)}
    | {f"{_NEWER}ecdsa-{d}": SignatureAlgorithm(ECDSA, d, raw=True) for d in ("ripemd160", *_SHA3)}
    | {f"{_DSIG}dsa-sha1": SignatureAlgorithm(DSA, "sha1", raw=True)}
    | {"http://www.w3.org/2009/xmldsig11#dsa-sha256": SignatureAlgorithm(DSA, "sha256", raw=True)}
    | {f"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed{name}": SignatureAlgorithm(EDDSA) for name in ("25519", "448")}
)
"""XML signature identifiers; ``rsa-pss`` has its parameters in the SignatureMethod's children."""

SIGNATURE_JOSE: Final[dict[str, SignatureAlgorithm]] = (
    {f"RS{size}": SignatureAlgorithm(RSA_PKCS1, f"sha{size}") for size in (256, 384, 512)}
    | {f"PS{size}": SignatureAlgorithm(RSA_PSS, f"sha{size}") for size in (256, 384, 512)}
    | {
        f"ES{size}": SignatureAlgorithm(ECDSA, f"sha{size}", raw=True, curve=curve)
        for size, curve in ((256, "secp256r1"), (384, "secp384r1"), (512, "secp521r1"))
    }
    | {name: SignatureAlgorithm(EDDSA) for name in ("EdDSA", "Ed25519", "Ed448")}
)
"""JOSE names of asymmetric algorithms; a symmetric one, or ``none``, is never a document signature."""
