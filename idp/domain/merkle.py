"""The Merkle tree over the audit trail (RFC 9162 §2.1), grown leaf by leaf and never held whole.

Owns leaf, node and root. What a leaf says is ``idp.domain.audit_chain``'s affair.
"""

import hashlib
from functools import reduce

Peaks = tuple[bytes, ...]
"""The roots of the complete subtrees that make up a tree, the largest first: all that growing needs."""

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash a leaf; the prefix keeps leaves and nodes apart (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into one (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(peaks: Peaks, size: int, leaf: bytes) -> Peaks:
    """Give the peaks of a tree of ``size`` leaves after one more leaf hash."""
    grown = [*peaks, leaf]
    while size & 1:
        right, left = grown.pop(), grown.pop()
        grown.append(node_hash(left, right))
        size >>= 1
    return tuple(grown)


def root(peaks: Peaks) -> bytes:
    """Give the root of the tree with these peaks."""
    if not peaks:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks))
