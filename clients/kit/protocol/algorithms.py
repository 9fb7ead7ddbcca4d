"""The signature algorithms the kit speaks, all asymmetric (RFC 8725 §3.1, §3.2)."""

from copy import copy

from joserfc.jws import JWSRegistry

ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")


class _Registry(JWSRegistry):
    """joserfc's, but without a warning at each EdDSA signature: RFC 9864 prefers the name ``Ed25519``, which providers do
    not publish yet. To go when they do."""

    algorithms = {name: copy(algorithm) for name, algorithm in JWSRegistry.algorithms.items()}


_Registry.algorithms["EdDSA"].security_warning = None


def only(*algorithms: str) -> JWSRegistry:
    """Give what lets these algorithms through and no other."""
    return _Registry(algorithms=algorithms)
