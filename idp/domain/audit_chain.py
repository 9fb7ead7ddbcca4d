"""How entries are chained: the bytes of an entry, its leaf, and the hash that binds it to all before it.

Used alike by the sequencer that writes and by the verification that reads, so they cannot differ. The bytes are plain
JSON with sorted members, no blanks and ASCII only, times as whole microseconds: any language can make them again.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from idp.domain import merkle
from idp.store.audit import Entry
from idp.store.audit_trail import Numbered, Place

START = Place(size=0, chain=bytes(32), peaks=())
"""Where every trail begins."""
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def members(number: int, entry: Entry) -> dict[str, Any]:
    """Give an entry as the trail publishes it: with its number, and ``at`` in microseconds since 1970."""
    return {**entry._asdict(), "at": round(entry.at * 1_000_000), "details": dict(entry.details), "number": number}


def entry_bytes(published: dict[str, Any]) -> bytes:
    """Give the bytes that are hashed."""
    return _JSON.encode(published).encode("ascii")


def follow(place: Place, published: dict[str, Any]) -> Place:
    """Give the place after one more entry: one number on, chain hash and tree grown by it."""
    leaf = merkle.leaf_hash(entry_bytes(published))
    chain = hashlib.sha256(place.chain + leaf).digest()
    return Place(place.size + 1, chain, merkle.grow(place.peaks, place.size, leaf))


def number(place: Place, entries: Sequence[Entry]) -> tuple[list[Numbered], Place]:
    """Number entries from a place on; give them and the place reached."""
    numbered = []
    for entry in entries:
        place = follow(place, members(place.size + 1, entry))
        numbered.append(Numbered(place.size, place.chain, entry))
    return numbered, place
