"""Identifiers of rows that are added all the time: UUIDs in the order of their making (RFC 9562 §5.7).

An index by such a key grows at its end, so that adding to a table of any size touches the pages that are in memory
anyway. What must tell nothing, not even when it was made (a person's subject), has a random one instead.
"""

import os

_RANDOM = (1 << 74) - 1
_VERSION = 7 << 76
_VARIANT = 0b10 << 62
_LAST_62 = (1 << 62) - 1


def in_order_of_time(at: float) -> str:
    """Give a UUID of version 7, its first 48 bits the Unix milliseconds of ``at`` (Unix seconds), 74 bits random."""
    random = int.from_bytes(os.urandom(10)) & _RANDOM
    value = int(at * 1000) << 80 | _VERSION | random >> 62 << 64 | _VARIANT | random & _LAST_62
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
