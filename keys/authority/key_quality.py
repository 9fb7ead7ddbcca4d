"""Which public keys the authority certifies: P-256 alone, the one that every browser makes and keeps.

A module of its own, because the rule is asked when a request comes in and again before anything is signed (NIST SP
800-186 §3.2.1.3, RFC 5480 §2.1.1.1). Smart cards with RSA keys come with authorities of their own.
"""

from cryptography.hazmat.primitives.asymmetric import ec


class WeakKey(Exception):
    """The key is not one that the authority certifies."""


def check(key: object) -> ec.EllipticCurvePublicKey:
    """Give the key when it is good. The library has seen to it that the point lies on the curve.

    :raises WeakKey: when it is of another kind or on another curve.
    """
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise WeakKey("the key must be an elliptic-curve key on P-256")
    return key
