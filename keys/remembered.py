"""The last few thousand tokens that a process found to be ours: looked at again, they need no second proof.

Remembered is what a token says, never whether it expired or ended: that is asked anew each time, by whoever believes it.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

REMEMBERED = 4096
"""Tokens that a process remembers."""


class Remembered:
    """What tokens said, by their digest, so that no dump of a process is a list of tokens."""

    def __init__(self) -> None:
        self._said: OrderedDict[bytes, Mapping[str, Any]] = OrderedDict()

    def of(self, token: str, prove: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Give what a token says, read-only: as it was proved before, or as ``prove`` finds now.

        :raises Exception: what ``prove`` raises; nothing is remembered then.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        said = self._said.get(digest)
        if said is None:
            said = self._said[digest] = prove()
            if len(self._said) > REMEMBERED:
                self._said.popitem(last=False)
        return said
