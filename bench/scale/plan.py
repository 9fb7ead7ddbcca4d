"""What filling will need, said before it begins: disk, and whether a further size still ends in time."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.scale.people import ACTIVE

SIZES = (10_000, 1_000_000, 10_000_000)
PARTS = ("growth", "clean-up", "workers")
"""What can be measured, in this order: clean-up after growth, since it adds rows."""
BYTES_OF_ACCOUNT = 1_910
"""With its two names, password and subject, indexes included: measured at a million."""
BYTES_OF_ACTIVE = 19_600
"""Ten sessions, families and agreements, indexes included."""
BESIDE = 6 * 2**30
"""Left free: PostgreSQL's log, Redis, what sorting needs for a while."""


class DiskTooSmall(Exception):
    """There is less room than the plan needs."""


@dataclass(frozen=True)
class Plan:
    """Sizes in the order in which they are filled."""

    sizes: tuple[int, ...]

    @property
    def bytes_needed(self) -> int:
        """Disk for all of them at once, and for what is used for a while."""
        return BESIDE + sum(bytes_of(size) for size in self.sizes)

    def check(self, folder: Path) -> str:
        """Say what is needed and what is free.

        :raises DiskTooSmall: when the first is more than the second.
        """
        free = shutil.disk_usage(folder).free
        told = f"disk needed in {folder}: about {gib(self.bytes_needed)}, free: {gib(free)}"
        for size in self.sizes:
            told += f"\n  {size:>12,} accounts: {gib(bytes_of(size))}"
        if free < self.bytes_needed:
            raise DiskTooSmall(told)
        return told


def bytes_of(accounts: int) -> int:
    """Give what a database of so many accounts takes on disk."""
    return accounts * BYTES_OF_ACCOUNT + min(accounts, ACTIVE) * BYTES_OF_ACTIVE


def parse_sizes(text: str) -> tuple[int, ...]:
    """Read sizes separated by commas, underscores allowed; the smallest first.

    :raises ValueError: for anything else than positive whole numbers.
    """
    sizes = sorted({int(part) for part in text.split(",")})
    if not sizes or sizes[0] < 1:
        raise ValueError("sizes are positive whole numbers")
    return tuple(sizes)


def parse_parts(text: str) -> tuple[str, ...]:
    """Read what is to be measured, separated by commas.

    :raises ValueError: for anything else.
    """
    parts = tuple(text.split(","))
    if not {*parts} <= {*PARTS}:
        raise ValueError(f"parts are {', '.join(PARTS)}")
    return parts


def seconds_expected(filled: Sequence[tuple[int, float]], size: int) -> float:
    """Give how long a size will take, from those filled so far (accounts, seconds): in proportion to their bytes.

    Nothing is expected of the first.
    """
    if not filled:
        return 0.0
    accounts, seconds = filled[-1]
    return seconds * bytes_of(size) / bytes_of(accounts)


def memory() -> int:
    """Give the machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def gib(size: int) -> str:
    """Write bytes for people."""
    return f"{size / 2**30:.1f} GiB"
