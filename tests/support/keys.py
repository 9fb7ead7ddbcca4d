"""Signing keys of providers under test: making an RSA key, or checking one that is read, costs more than most stories.

The few keys that there are go from provider to provider; what a provider does with them is left as it is.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

import pytest

from keys import jose
from keys.jose import SigningKey

_MADE: dict[tuple[str, int], SigningKey] = {}


def import_each_key_once() -> None:
    """For the rest of the run: octets that were read as a key before give that key again."""
    pytest.MonkeyPatch().setattr(jose, "load", cache(jose.load))


@contextmanager
def ready_made_keys() -> Iterator[None]:
    """Hand out the same few keys again and again while the ``with`` block lasts, never one of them twice."""
    made: Counter[str] = Counter()
    really = jose.generate

    def generate(algorithm: jose.Algorithm) -> SigningKey:
        made[algorithm] += 1
        place = (algorithm, made[algorithm])
        if place not in _MADE:
            _MADE[place] = really(algorithm)
        return _MADE[place]

    with patch.object(jose, "generate", generate):
        yield
