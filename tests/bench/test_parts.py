"""What a run measures where, and in which order."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.scale.__main__ import MEASURES, nearest_to_a_million
from bench.scale.plan import PARTS


def filling(accounts: int) -> Any:
    return SimpleNamespace(town=SimpleNamespace(accounts=accounts)), Path(str(accounts))


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ((10_000, 1_000_000, 10_000_000), 1_000_000),
        ((10_000, 300_000), 300_000),
        ((2_000_000, 10_000_000), 2_000_000),
        ((5_000,), 5_000),
    ],
)
def test_clean_up_and_the_second_worker_are_measured_at_a_million_or_near_it(
    sizes: tuple[int, ...], chosen: int
) -> None:
    assert nearest_to_a_million([filling(size) for size in sizes])[0].town.accounts == chosen


def test_every_part_is_measured_and_growth_before_clean_up_adds_rows() -> None:
    assert MEASURES.keys() == {*PARTS}
    assert PARTS.index("growth") < PARTS.index("clean-up")
