"""Counts password hashes at the lowest level there is, so that nothing above can hide one."""

from types import TracebackType
from typing import Any, Self

import argon2._password_hasher as hasher_module
import argon2.low_level
import pytest


class HashCounter:
    """While the ``with`` block lasts, every argon2 hash is noted with its cost: memory in KiB, passes, lanes."""

    def __init__(self) -> None:
        self.costs: list[tuple[int, int, int]] = []
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        hash_really, verify_really = argon2.low_level.hash_secret, argon2.low_level.verify_secret

        def hash_secret(*arguments: Any, **named: Any) -> bytes:
            self.costs.append((named["memory_cost"], named["time_cost"], named["parallelism"]))
            return hash_really(*arguments, **named)

        def verify_secret(hash: bytes, secret: bytes, type: argon2.low_level.Type) -> bool:
            parameters = argon2.extract_parameters(hash.decode())
            self.costs.append((parameters.memory_cost, parameters.time_cost, parameters.parallelism))
            return verify_really(hash, secret, type)

        self._patch.setattr(hasher_module, "hash_secret", hash_secret)
        self._patch.setattr(hasher_module, "verify_secret", verify_secret)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._patch.undo()

    def __len__(self) -> int:
        return len(self.costs)
