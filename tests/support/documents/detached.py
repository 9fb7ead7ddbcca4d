"""A CAdES signature whose content is kept apart."""

from hashlib import sha256

from tests.support.documents.cades import signed
from tests.support.stories import CLOCK, World


def detached_cades(world: World, content: bytes, level: str = "LTA") -> bytes:
    """A signature of the world's signer over ``content``, which it does not hold."""
    return bytes(signed(world, level, None, sha256(content).digest(), CLOCK["signing"]).dump())
